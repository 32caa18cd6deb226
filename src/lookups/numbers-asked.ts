import type { Call } from '../call/call.ts'

/**
 * The numbers a source about people may be asked for, the network's first. None for a withheld 101 call: the caller
 * asked not to be known. An emergency call waives that (Ofcom's general conditions; docs/connecting-a-switch.md).
 */
export function numbersAsked(call: Call): readonly string[] {
  if (call.cli.trust === 'withheld' && call.line !== '999') return []
  const numbers = [call.cli.network?.e164, call.cli.presentation?.e164]
  return [...new Set(numbers.filter(number => number !== undefined))]
}
