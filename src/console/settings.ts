import { signal } from '@preact/signals'
import { isSingle, type KeyChoices, type KeyedAction, keyOf, readChoices } from './key-map.ts'

/*
 * What this browser keeps between two shifts: the desk it stands on and how its screen looks. Nothing of a person.
 */

export type Theme = 'auto' | 'day' | 'night'

export const THEMES: readonly Theme[] = ['auto', 'day', 'night']

/** How close together all of it stands. */
export type Density = 'normal' | 'compact'

function read(key: string): string | undefined {
  try {
    return window.localStorage.getItem(`callbox.${key}`) ?? undefined
  } catch {
    // A browser may be told to keep nothing; the console does without.
    return undefined
  }
}

function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(`callbox.${key}`, value)
  } catch {
    // As above.
  }
}

export const theme = signal<Theme>(THEMES.find(each => each === read('theme')) ?? 'auto')
/** WCAG 2.1.4: shortcuts of one character can be switched off. */
export const singleKeys = signal(read('single-keys') !== 'off')
export const density = signal<Density>(read('density') === 'compact' ? 'compact' : 'normal')
/** Which keys were chosen in place of the defaults. */
export const keyChoices = signal<KeyChoices>(readChoices(read('keys')))

/** Theme and density, as the style sheets read them. */
export function applyLook(): void {
  Object.assign(document.documentElement.dataset, { theme: theme.value, density: density.value })
}

export function nextTheme(): void {
  setTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto')
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen
  write('theme', chosen)
  applyLook()
}

export function setDensity(chosen: Density): void {
  density.value = chosen
  write('density', chosen)
  applyLook()
}

/** An empty text is no key; who asks has seen to it that nobody else has this one. */
export function setKey(action: KeyedAction, key: string): void {
  keyChoices.value = { ...keyChoices.value, [action]: key }
  write('keys', JSON.stringify(keyChoices.value))
}

export function resetKeys(): void {
  keyChoices.value = {}
  write('keys', '{}')
}

/** The key that does this now; undefined where none does, or keys of one character are switched off. */
export function activeKey(action: KeyedAction): string | undefined {
  const key = keyOf(keyChoices.value, action)
  return key !== undefined && isSingle(key) && !singleKeys.value ? undefined : key
}

export function setSingleKeys(isOn: boolean): void {
  singleKeys.value = isOn
  write('single-keys', isOn ? 'on' : 'off')
}

export function lastDesk(): { readonly force: string; readonly position: string } {
  return { force: read('force') ?? '', position: read('position') ?? '' }
}

export function keepDesk(force: string, position: string): void {
  write('force', force)
  write('position', position)
}
