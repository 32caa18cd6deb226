import { readAnswer, toFix } from '../lookups/location/eisec/eisec-answer.ts'
import { FrameDecoder, type FrameFault } from '../lookups/location/eisec/eisec-frame.ts'
import { type Pdu, parsePdu } from '../lookups/location/eisec/eisec-pdu.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import type { Sample } from './read-sample.ts'

const STX = 0x02
const MAX_FRAMES = 100
const BROKEN = {
  garbage: 'bytes before a frame',
  length: 'a frame without its four digits of length',
  cut: 'a frame that breaks off',
  end: 'a frame whose length is not that of its body'
} as const satisfies Record<FrameFault, string>

/** A frame, or the body of one: two letters that the protocol knows, and for an answer its request number. */
export function looksLikeEisec(bytes: Uint8Array, text: string): boolean {
  if (bytes.subarray(0, 64).includes(STX)) return true
  return /^(?:QP\d\d|QN\d\d|NQ\d\dTN|L[AO]$|LJ\d$|LG\d$|P[AO]$|PJ\d$|T[AJ]\d?$|TS\d{1,5} *$)/.test(text)
}

/** Frames as they were recorded, one behind the other, or one body. */
export function readEisec(bytes: Uint8Array, text: string): Sample {
  const decoder = new FrameDecoder()
  const isFramed = bytes.includes(STX)
  const decoded = isFramed ? decoder.push(bytes) : [{ kind: 'body', body: text } as const]
  const fixes: LocationFix[] = []
  const notes: string[] = []
  const broken: string[] = decoder.held > 0 ? [BROKEN.cut] : []
  let pdus = 0
  for (const each of decoded.slice(0, MAX_FRAMES)) {
    if (each.kind === 'bad') {
      // The line end that an editor puts behind a frame is none of the service's.
      if (each.reason !== 'garbage' || pdus === 0) broken.push(BROKEN[each.reason])
      continue
    }
    const read = parsePdu(each.body)
    if (read.kind === 'bad') {
      broken.push(read.reason)
      continue
    }
    pdus += 1
    const { fix, note } = ofPdu(read.pdu)
    if (fix !== undefined) fixes.push(fix)
    notes.push(...note)
  }
  const [first] = broken
  if (pdus === 0) return { kind: 'unreadable', what: 'EISEC', reason: first ?? 'no frame in it' }
  return { kind: 'read', what: 'EISEC', fixes, notes: [...notes, ...broken.map(each => `Left out: ${each}.`)] }
}

/** Of a log-on or a change of password nothing is repeated but what it is. */
function ofPdu(pdu: Pdu): { readonly fix?: LocationFix; readonly note: readonly string[] } {
  if (pdu.type === 'QN') return { note: [`The service has no answer: error ${pdu.error}.`] }
  if (pdu.type !== 'QP') return { note: [`${pdu.type} says nothing of a place.`] }
  const answer = readAnswer(pdu)
  const fix = toFix(answer)
  if (answer.kind === 'fixed') {
    const kiosk = answer.isKiosk ? ['It is a public call box.'] : []
    return { ...(fix === undefined ? {} : { fix }), note: ['A fixed line: its address.', ...kiosk] }
  }
  const { kind, network, stateText, askAgainSeconds, unreadable } = answer
  const said = [
    `${kind === 'mobile' ? 'A mobile' : 'A vehicle'}${network === '' ? '' : ` of ${network}`}: ${stateText || 'no state'}.`,
    askAgainSeconds > 0 ? `More may come in ${askAgainSeconds} s.` : 'No more will come.',
    ...(unreadable === undefined ? [] : [`${unreadable}.`])
  ]
  return { ...(fix === undefined ? {} : { fix }), note: said }
}
