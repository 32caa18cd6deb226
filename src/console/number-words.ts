import type { PopNumber } from '../pop/pop.ts'
import type { IconName } from './icons.tsx'

export interface NumberWords {
  /** What stands large: the number, or that there is none. */
  readonly shown: string
  readonly isNumber: boolean
  /** What the number is worth. */
  readonly trust: string
  /** For the strip, where there is room for two words; empty when nothing is out of the ordinary. */
  readonly brief: string
  readonly icon: IconName
  /** Whether a handler must be wary of it. */
  readonly isDoubtful: boolean
  /** The other number of a conflict. */
  readonly other?: { readonly label: string; readonly number: string }
}

const KINDS = { mobile: 'Mobile', fixed: 'Landline', other: 'Other number', none: '' } as const

/** Mobile, landline; empty when there is nothing to say. */
export function kindOfNumber(number: PopNumber): string {
  return KINDS[number.kind]
}

/** What a number is worth, in words: never a bare number where the network did not vouch for it. */
export function numberWords(number: PopNumber): NumberWords {
  const isNumber = number.display !== ''
  const base = { shown: isNumber ? number.display : 'No number', isNumber }
  switch (number.trust) {
    case 'asserted':
      return { ...base, trust: 'Number given by the network', brief: '', icon: 'check', isDoubtful: false }
    case 'presentation-only':
      return { ...base, trust: 'Number not verified', brief: 'not verified', icon: 'question', isDoubtful: true }
    case 'withheld':
      return {
        ...base,
        shown: isNumber ? number.display : 'Number withheld',
        trust: isNumber ? 'Withheld by the caller, shown for the emergency' : 'The caller withholds the number',
        brief: isNumber ? 'withheld' : '',
        icon: 'eye-off',
        isDoubtful: true
      }
    case 'unavailable':
      return {
        ...base,
        trust: 'The network sent no usable number',
        brief: isNumber ? 'not usable' : '',
        icon: 'question',
        isDoubtful: true
      }
    case 'conflict':
      return {
        ...base,
        trust: 'Network number; caller shows another',
        brief: 'two numbers',
        icon: 'warning',
        isDoubtful: true,
        other: { label: 'Caller shows, not verified', number: number.presentation ?? 'unknown' }
      }
  }
}
