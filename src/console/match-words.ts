import type { PanelItem } from '../pop/pop.ts'

/*
 * By which of a caller's numbers something on record was found. Anybody can show a number that is not theirs, so what is
 * found by that one is never read as the caller's without the word.
 */

/** Fields of an item that say so; anything else in it is the item’s own. */
export const MATCH_FIELDS: ReadonlySet<string> = new Set(['matched', 'number', 'unverified', 'wasUnverified'])

export interface MatchWords {
  readonly text: string
  readonly isDoubtful: boolean
}

/**
 * Undefined where there is nothing to tell: the network gives the one number there is, then as now. What is found by the
 * one number of a caller who only shows it has its word above all of the panel.
 */
export function matchWords({ fields = {} }: PanelItem): MatchWords | undefined {
  const number = fields['number'] === undefined ? '' : ` ${fields['number']}`
  const wasUnverified = fields['wasUnverified'] === true
  if (number === '' && !wasUnverified) return undefined
  if (fields['matched'] === 'stated') return { text: `Number${number} as the caller says it`, isDoubtful: true }
  if (fields['unverified'] === true && number !== '') return { text: `Number${number} not verified`, isDoubtful: true }
  const text = wasUnverified ? `Number${number} not verified at the time` : `Network number${number}`
  return { text, isDoubtful: wasUnverified }
}

/** Whether everything here was found by the number that the caller shows, and by no other; one that they say has its own words. */
export function isByShownNumber(items: readonly PanelItem[]): boolean {
  return (
    items.length > 0 &&
    items.every(({ fields = {} }) => fields['unverified'] === true && fields['matched'] !== 'stated')
  )
}
