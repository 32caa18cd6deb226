import type { Call } from '../../../call/call.ts'

const EMERGENCY = '999'
const GREAT_BRITAIN = '+44'
/** The width of the field. */
const MAX_DIGITS = 20

/**
 * What EISEC is asked for about a call, as it has numbers: 07700900123. Only of a 999 call, and only by the number the
 * network gives, withheld or not; a presentation number may be anybody's, and its address would be theirs.
 */
export function eisecNumber({ line, cli }: Pick<Call, 'line' | 'cli'>): string | undefined {
  const e164 = line === EMERGENCY ? cli.network?.e164 : undefined
  if (e164 === undefined) return undefined
  const digits = e164.startsWith(GREAT_BRITAIN) ? `0${e164.slice(GREAT_BRITAIN.length)}` : `00${e164.slice(1)}`
  return /^\d{1,20}$/.test(digits) && digits.length <= MAX_DIGITS ? digits : undefined
}
