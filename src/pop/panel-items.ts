import { cleanText, formatNumber } from '../call/cli.ts'
import { type AskedCall, numberSaid } from '../lookups/caller-words.ts'
import type { ToLink } from './deep-link.ts'
import type { Panel, PanelItem } from './pop.ts'

export const MAX_ITEMS = 20
export const TITLE_MAX = 300
export const DETAIL_MAX = 1_000

/** What a source found, in the words of the screen. */
export interface Items {
  readonly items: readonly PanelItem[]
  /** All there are, shown or not. */
  readonly total: number
  /** Said before the items, whatever their number, and not counted among them. */
  readonly notes?: readonly PanelItem[]
  readonly repeat?: NonNullable<Panel['repeat']>
  readonly pattern?: NonNullable<Panel['pattern']>
  readonly risk?: NonNullable<Panel['risk']>
  readonly crimes?: NonNullable<Panel['crimes']>
}

/** Writes the value of one lookup. Texts of sources are cleaned and cut; nothing is judged here. */
export type ToItems<T> = (value: T, call: AskedCall, toLink: ToLink) => Items

/** The number that led here: what is held of one says nothing of whoever shows the other, or only shows it. */
export function numberMatched(e164: string, call: AskedCall): NonNullable<PanelItem['fields']> {
  const [network, shown] = [call.cli.network?.e164, call.cli.presentation?.e164]
  if (e164 !== network && e164 !== shown && e164 === numberSaid(call)) {
    return { matched: 'stated', number: formatNumber(e164), unverified: true }
  }
  const isNetwork = network === e164
  const areTwo = network !== undefined && shown !== undefined && network !== shown
  // Beside a number that the caller says each has to be named.
  const isNamed = areTwo || numberSaid(call) !== undefined
  return {
    matched: isNetwork ? 'network' : 'presentation',
    ...(isNamed ? { number: formatNumber(e164) } : {}),
    ...(isNetwork ? {} : { unverified: true })
  }
}

/** A source's own text: control characters out, and no longer than `max`. */
export function cut(text: string, max: number): string {
  const clean = cleanText(text)
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`
}
