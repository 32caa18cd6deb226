import { signal } from '@preact/signals'

/*
 * What this browser keeps between two shifts: the desk it stands on and how its screen looks. Nothing of a person.
 */

export type Theme = 'auto' | 'day' | 'night'

const THEMES: readonly Theme[] = ['auto', 'day', 'night']

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

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto'
  write('theme', theme.value)
  applyTheme()
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
