import { signal } from '@preact/signals'

/** Two short tones, and again so often until the alarm is over or somebody says that they heard it. */
const AGAIN_MS = 15_000
const TONES_HZ = [880, 660] as const
const TONE_S = 0.18
const VOLUME = 0.2

/** The browser does not let the page sound before somebody has touched it: the board says so. */
export const isSoundBlocked = signal(false)

let context: AudioContext | undefined

/** Sounds now and again every 15 s until the answer is called. */
export function startAlarmSound(): () => void {
  sound()
  const timer = setInterval(sound, AGAIN_MS)
  return () => clearInterval(timer)
}

/** Somebody touched the page: from here on it may sound. */
export function allowSound(): void {
  context ??= new AudioContext()
  context
    .resume()
    .then(() => {
      isSoundBlocked.value = false
    })
    .catch(() => {
      // The browser has no sound to give: the words stay on the screen.
      isSoundBlocked.value = true
    })
}

function sound(): void {
  context ??= new AudioContext()
  isSoundBlocked.value = context.state === 'suspended'
  if (isSoundBlocked.value) return
  const gain = context.createGain()
  gain.gain.value = VOLUME
  gain.connect(context.destination)
  TONES_HZ.forEach((hz, at) => {
    if (context === undefined) return
    const tone = context.createOscillator()
    tone.frequency.value = hz
    tone.connect(gain)
    tone.start(context.currentTime + at * TONE_S)
    tone.stop(context.currentTime + (at + 1) * TONE_S)
  })
}
