import { actionOf, isSingle, type KeyedAction, toKey } from './key-map.ts'
import { keyChoices, singleKeys } from './settings.ts'

/** Zones that the key of `next-zone` goes through, in the order of the screen. */
const ZONES = ['.strip', '.card', '.top-bar']

interface Listener {
  readonly run: (action: KeyedAction) => void
  readonly openPalette: () => void
}

/**
 * The keys of key-map.ts, as this browser has them, and Ctrl+K. Every other combination with Ctrl, Alt or the system's key
 * belongs to the browser and the handler's other programs; keys that type something are left to whoever types.
 */
export function listenToKeys({ run, openPalette }: Listener): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.repeat || document.querySelector('dialog[open]') !== null) return
    if (isPaletteKey(event)) {
      event.preventDefault()
      openPalette()
      return
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const action = actionOf(keyChoices.value, toKey(event.key))
    if (action === undefined) return
    if (isSingle(event.key) && (!singleKeys.value || isTyping(event.target))) return
    event.preventDefault()
    run(action)
  }
  window.addEventListener('keydown', onKey)
  return () => window.removeEventListener('keydown', onKey)
}

/** Of all combinations with Ctrl the one that is ours. */
export function isPaletteKey({ key, ctrlKey, altKey, metaKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && ctrlKey && !altKey && !metaKey && !shiftKey
}

/** What is typed goes somewhere: a box that is only ticked takes no characters. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches(TYPED_INTO))
}

const TYPED_INTO = 'input:not([type=radio], [type=checkbox]), textarea, select'

export function focusNextZone(): void {
  const zones = ZONES.flatMap(zone => document.querySelector<HTMLElement>(zone) ?? [])
  const at = zones.findIndex(zone => zone.contains(document.activeElement))
  const next = zones[(at + 1) % zones.length]
  const first = next?.querySelector<HTMLElement>('[data-zone-start], button:not([disabled]), [href], input, select')
  const target = first ?? next
  target?.focus()
}
