import { ACTION_WORDS } from './action-words.ts'
import type { Me } from './api.ts'
import { hasBoard } from './board-words.ts'
import type { Desk } from './desk.ts'
import { KEYED_ACTIONS, type KeyedAction, keyName } from './key-map.ts'
import { PLACES } from './keyed-actions.ts'
import { toConfirm } from './location-words.ts'
import { activeKey, density, setDensity, setSingleKeys, setTheme, singleKeys, THEMES, theme } from './settings.ts'
import { nextRinging } from './strip-order.ts'

/** One action as the desk has it now. */
export interface PaletteEntry {
  readonly name: string
  readonly key?: string
  /** Why it cannot be done now. */
  readonly why?: string
  readonly run: () => void
}

interface Parts {
  readonly desk: Desk
  readonly me: Me
  readonly actions: Readonly<Record<KeyedAction, () => void>>
}

const NOT_LIVE = 'Not live: nothing can be sent now.'
const NO_CALL = 'No call is open.'
const ALREADY = 'It is so already.'

/** Every action of the desk: those with a key, those that stand there always, and whatever else the page offers now. */
export function paletteEntries(parts: Parts): readonly PaletteEntry[] {
  const standing = STANDING.filter(({ isForBoard }) => isForBoard !== true || hasBoard(parts.me, parts.desk))
  const places = [...Object.values(PLACES), ...standing.map(({ place }) => place)]
  const known = new Set(places.map(place => document.querySelector(place)))
  return [
    ...KEYED_ACTIONS.map(action => keyed(parts, action)),
    ...standing.map(each => standingEntry(parts, each)),
    ...ofThisScreen(),
    ...onThePage(parts.desk, known)
  ]
}

function keyed({ desk, actions }: Parts, action: KeyedAction): PaletteEntry {
  const key = activeKey(action)
  const why = whyNot(desk, action)
  return {
    ...{ name: ACTION_WORDS[action], run: actions[action] },
    ...(key === undefined ? {} : { key: keyName(key) }),
    ...(why === undefined ? {} : { why })
  }
}

function whyNot(desk: Desk, action: KeyedAction): string | undefined {
  const { openCard, isLive, screen } = desk
  const place: string | undefined = PLACES[action as keyof typeof PLACES]
  const control = place === undefined ? null : document.querySelector(place)
  switch (action) {
    case 'take-next':
      if (nextRinging(screen.value.cards.values()) === undefined) return 'No call is ringing.'
      return isLive.value ? undefined : NOT_LIVE
    case 'confirm-place':
      if (openCard.value === undefined) return NO_CALL
      if (toConfirm(openCard.value.panels.location?.panel) === undefined) return 'There is no place to be confirmed.'
      return isLive.value ? undefined : NOT_LIVE
    case 'acknowledge':
      return control === null ? 'No alarm is to be acknowledged.' : whyDisabled(desk, control)
    case 'first-link':
      if (openCard.value === undefined) return NO_CALL
      return control === null ? 'No incident is shown that may be the same.' : whyDisabled(desk, control)
    case 'left-out':
      if (openCard.value === undefined) return NO_CALL
      return control === null ? 'No unit is left out here.' : undefined
    case 'type-place':
    case 'incident-place':
    case 'say-number':
    case 'hand-over':
    case 'note':
      if (openCard.value === undefined) return NO_CALL
      return control === null ? 'The open call is not this desk’s.' : whyDisabled(desk, control)
    default:
      return undefined
  }
}

interface Standing {
  readonly name: string
  /** Where on the page it is done. */
  readonly place: string
  /** Why it is not on the page, a call being open. */
  readonly absent: string
  readonly needsCall?: boolean
  readonly isForBoard?: boolean
}

const BESIDE = 'The map stands beside the card.'

const STANDING: readonly Standing[] = [
  act('close', 'Close the open call, written up', 'The open call is not over.', { needsCall: true }),
  act('silent', 'Mark the open call as silent …', 'Nobody has the open call yet, or it is marked already.', {
    needsCall: true
  }),
  act('ledger', 'Close the open call’s entry in the ledger …', 'It has no open entry.', { needsCall: true }),
  act('finish-note', 'Finish the note', 'The open call is not this desk’s.', { needsCall: true }),
  act('show-map', 'Show the map in place of the panels', BESIDE, { needsCall: true }),
  act('show-card', 'Show the panels in place of the map', BESIDE, { needsCall: true }),
  act('mute', 'Mute the ring', 'No 999 call is heard at this desk.'),
  act('heard', 'Hush the alarm', 'No alarm is heard.'),
  act('board', 'Show the board, or the open call again', '', { isForBoard: true }),
  act('sign-off', 'Sign off', '')
]

