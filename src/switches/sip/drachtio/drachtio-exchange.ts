import type Srf from 'drachtio-srf'
import type { TrunkMatch } from '../trunk-table.ts'
import type { DrachtioLink } from './drachtio-link.ts'

/** One request of a switch and our way to answer it; the server keeps its transaction. */
export interface Exchange {
  readonly req: Srf.SrfRequest
  readonly res: Srf.SrfResponse
  readonly link: DrachtioLink
}

interface Answer {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const RETRY_AFTER = { 'Retry-After': '5' } as const

/** What the library throws (a connection that is gone) ends like what the server says: nothing was sent. */
export function answer(
  { res }: Exchange,
  status: number,
  { headers = {}, body }: Answer = {},
  onFailed: (reason: string) => void = () => {}
): void {
  const type = body === undefined ? {} : { 'Content-Type': 'application/sdp' }
  const options = { headers: { ...headers, ...type }, ...(body === undefined ? {} : { body }) }
  try {
    // The empty reason makes the library take the one of the status.
    res.send(status, '', options, failed => {
      if (failed !== null && failed !== undefined) onFailed(String(failed))
    })
  } catch (thrown) {
    onFailed(String(thrown))
  }
}

/** 503 sends the switch to another node and keeps it there for a while; a 999 call it must be free to bring back. */
export function refuse(exchange: Exchange, match: TrunkMatch | undefined): void {
  if (match?.number.line === '999') answer(exchange, 500)
  else answer(exchange, 503, { headers: RETRY_AFTER })
}

/** `Name: value` lines, as the edge gives them. */
export function toHeaders(lines: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
  )
}
