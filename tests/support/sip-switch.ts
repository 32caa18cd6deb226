import type { Bench } from './sip-bench.ts'
import {
  type Answer,
  type Dialog,
  header,
  invite,
  makeDialog,
  type RequestOptions,
  request,
  toTagOf
} from './sip-text.ts'

/** Address of the switch that forks the ringing to us. */
export const RING = { address: '192.0.2.2' }

/** An event leg that is up and acknowledged. */
export async function callUp(bench: Bench, over: Partial<RequestOptions> = {}): Promise<Dialog> {
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog, over))
  const known = { ...dialog, toTag: toTagOf(answer) }
  await bench.say(request({ dialog: known, method: 'ACK', cseq: over.cseq ?? 1 }))
  return known
}

export function kinds(bench: Bench): readonly string[] {
  return bench.events.map(event => event.kind)
}

/** What we sent that is no answer: first line and headers, as the switch reads them. */
export function requestsOf(answers: readonly Answer[]): readonly Answer[] {
  return answers.filter(answer => answer.status === 0)
}

/** Status and method of each answer, as `200 INVITE`; our own requests as `BYE`. */
export function said(answers: readonly Answer[]): readonly string[] {
  return answers.map(answer => {
    const method = (header(answer, 'cseq') ?? '').split(' ')[1] ?? ''
    return answer.status === 0 ? method : `${answer.status} ${method}`
  })
}

/** The switch's 200 to a request of ours. */
export function answerTo(ours: Answer | undefined, status = '200 OK'): string {
  const echo = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(name => `${name}: ${header(ours, name) ?? ''}`)
  return [`SIP/2.0 ${status}`, ...echo, 'Content-Length: 0', '', ''].join('\r\n')
}
