/*
 * What stands in a frame: two letters, then fields of fixed width, and in a positive answer fields with a tag and a
 * length. Offsets as docs/connecting-eisec.md has them: probably right, to be confirmed with BT.
 */

export interface QueryField {
  /** NA, or AA to AF; others are kept as they come. */
  readonly tag: string
  readonly text: string
}

export interface QueryAnswer {
  readonly type: 'QP'
  /** 0 to 99. */
  readonly request: number
  /** The number asked for, where the service says it again. */
  readonly telephone?: string
  readonly fields: readonly QueryField[]
}

export type Pdu =
  | { readonly type: 'LR'; readonly user: string; readonly password: string }
  | { readonly type: 'LA' }
  /** 1 bad name or password, 2 already logged on, 3 temporary fault, 4 barred after grace log-ons, 5 locked out. */
  | { readonly type: 'LJ'; readonly reason: number }
  /** Accepted, with so many grace log-ons left. */
  | { readonly type: 'LG'; readonly left: number }
  | { readonly type: 'PC'; readonly from: string; readonly to: string }
  | { readonly type: 'PA' }
  /** 1 invalid, 2 in history, 3 not logged on, 4 fault. */
  | { readonly type: 'PJ'; readonly reason: number }
  | { readonly type: 'TS'; readonly seconds: number }
  | { readonly type: 'TA' }
  | { readonly type: 'TJ'; readonly reason: number }
  | { readonly type: 'PO' }
  | { readonly type: 'NQ'; readonly request: number; readonly telephone: string }
  | QueryAnswer
  | { readonly type: 'QN'; readonly request: number; readonly error: string }
  | { readonly type: 'LO' }

export type PduResult = { readonly kind: 'pdu'; readonly pdu: Pdu } | { readonly kind: 'bad'; readonly reason: string }

export const WIDTHS = { user: 8, password: 24, pollSeconds: 5, telephone: 20 } as const
/** Fields of one answer; the service has seven tags. */
const MAX_FIELDS = 32
const TELEPHONE = 'TN'

/** The body of a frame. Whoever makes a PDU keeps to the widths: what is longer is cut, and the service refuses it. */
export function printPdu(pdu: Pdu): string {
  switch (pdu.type) {
    case 'LR':
      return `LR${pad(pdu.user, WIDTHS.user)}${pad(pdu.password, WIDTHS.password)}`
    case 'PC':
      return `PC${pad(pdu.from, WIDTHS.password)}${pad(pdu.to, WIDTHS.password)}`
    case 'LJ':
    case 'PJ':
    case 'TJ':
      return `${pdu.type}${pdu.reason}`
    case 'LG':
      return `LG${pdu.left}`
    case 'TS':
      return `TS${pad(String(pdu.seconds), WIDTHS.pollSeconds)}`
    case 'NQ':
      return `NQ${twoDigits(pdu.request)}${TELEPHONE}${pad(pdu.telephone, WIDTHS.telephone)}`
    case 'QN':
      return `QN${twoDigits(pdu.request)}${pad(pdu.error, 2)}`
    case 'QP':
      return `QP${twoDigits(pdu.request)}${printAnswer(pdu)}`
    default:
      return pdu.type
  }
}

function printAnswer({ telephone, fields }: QueryAnswer): string {
  const again = telephone === undefined ? '' : `${TELEPHONE}${pad(telephone, WIDTHS.telephone)}`
  return `${again}${fields.map(({ tag, text }) => `${tag}${String(text.length).padStart(3, '0')}${text}`).join('')}`
}

/** Never throws; `bad` says what was wrong without repeating anything that was sent. */
export function parsePdu(body: string): PduResult {
  const type = body.slice(0, 2)
  const rest = body.slice(2)
  switch (type) {
    case 'LA':
    case 'PA':
    case 'TA':
    case 'PO':
    case 'LO':
      return rest.trim() === '' ? pduOf({ type }) : bad(`${type} with more in it`)
    case 'LJ':
    case 'PJ':
    case 'TJ':
      return /^\d$/.test(rest) ? pduOf({ type, reason: Number(rest) }) : bad(`${type} without its digit`)
    case 'LG':
      return /^\d$/.test(rest) ? pduOf({ type, left: Number(rest) }) : bad('LG without its digit')
    case 'QP':
      return parseAnswer(rest)
    case 'QN':
      return /^\d\d..$/.test(rest)
        ? pduOf({ type, request: Number(rest.slice(0, 2)), error: rest.slice(2).trim() })
        : bad('QN of another length')
    default:
      return parseRequest(type, rest)
  }
}

/** What a client sends. */
function parseRequest(type: string, rest: string): PduResult {
  const { user, password, pollSeconds, telephone } = WIDTHS
  if (type === 'LR' && rest.length === user + password) {
    return pduOf({ type, user: rest.slice(0, user).trimEnd(), password: rest.slice(user).trimEnd() })
  }
  if (type === 'PC' && rest.length === 2 * password) {
    return pduOf({ type, from: rest.slice(0, password).trimEnd(), to: rest.slice(password).trimEnd() })
  }
  if (type === 'TS' && rest.length === pollSeconds && /^\d{1,5} *$/.test(rest)) {
    return pduOf({ type, seconds: Number(rest) })
  }
  if (type === 'NQ' && rest.length === 4 + telephone && /^\d\dTN/.test(rest)) {
    return pduOf({ type, request: Number(rest.slice(0, 2)), telephone: rest.slice(4).trim() })
  }
  return /^(?:LR|PC|TS|NQ)$/.test(type) ? bad(`${type} of another length`) : bad('a type nobody knows')
}

function parseAnswer(rest: string): PduResult {
  if (!/^\d\d/.test(rest)) return bad('QP without its request number')
  const request = Number(rest.slice(0, 2))
  const isAgain = rest.startsWith(TELEPHONE, 2)
  const telephone = isAgain ? rest.slice(4, 4 + WIDTHS.telephone) : undefined
  if (telephone !== undefined && telephone.length < WIDTHS.telephone) return bad('QP breaks off in its number')
  const fields: QueryField[] = []
  let at = isAgain ? 4 + WIDTHS.telephone : 2
  while (at < rest.length) {
    const head = rest.slice(at, at + 5)
    if (!/^[A-Z]{2}\d{3}$/.test(head)) return bad('QP with something that is no field')
    const length = Number(head.slice(2))
    const text = rest.slice(at + 5, at + 5 + length)
    if (text.length < length) return bad('QP breaks off in a field')
    if (fields.length === MAX_FIELDS) return bad('QP with too many fields')
    fields.push({ tag: head.slice(0, 2), text })
    at += 5 + length
  }
  return pduOf({
    type: 'QP',
    request,
    ...(telephone === undefined ? {} : { telephone: telephone.trim() }),
    fields
  })
}

function pad(text: string, width: number): string {
  return text.slice(0, width).padEnd(width)
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0').slice(-2)
}

function pduOf(pdu: Pdu): PduResult {
  return { kind: 'pdu', pdu }
}

function bad(reason: string): PduResult {
  return { kind: 'bad', reason }
}
