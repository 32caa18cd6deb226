import { signal } from '@preact/signals'

/** What a screen reader is told when it has nothing better to say. */
export const politeText = signal('')
/** What it is told at once. */
export const assertiveText = signal('')

const EVERY_MS = 2_000
const MAX_SAID = 3

let waiting: string[] = []
let isPaused = false

/** Said within two seconds, together with whatever else came meanwhile: a storm must not drown the caller's voice. */
export function announce(text: string): void {
  waiting.push(text)
  if (!isPaused) say()
}

export function announceNow(text: string): void {
  assertiveText.value = text
}

function say(): void {
  if (waiting.length === 0) {
    isPaused = false
    return
  }
  politeText.value = toOneMessage(waiting)
  waiting = []
  isPaused = true
  setTimeout(say, EVERY_MS)
}

/** A few are said one by one, more as their number and the last. */
export function toOneMessage(texts: readonly string[]): string {
  if (texts.length <= MAX_SAID) return texts.join('. ')
  return `${texts.length} messages. ${texts.at(-1) ?? ''}`
}
