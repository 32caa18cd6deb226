import { signal } from '@preact/signals'

/*
 * What may be heard: an alarm that somebody must act on now, and a 999 call that rings at this desk. Each has its twin on
 * the screen, and sounds again until it is over or somebody says that they heard it.
 */

interface Sound {
  readonly tonesHz: readonly number[]
  readonly againMs: number
}

export const SOUNDS = {
  alarm: { tonesHz: [880, 660], againMs: 15_000 },
  call: { tonesHz: [520, 620, 520], againMs: 6_000 }
} as const satisfies Record<string, Sound>
export type SoundName = keyof typeof SOUNDS

const TONE_S = 0.18
const VOLUME = 0.2
/** Between the two of a test. */
const TEST_PAUSE_MS = 1_200

/** The browser does not let the page sound before somebody has touched it: the page says so. */
export const isSoundBlocked = signal(false)

let context: AudioContext | undefined

/** Sounds now and again until the answer is called. */
export function startSound(name: SoundName): () => void {
  sound(name)
  const timer = setInterval(sound, SOUNDS[name].againMs, name)
  return () => clearInterval(timer)
}

/** Whether anything can be heard, known before it has to be; a touch of the page is enough to let it. */
export function watchSound(): () => void {
  const own = openContext()
  const note = () => {
    isSoundBlocked.value = own.state === 'suspended'
  }
  own.onstatechange = note
  note()
  const touched = () => {
    if (isSoundBlocked.value) allowSound()
  }
  window.addEventListener('pointerdown', touched)
  window.addEventListener('keydown', touched)
  return () => {
    window.removeEventListener('pointerdown', touched)
    window.removeEventListener('keydown', touched)
  }
}

/** Somebody touched the page: from here on it may sound. */
export function allowSound(): void {
  openContext()
    .resume()
    .then(() => {
      isSoundBlocked.value = false
    })
    .catch(() => {
      // The browser has no sound to give: the words stay on the screen.
      isSoundBlocked.value = true
    })
}

/** Both, one after the other, so that a handler knows them apart and knows that they hear them. */
export function testSound(): void {
  allowSound()
  sound('call')
  setTimeout(sound, TEST_PAUSE_MS, 'alarm')
}

function openContext(): AudioContext {
  context ??= new AudioContext()
  return context
}

function sound(name: SoundName): void {
  const own = openContext()
  isSoundBlocked.value = own.state === 'suspended'
  if (isSoundBlocked.value) return
  const gain = own.createGain()
  gain.gain.value = VOLUME
  gain.connect(own.destination)
  SOUNDS[name].tonesHz.forEach((hz, at) => {
    const tone = own.createOscillator()
    tone.frequency.value = hz
    tone.connect(gain)
    tone.start(own.currentTime + at * TONE_S)
    tone.stop(own.currentTime + (at + 1) * TONE_S)
  })
}
