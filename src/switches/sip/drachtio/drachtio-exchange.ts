import type Srf from 'drachtio-srf'
import type { TrunkMatch } from '../trunk-table.ts'
import type { DrachtioLink } from './drachtio-link.ts'
import { requestInside, sendUnlisted } from './srf-inside.ts'

/** One request of a switch and our way to answer it; the server keeps its transaction. */
export interface Exchange {
  readonly req: Srf.SrfRequest
  readonly res: Srf.SrfResponse
  readonly link: DrachtioLink
}

interface Answer {
  readonly headers?: readonly string[]
  readonly body?: string
}

const RETRY_AFTER = 'Retry-After: 5'
/** RFC 6086 §4.2.2: there is no package that we take. The library does not know this status and throws. */
const BAD_INFO_PACKAGE = 469

/** What the library throws (a connection that is gone) ends like what the server says: nothing was sent. */
export function answer(
  { res, link }: Exchange,
  status: number,
  { headers = [], body }: Answer = {},
  onFailed: (reason: string) => void = () => {}
): void {
  const type = body === undefined ? [] : ['Content-Type: application/sdp']
  const options = { headers: toHeaders([...headers, ...type]), ...(body === undefined ? {} : { body }) }
  const onSent = (failed: unknown) => {
    if (failed !== null && failed !== undefined) onFailed(String(failed))
  }
  try {
    if (status === BAD_INFO_PACKAGE) sendUnlisted(link.srf, res, status, 'Bad Info Package', options)
    // The empty reason makes the library take the one of the status.
    else res.send(status, '', options, onSent)
  } catch (thrown) {
    onFailed(String(thrown))
  }
}

/** 503 sends the switch to another node and keeps it there for a while; a 999 call it must be free to bring back. */
export function refuse(exchange: Exchange, match: TrunkMatch | undefined): void {
  if (match?.number.line === '999') answer(exchange, 500)
  else answer(exchange, 503, { headers: [RETRY_AFTER] })
}

/**
 * A request of ours inside the dialog that this exchange opened. Nothing depends on it: where the dialog or the link
 * is gone there is nobody to tell.
 */
export function sendInside(
  { res, link }: Exchange,
  method: 'BYE' | 'NOTIFY',
  lines: readonly string[],
  body = ''
): void {
  if (link.state !== 'up') return
  requestInside(link.srf, res, { method, headers: toHeaders(lines), ...(body === '' ? {} : { body }) })
}

/** `Name: value` lines; several of one name become one, in order. */
function toHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()]
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}
