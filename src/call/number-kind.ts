import type { CallingNumber, NumberKind } from './call.ts'
import { areaOf } from './uk-areas.ts'

/** A number as the library has read it. */
interface ReadNumber {
  readonly country?: string | undefined
  readonly countryCallingCode: string
  readonly nationalNumber: string
  /** The library's word for its kind; undefined for a range that its list does not have. */
  getType(): string | undefined
}

const KINDS: Readonly<Record<string, NumberKind>> = {
  MOBILE: 'mobile',
  FIXED_LINE: 'fixed',
  VOIP: 'voip',
  PREMIUM_RATE: 'premium',
  SHARED_COST: 'premium',
  TOLL_FREE: 'non-geographic',
  UAN: 'non-geographic',
  PERSONAL_NUMBER: 'non-geographic',
  PAGER: 'non-geographic',
  VOICEMAIL: 'non-geographic'
}

/**
 * The numbering plan by its first digits, for ranges that no list has: drama numbers, and those given out since the
 * list was made. The first that fits holds.
 */
const BRITISH: readonly (readonly [string, NumberKind])[] = [
  ['1', 'fixed'],
  ['2', 'fixed'],
  ['56', 'voip'],
  ['70', 'non-geographic'],
  ['7', 'mobile'],
  ['80', 'non-geographic'],
  ['3', 'non-geographic'],
  ['55', 'non-geographic'],
  ['84', 'premium'],
  ['87', 'premium'],
  ['9', 'premium']
]
const countryNames = new Intl.DisplayNames('en-GB', { type: 'region' })

/** What sort of line a number is, and where: by its area code if it is a British fixed line, by its country if not. */
export function kindAndArea(number: ReadNumber): Pick<CallingNumber, 'kind' | 'area'> {
  const { country, countryCallingCode, nationalNumber } = number
  const kind = KINDS[number.getType() ?? ''] ?? (countryCallingCode === '44' ? britishKind(nationalNumber) : 'none')
  const byCode = countryCallingCode === '44' && kind === 'fixed' ? areaOf(nationalNumber) : undefined
  const isAbroad = country !== undefined && country !== 'GB'
  const area = byCode ?? (isAbroad ? countryNames.of(country) : undefined)
  return area === undefined ? { kind } : { kind, area }
}

function britishKind(national: string): NumberKind {
  return BRITISH.find(([digits]) => national.startsWith(digits))?.[1] ?? 'none'
}
