/** Why bytes are no SIP message; the words go into a counter, so they are few. */
export type WireFault = 'no-start-line' | 'bad-version' | 'too-many-headers' | 'bad-content-length' | 'truncated-body'

export interface WireMessage {
  readonly method: string
  readonly uri: string
  readonly version: string
  /** Long lower-case names, values as on the wire (Latin-1 of the bytes), folding undone. */
  readonly headers: Map<string, string[]>
  readonly body: string
}

export type WireResult =
  | { readonly kind: 'request'; readonly message: WireMessage; readonly fault?: WireFault }
  | { readonly kind: 'response' }
  | { readonly kind: 'keep-alive' }
  | { readonly kind: 'not-sip'; readonly fault: WireFault }

/** RFC 3261 §7.3.3 and the registry of compact forms. */
const COMPACT: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity']
])

/**
 * One pass over one message (RFC 3261 §7, RFC 4475 in mind). A request that is broken but can still be answered comes
 * back with its fault beside it; what cannot be answered is `not-sip`. Never throws; linear in the bytes.
 */
export function parseWire(bytes: Buffer, maxHeaders: number): WireResult {
  const text = bytes.toString('latin1')
  let at = 0
  // Empty lines before a start line are ignored (§7.5); nothing but them is a keep-alive (RFC 5626 §3.5.1).
  while (text.charCodeAt(at) === 13 || text.charCodeAt(at) === 10) at += 1
  if (at === text.length) return { kind: 'keep-alive' }
  const startEnd = lineEnd(text, at)
  const startLine = text.slice(at, startEnd)
  if (startLine.startsWith('SIP/')) return { kind: 'response' }
  const start = readStartLine(startLine)
  if (start === undefined) return { kind: 'not-sip', fault: 'no-start-line' }
  const { method, uri, version } = start
  const headers = new Map<string, string[]>()
  const read = readHeaders(text, nextLine(text, startEnd), headers, maxHeaders)
  const message = { method, uri, version, headers, body: '' }
  if (version !== 'SIP/2.0') return { kind: 'request', message, fault: 'bad-version' }
  if (typeof read !== 'number') return { kind: 'request', message, fault: read }
  return withBody(message, text.slice(read))
}

const METHOD = /^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/
const VERSION = /^SIP\/\S{1,16}$/

/** Method, URI and version at the first and last space: what is between is the edge's to judge (RFC 4475 §3.1.2). */
function readStartLine(line: string): { method: string; uri: string; version: string } | undefined {
  const text = line.trimEnd()
  const afterMethod = text.indexOf(' ')
  const beforeVersion = text.lastIndexOf(' ')
  if (afterMethod < 0 || beforeVersion <= afterMethod) return undefined
  const method = text.slice(0, afterMethod)
  const uri = text.slice(afterMethod, beforeVersion).trim()
  const version = text.slice(beforeVersion + 1).toUpperCase()
  if (uri === '' || !METHOD.test(method) || !VERSION.test(version)) return undefined
  return { method, uri, version }
}

/**
 * Fills `headers`; the offset of the body, or what was wrong. A line that is no header is left out (§8.2.2): the
 * caller behind it must not pay for it, and what we need and then lack is found missing.
 */
function readHeaders(text: string, from: number, headers: Map<string, string[]>, max: number): number | WireFault {
  let at = from
  let count = 0
  while (at < text.length) {
    let end = lineEnd(text, at)
    if (end === at) return nextLine(text, end)
    const line = text.slice(at, end)
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    let value = line.slice(colon + 1).trim()
    at = nextLine(text, end)
    while (text[at] === ' ' || text[at] === '\t') {
      end = lineEnd(text, at)
      value += ` ${text.slice(at, end).trim()}`
      at = nextLine(text, end)
    }
    count += 1
    if (count > max) return 'too-many-headers'
    // A lone CR would end the line for a reader more lenient than we are, in whatever of it we echo.
    if (name === '' || /\s/.test(name) || value.includes('\r')) continue
    const long = COMPACT.get(name) ?? name
    const known = headers.get(long)
    if (known === undefined) headers.set(long, [value])
    else known.push(value)
  }
  return text.length
}

function withBody(message: Omit<WireMessage, 'body'>, rest: string): WireResult {
  const lengths = message.headers.get('content-length')
  if (lengths === undefined) return { kind: 'request', message: { ...message, body: rest } }
  const [said = ''] = lengths
  const length = /^\d{1,9}$/.test(said) ? Number(said) : -1
  const whole = { ...message, body: rest.slice(0, Math.max(0, length)) }
  if (length < 0 || lengths.length > 1) return { kind: 'request', message: whole, fault: 'bad-content-length' }
  if (length > rest.length) return { kind: 'request', message: whole, fault: 'truncated-body' }
  return { kind: 'request', message: whole }
}

/** Where the line's text ends, without its CR LF or bare LF. */
function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from)
  if (feed < 0) return text.length
  return text.charCodeAt(feed - 1) === 13 && feed > from ? feed - 1 : feed
}

function nextLine(text: string, end: number): number {
  if (text.charCodeAt(end) === 13) return end + 2
  return end + 1
}
