import type { Desk } from './desk.ts'
import type { KeyedAction } from './key-map.ts'
import { focusNextZone } from './keys.ts'

interface Parts {
  readonly desk: Desk
  readonly onFind: () => void
  readonly onHelp: () => void
  readonly onRingBacks: () => void
}

/** What each key does, and the palette under the same name. Where a control of the page does it, that one is pressed. */
export function keyedActions({ desk, onFind, onHelp, onRingBacks }: Parts): Readonly<Record<KeyedAction, () => void>> {
  return {
    'take-next': () => void desk.takeNext(),
    'confirm-place': () => void desk.confirmNext(),
    find: onFind,
    acknowledge: () => pressed(PLACES.acknowledge) || desk.tell('No alarm is to be acknowledged.'),
    'hand-over': () => pressed(PLACES['hand-over']),
    'next-zone': focusNextZone,
    // Links nothing by itself: what is linked is read first, and one key more says so.
    'first-link': () => document.querySelector<HTMLElement>(PLACES['first-link'])?.focus(),
    'type-place': () => pressed(PLACES['type-place']),
    'incident-place': () => pressed(PLACES['incident-place']),
    'say-number': () => pressed(PLACES['say-number']),
    'ring-backs': onRingBacks,
    'left-out': () => unfolded(PLACES['left-out']),
    note: () => document.querySelector<HTMLElement>(PLACES.note)?.focus(),
    help: onHelp
  }
}

/** Where on the page that is done. */
export const PLACES = {
  // Of many at once the button that shows them.
  acknowledge: ':is([data-acknowledge], .alerts [data-flood] .show-all)',
  'hand-over': '[data-hand-over]',
  'first-link': '[data-first-link]',
  'type-place': '[data-type-place]',
  'incident-place': '[data-incident-place]',
  'say-number': '[data-say-number]',
  'left-out': '[data-left-out] > summary',
  note: '[data-note]'
} as const satisfies Partial<Record<KeyedAction, string>>

/** Opens or closes it, and goes there: what it says is read on from. */
function unfolded(place: string): void {
  if (pressed(place)) document.querySelector<HTMLElement>(place)?.focus()
}

function pressed(place: string): boolean {
  const control = document.querySelector<HTMLElement>(`${place}:not(:disabled)`)
  control?.click()
  return control !== null
}
