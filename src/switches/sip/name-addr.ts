/** A SIP, SIPS, tel or other URI, as far as we need it (RFC 3261 §19.1, RFC 3966). */
export interface SipUri {
  readonly scheme: string
  /** User part, escapes resolved, parameters of a telephone number removed; empty when there is none. */
  readonly user: string
  readonly host: string
  readonly port?: number
  /** `phone-context` of a telephone number (RFC 3966 §5.1.5); absent for most. */
  readonly phoneContext?: string
}

/** A From, To, Contact or P-Asserted-Identity value (RFC 3261 §20.10). */
export interface NameAddr {
  readonly display: string
  readonly uri: SipUri
  readonly params: Readonly<Record<string, string>>
}

/** Reads one name-addr or addr-spec; undefined when it is neither. One pass, never throws. */
export function parseNameAddr(value: string): NameAddr | undefined {
  const text = value.trim()
  if (text.startsWith('"')) {
    const end = endOfQuoted(text, 0)
    if (end < 0) return undefined
    return afterDisplay(unquote(text.slice(1, end)), text.slice(end + 1).trimStart())
  }
  const angle = text.indexOf('<')
  if (angle >= 0) return afterDisplay(text.slice(0, angle).trim(), text.slice(angle))
  // addr-spec: what follows the first semicolon belongs to the header, not to the URI (§20.10).
  const semicolon = text.indexOf(';')
  const uri = parseUri(semicolon < 0 ? text : text.slice(0, semicolon))
  return uri === undefined
    ? undefined
    : { display: '', uri, params: semicolon < 0 ? {} : parseParams(text.slice(semicolon)) }
}

function afterDisplay(display: string, rest: string): NameAddr | undefined {
  if (!rest.startsWith('<')) return undefined
  const end = rest.indexOf('>')
  if (end < 0) return undefined
  const uri = parseUri(rest.slice(1, end))
  return uri === undefined ? undefined : { display, uri, params: parseParams(rest.slice(end + 1)) }
}

/** The form nearly every URI has: nothing in it needs a second look. */
const PLAIN_URI = /^(sips?):([A-Za-z0-9+\-._!~*']*)@([A-Za-z0-9.-]+)(?::(\d{1,5}))?(?:;[^?@\s]*)?$/

/** Reads a URI; undefined when it has no scheme or no address. */
export function parseUri(text: string): SipUri | undefined {
  const plain = PLAIN_URI.exec(text)
  if (plain !== null) {
    const [, scheme = '', user = '', host = '', port] = plain
    return port === undefined ? { scheme, user, host } : { scheme, user, host, port: Number(port) }
  }
  return parseOddUri(text)
}

function parseOddUri(text: string): SipUri | undefined {
  const found = /^([A-Za-z][A-Za-z0-9+.-]{0,20}):(.+)$/.exec(text.trim())
  if (found === null) return undefined
  const [, rawScheme = '', rest = ''] = found
  const scheme = rawScheme.toLowerCase()
  if (scheme !== 'sip' && scheme !== 'sips') {
    return scheme === 'tel' ? { scheme, ...userOf(rest), host: '' } : { scheme, user: rest, host: '' }
  }
  // A user part may hold '?', a host part may not: headers begin at the first one after the '@'.
  const inUser = rest.lastIndexOf('@', firstOf(rest, '?', rest.length))
  const at = inUser < 0 ? rest.lastIndexOf('@') : inUser
  const user = userOf(at < 0 ? '' : (rest.slice(0, at).split(':')[0] ?? ''))
  const place = rest.slice(at + 1, firstOf(rest, ';?', rest.length, at + 1))
  const address = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(place)
  if (address === null) return undefined
  const [, host = '', port] = address
  return { scheme, ...user, user: unescapeUser(user.user), host, ...(port === undefined ? {} : { port: Number(port) }) }
}

/** `;name=value;flag` to a record with lower-case names; quoted values unquoted. Stops at what it cannot read. */
export function parseParams(text: string): Record<string, string> {
  const params: Record<string, string> = {}
  let at = 0
  while (text[at] === ';' || text[at] === ' ' || text[at] === '\t') {
    const start = at + 1
    const end = endOfParam(text, start)
    const part = text.slice(start, end)
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase()
    const raw = equals < 0 ? '' : part.slice(equals + 1).trim()
    if (name !== '' && !Object.hasOwn(params, name))
      params[name] = raw.startsWith('"') ? unquote(raw.slice(1, -1)) : raw
    at = end
  }
  return params
}

/** Where the next parameter begins; a quote that is never closed takes the rest, read once. */
function endOfParam(text: string, from: number): number {
  let end = from
  while (end < text.length && text[end] !== ';') {
    const quoted = text[end] === '"' ? endOfQuoted(text, end) : end
    if (quoted < 0) return text.length
    end = quoted + 1
  }
  return end
}

/** More than any header of a call has; what comes behind them is not read. */
const MAX_VALUES = 200

/** Splits a header with several values at its commas, outside quotes and angle brackets (RFC 3261 §7.3.1). */
export function splitValues(value: string): readonly string[] {
  if (!value.includes(',')) return [value]
  const values: string[] = []
  let start = 0
  let inAngle = false
  for (let at = 0; at < value.length; at++) {
    const char = value[at]
    if (char === '"') {
      const end = endOfQuoted(value, at)
      if (end < 0) break
      at = end
    } else if (char === '<') inAngle = true
    else if (char === '>') inAngle = false
    else if (char === ',' && !inAngle) {
      values.push(value.slice(start, at).trim())
      start = at + 1
      if (values.length === MAX_VALUES) return values.filter(each => each !== '')
    }
  }
  values.push(value.slice(start).trim())
  return values.filter(each => each !== '')
}

function endOfQuoted(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
  }
  return -1
}

function unquote(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text
}

/** A number without its parameters; of these only the context says how to read it. */
function userOf(text: string): { readonly user: string; readonly phoneContext?: string } {
  const semicolon = text.indexOf(';')
  if (semicolon < 0) return { user: text }
  const context = /;phone-context=([^;]{1,64})/i.exec(text)?.[1]
  const user = text.slice(0, semicolon)
  return context === undefined ? { user } : { user, phoneContext: context }
}

function unescapeUser(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function firstOf(text: string, chars: string, otherwise: number, from = 0): number {
  for (let at = from; at < text.length; at++) if (chars.includes(text[at] ?? '')) return at
  return otherwise
}