function act(id: string, name: string, absent: string, over: Partial<Standing> = {}): Standing {
  return { name, absent, place: `[data-act=${id}]`, ...over }
}

function standingEntry({ desk }: Parts, { name, place, absent, needsCall }: Standing): PaletteEntry {
  const control = document.querySelector<HTMLElement>(place)
  if (control !== null) return pressing(desk, name, control)
  const why = needsCall === true && desk.openCard.value === undefined ? NO_CALL : absent
  return { name, why, run: () => {} }
}

const THEME_NAMES = { auto: 'Day or night as the system says', day: 'Day colours', night: 'Night colours' } as const

function ofThisScreen(): readonly PaletteEntry[] {
  const choice = (name: string, isSo: boolean, run: () => void) => ({ name, run, ...(isSo ? { why: ALREADY } : {}) })
  return [
    ...THEMES.map(each => choice(THEME_NAMES[each], theme.value === each, () => setTheme(each))),
    choice('Density: compact', density.value === 'compact', () => setDensity('compact')),
    choice('Density: normal', density.value === 'normal', () => setDensity('normal')),
    choice('Single-character keys: on', singleKeys.value, () => setSingleKeys(true)),
    choice('Single-character keys: off', !singleKeys.value, () => setSingleKeys(false))
  ]
}

const ON_PAGE = ['.alerts', '.sound-blocked', '.card', '.beside-card', '.strip', '.top-bar']
  .flatMap(part => ['button', 'summary', 'a[href]'].map(control => `${part} ${control}:not([data-palette])`))
  .join(', ')

/** Whatever else can be pressed: places, people, incidents, calls, things to copy. In the order of the page. */
function onThePage(desk: Desk, known: ReadonlySet<Element | null>): readonly PaletteEntry[] {
  return [...document.querySelectorAll<HTMLElement>(ON_PAGE)]
    .filter(control => !known.has(control) && control.checkVisibility())
    .map(control => pressing(desk, nameOf(control), control))
    .filter(({ name }) => name !== '')
}

/** A press on a control, which must still be there, and of the call that it was of, when it comes to that. */
function pressing(desk: Desk, name: string, control: HTMLElement): PaletteEntry {
  const call = desk.openCall.value
  const why = whyDisabled(desk, control)
  const isOfCard = control.closest('.card, .beside-card') !== null
  return {
    name,
    ...(why === undefined ? {} : { why }),
    run: () => {
      if (!control.isConnected || control.matches(':disabled') || (isOfCard && desk.openCall.value !== call))
        return desk.tell('That is no longer there: nothing was done.')
      control.click()
    }
  }
}

function whyDisabled(desk: Desk, control: Element): string | undefined {
  if (control.getAttribute('aria-pressed') === 'true' && control.matches('.map-tabs button')) return ALREADY
  if (!control.matches(':disabled')) return undefined
  if (!desk.isLive.value) return NOT_LIVE
  return (control as HTMLElement).dataset['why'] ?? 'Not to be done now.'
}

/** What a reader would say of it, with what it stands in where many are alike. */
function nameOf(control: HTMLElement): string {
  const label = control.getAttribute('aria-label')
  if (label !== null) return label
  const own = textOf(control)
  if (control.matches('.entry')) return `Open the call: ${own}`
  if (control.matches('.pick-list button')) return `The caller is: ${own}`
  const whose = control.closest('[data-alert], [data-alarm], [data-entry], li')?.querySelector('b')?.textContent?.trim()
  return whose === undefined || whose === '' ? own : `${own} ${whose}`
}

/** Its words, without the key that stands beside them; parts that stand beneath one another are parted. */
function textOf(element: HTMLElement): string {
  const words: string[] = []
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const { parentElement, textContent } = walk.currentNode
    if (parentElement?.closest('.key, [aria-hidden="true"]') === null) words.push(textContent?.trim() ?? '')
  }
  return words.filter(word => word !== '').join(' ')
}

/** Those with all the words in them, however short; what can be done now before what cannot. */
export function matching(entries: readonly PaletteEntry[], typed: string): readonly PaletteEntry[] {
  const words = typed.toLowerCase().split(/\s+/)
  const found = entries.filter(({ name, key = '' }) => {
    const text = `${name} ${key}`.toLowerCase()
    return words.every(word => text.includes(word))
  })
  return [...found.filter(({ why }) => why === undefined), ...found.filter(({ why }) => why !== undefined)]
}
