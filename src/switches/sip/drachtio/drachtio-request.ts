import { checkRequest, type EdgeResult } from '../embedded/edge.ts'
import { parseWire } from '../embedded/parse-wire.ts'

interface Source {
  readonly address: string
  readonly port: number
  readonly receivedAt: number
}

/**
 * A request as drachtio hands it over, read by the parser and the rules of the embedded driver, so that both see the
 * same headers, identities and bodies: the library's own reading has no word for a tel: identity and joins headers.
 * Undefined: no request.
 */
export function readRequest(raw: string, source: Source, maxHeaders: number): EdgeResult | undefined {
  // The library has read the bytes as UTF-8; what was no UTF-8 is lost there, the rest becomes the wire's bytes again.
  const bytes = Buffer.from(raw, 'utf8')
  const parsed = parseWire(bytes, maxHeaders)
  if (parsed.kind !== 'request') return undefined
  // The server has counted the body's bytes; a replacement made of bytes that were no UTF-8 is longer than them.
  const isLength = parsed.fault === 'truncated-body' || parsed.fault === 'bad-content-length'
  const message = { ...parsed.message, body: bodyOf(bytes) }
  return checkRequest(message, source, isLength ? undefined : parsed.fault)
}

function bodyOf(bytes: Buffer): string {
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? '' : bytes.toString('latin1', end + 4)
}
