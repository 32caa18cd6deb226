import { singleKeys } from './settings.ts'

interface Actions {
  readonly takeNext: () => void
  readonly confirmPlace: () => void
  readonly search: () => void
  readonly help: () => void
}

/** Zones that F9 goes through, in the order of the screen. */
const ZONES = ['.strip', '.card', '.top-bar']

/**
 * F2, F4, F7, F8, F9, `l`, `n`, `p` and `?`. Every other function key and every combination with Ctrl, Alt or the system's key belongs to the
 * browser and the handler's other programs.
 */
export function listenToKeys({ takeNext, confirmPlace, search, help }: Actions): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return
    if (document.querySelector('dialog[open]') !== null) return
    if (event.key === 'F2') takeNext()
    else if (event.key === 'F4') confirmPlace()
    else if (event.key === 'F7') search()
    else if (event.key === 'F8') handOver()
    else if (event.key === 'F9') focusNextZone()
    else if (event.key === 'l' && singleKeys.value && !isTyping(event.target)) focusFirstLink()
    else if (event.key === 'p' && singleKeys.value && !isTyping(event.target)) typePlace()
    else if (event.key === 'n' && singleKeys.value && !isTyping(event.target)) focusNote()
    else if (event.key === '?' && singleKeys.value && !isTyping(event.target)) help()
    else return
    event.preventDefault()
  }
  window.addEventListener('keydown', onKey)
  return () => window.removeEventListener('keydown', onKey)
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}

/** Links nothing by itself: what is linked is read first, and one key more says so. */
function focusFirstLink(): void {
  document.querySelector<HTMLElement>('[data-first-link]')?.focus()
}

function typePlace(): void {
  document.querySelector<HTMLElement>('[data-type-place]:not(:disabled)')?.click()
}

function handOver(): void {
  document.querySelector<HTMLElement>('[data-hand-over]:not(:disabled)')?.click()
}

function focusNote(): void {
  document.querySelector<HTMLElement>('[data-note]')?.focus()
}

function focusNextZone(): void {
  const zones = ZONES.flatMap(zone => document.querySelector<HTMLElement>(zone) ?? [])
  const at = zones.findIndex(zone => zone.contains(document.activeElement))
  const next = zones[(at + 1) % zones.length]
  const first = next?.querySelector<HTMLElement>('[data-zone-start], button:not([disabled]), [href], input, select')
  const target = first ?? next
  target?.focus()
}
