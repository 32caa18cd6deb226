import { randomBytes } from 'node:crypto'

/** A SIP answer as the switch reads it. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** Lower-case names; several values of one name in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
  readonly text: string
  readonly port?: number
}

export function parseAnswer(bytes: Buffer): Answer {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const known = headers.get(name) ?? []
    known.push(line.slice(colon + 1).trim())
    headers.set(name, known)
  }
  const [, status = '0', reason = ''] = /^SIP\/2\.0 (\d{3}) (.*)$/.exec(first) ?? []
  return { status: Number(status), reason, headers, body: text.slice(end + 4), text }
}

export function header(answer: Answer | undefined, name: string): string | undefined {
  return answer?.headers.get(name.toLowerCase())?.[0]
}

export function toTagOf(answer: Answer | undefined): string {
  return /;tag=([^;]+)/.exec(header(answer, 'to') ?? '')?.[1] ?? ''
}

export const OFFER = [
  'v=0',
  'o=switch 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 8',
  'a=rtpmap:8 PCMA/8000',
  ''
].join('\r\n')

export interface Dialog {
  readonly callId: string
  readonly fromTag: string
  readonly toTag?: string
}

export interface RequestOptions {
  readonly dialog: Dialog
  readonly method: string
  readonly uri?: string
  readonly cseq?: number
  readonly branch?: string
  readonly via?: string
  /** Beside what every request has; a name given here replaces it, an empty value leaves it out. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export function makeDialog(over: Partial<Dialog> = {}): Dialog {
  return {
    callId: `${randomBytes(6).toString('hex')}@switch.invalid`,
    fromTag: randomBytes(4).toString('hex'),
    ...over
  }
}

export function makeBranch(): string {
  return `z9hG4bK${randomBytes(6).toString('hex')}`
}

/** A request as a switch sends it: caller 07700 900123 to 999 unless said otherwise. */
export function request({
  dialog,
  method,
  uri,
  cseq = 1,
  branch,
  via,
  headers = {},
  body = ''
}: RequestOptions): string {
  const to = dialog.toTag === undefined ? '' : `;tag=${dialog.toTag}`
  const all: Record<string, string> = {
    Via: via ?? `SIP/2.0/UDP 192.0.2.1:5060;branch=${branch ?? makeBranch()}`,
    'Max-Forwards': '70',
    From: `<sip:+447700900123@switch.invalid>;tag=${dialog.fromTag}`,
    To: `<sip:999@callbox.invalid>${to}`,
    'Call-ID': dialog.callId,
    CSeq: `${cseq} ${method === 'ACK' ? 'ACK' : method}`,
    Contact: '<sip:switch@192.0.2.1:5060>',
    ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }),
    'Content-Length': String(Buffer.byteLength(body, 'latin1')),
    ...headers
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]))
  return `${[`${method} ${uri ?? 'sip:999@callbox.invalid'} SIP/2.0`, ...lines].join('\r\n')}\r\n\r\n${body}`
}

export function invite(dialog: Dialog, over: Partial<RequestOptions> = {}): string {
  return request({ dialog, method: 'INVITE', body: OFFER, ...over })
}
