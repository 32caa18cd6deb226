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
  readonly other?: { readonly label: string; readonly number: string; readonly kind: string }
}

const KINDS: Readonly<Record<PopNumber['kind'], string>> = {
  mobile: 'Mobile',
  fixed: 'Landline',
  voip: 'Internet phone',
  premium: 'Premium-rate number',
  'non-geographic': 'Non-geographic number',
  'short-code': 'Short number',
  payphone: 'Payphone',
  generic: 'Network’s stand-in number',
  none: ''
}

/** Landline, Oxford; empty when there is nothing to say, or the kind is newer than this console. */
export function kindOfNumber({ kind, area }: Pick<PopNumber, 'kind' | 'area'>): string {
  return [KINDS[kind] ?? '', area ?? ''].filter(word => word !== '').join(', ')
}

/** Why there is no number to go by, where the kind says more than that. */
const UNUSABLE: Partial<Readonly<Record<PopNumber['kind'], string>>> = {
  generic: 'The network has no number of this caller',
  'short-code': 'Short number: no full number was sent',
  payphone: 'The network sent no number of this payphone'
}

function withheldWords({ unverified }: PopNumber): string {
  const words = 'Withheld by the caller, shown for the emergency'
  return unverified === true ? `${words}; not verified` : words
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
        trust: isNumber ? withheldWords(number) : 'The caller withholds the number',
        brief: isNumber ? (number.unverified === true ? 'withheld, not verified' : 'withheld') : '',
        icon: 'eye-off',
        isDoubtful: true
      }
    case 'unavailable':
      return {
        ...base,
        trust: UNUSABLE[number.kind] ?? 'The network sent no usable number',
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
        other: {
          label: 'Caller shows, not verified',
          number: number.presentation ?? 'unknown',
          kind: kindOfNumber({
            kind: number.presentationKind ?? 'none',
            ...(number.presentationArea === undefined ? {} : { area: number.presentationArea })
          })
        }
      }
  }
}
