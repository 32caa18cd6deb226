import type { Call } from '../call/call.ts'
import { type AskedCall, numberSaid } from './caller-words.ts'

/**
 * The numbers of a call as its switch has them, by which a source about people may be asked, the network's first. None of
 * a withheld 101 call: the caller asked not to be known. An emergency call waives that (Ofcom's general conditions;
 * docs/connecting-a-switch.md).
 */
export function numbersOfSwitch(call: Call): readonly string[] {
  if (call.cli.trust === 'withheld' && call.line !== '999') return []
  const numbers = [call.cli.network?.e164, call.cli.presentation?.e164]
  return [...new Set(numbers.filter(number => number !== undefined))]
}

/** The same, and last the number that the caller says is theirs: who says one asks to be known by it. */
export function numbersAsked(call: AskedCall): readonly string[] {
  const said = numberSaid(call)
  return [...new Set([...numbersOfSwitch(call), ...(said === undefined ? [] : [said])])]
}
