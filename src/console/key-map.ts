/*
 * Which key does what. What a key can be given to, which keys nobody can have, and what this browser was told of it. Pure:
 * settings.ts keeps it, keys.ts listens.
 */

/** What has a key of its own, in the order of the help sheet, and the key until somebody gives it another. */
export const DEFAULT_KEYS = {
  'take-next': 'F2',
  'confirm-place': 'F4',
  find: 'F7',
  'hand-over': 'F8',
  'next-zone': 'F9',
  acknowledge: 'a',
  'first-link': 'l',
  'type-place': 'p',
  'incident-place': 'i',
  'say-number': 'u',
  'ring-backs': 'b',
  'left-out': 'x',
  note: 'n',
  help: '?'
} as const satisfies Record<string, string>

export type KeyedAction = keyof typeof DEFAULT_KEYS

export const KEYED_ACTIONS = Object.keys(DEFAULT_KEYS) as readonly KeyedAction[]

/** What was chosen in place of the defaults; an empty text is no key at all. */
export type KeyChoices = Readonly<Partial<Record<KeyedAction, string>>>

/** Why a key cannot be had; `by` is the action that has it. */
export type KeyRefusal =
  | { readonly kind: 'browser'; readonly key: string; readonly what: string }
  | { readonly kind: 'screen'; readonly key: string; readonly what: string }
  | { readonly kind: 'taken'; readonly key: string; readonly by: KeyedAction }
  | { readonly kind: 'unknown'; readonly key: string }

/** F7 is the browser’s too, but it asks before it does anything, and a page may have it. */
const BROWSERS: Readonly<Record<string, string>> = {
  F1: 'its help',
  F3: 'finding on the page',
  F5: 'loading the page anew',
  F6: 'the address bar',
  F10: 'its menu',
  F11: 'the full screen',
  F12: 'its tools',
  '/': 'quick find',
  "'": 'quick find'
}

const SCREENS: Readonly<Record<string, string>> = {
  '+': 'nearer on the map',
  '-': 'farther on the map',
  '−': 'farther on the map',
  '=': 'nearer on the map',
  ' ': 'pressing a button'
}

/** F13 and above are on few keyboards, and free on all of them. */
const FUNCTION_KEY = /^F(?:[1-9]|1\d|2[0-4])$/

/** As it is compared and kept: a letter is the same large and small. */
export function toKey(pressed: string): string {
  return isSingle(pressed) ? pressed.toLowerCase() : pressed
}

/** As it stands on a keyboard. */
export function keyName(key: string): string {
  return key === ' ' ? 'Space' : isSingle(key) ? key.toUpperCase() : key
}

/** Types something; such a key is only heard where nobody types (WCAG 2.1.4). */
export function isSingle(key: string): boolean {
  return [...key].length === 1
}

/** The key of an action by these choices; undefined where it has none. */
export function keyOf(choices: KeyChoices, action: KeyedAction): string | undefined {
  const key = choices[action] ?? DEFAULT_KEYS[action]
  return key === '' ? undefined : key
}

export function actionOf(choices: KeyChoices, key: string): KeyedAction | undefined {
  return KEYED_ACTIONS.find(action => keyOf(choices, action) === key)
}

/** Why this key cannot be given to this action; undefined where it can. */
export function refusalOf(choices: KeyChoices, action: KeyedAction, key: string): KeyRefusal | undefined {
  const browsers = Object.hasOwn(BROWSERS, key) ? BROWSERS[key] : undefined
  if (browsers !== undefined) return { kind: 'browser', key, what: browsers }
  const screens = Object.hasOwn(SCREENS, key) ? SCREENS[key] : undefined
  if (screens !== undefined) return { kind: 'screen', key, what: screens }
  if (!isSingle(key) && !FUNCTION_KEY.test(key)) return { kind: 'unknown', key }
  const by = actionOf(choices, key)
  return by === undefined || by === action ? undefined : { kind: 'taken', key, by }
}

/** What was kept, as far as it still holds: another version may have had other actions, and a hand may have been in it. */
export function readChoices(text: string | undefined): KeyChoices {
  const kept = parse(text)
  const choices: Partial<Record<KeyedAction, string>> = {}
  for (const action of KEYED_ACTIONS) {
    const key = kept.get(action)
    if (key === '') choices[action] = ''
  }
  // First those that give a key up, or two that were exchanged would refuse one another.
  const wanted = KEYED_ACTIONS.flatMap(action => {
    const key = kept.get(action)
    return typeof key === 'string' && key !== '' ? [{ action, key: toKey(key) }] : []
  })
  for (const { action } of wanted) choices[action] = ''
  for (const { action, key } of wanted) {
    if (refusalOf(choices, action, key) === undefined) choices[action] = key
    else if (refusalOf(choices, action, DEFAULT_KEYS[action]) === undefined) delete choices[action]
  }
  return choices
}

function parse(text: string | undefined): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  } catch {
    // Not ours: the defaults hold.
    return new Map()
  }
}
