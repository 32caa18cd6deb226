import type { Ev } from '../delivery/protocol.ts'
import { EMPTY_SCREEN, reduce, type Screen } from '../sdk/screen.ts'
import type { Replay } from './calls-api.ts'

export const SPEEDS = [1, 2, 4, 8] as const
export type Speed = (typeof SPEEDS)[number]

/** A call's screens, each with the moment from which it stood so. */
export interface Reel {
  readonly begin: number
  /** Of what is played; what came later can be gone to from the list. */
  readonly end: number
  readonly frames: readonly { readonly at: number; readonly screen: Screen }[]
}

export interface Playing {
  /** Epoch ms by the clocks of then. */
  readonly at: number
  readonly isPlaying: boolean
  readonly speed: Speed
}

/** What is written up right after the end is of the call; what a supervisor ends a day later is not played in real time. */
const AFTER_END_MS = 600_000

/** The same reducer as on any live screen, message by message. */
export function toReel({ steps }: Pick<Replay, 'steps'>): Reel {
  let screen = EMPTY_SCREEN
  const frames = steps.map(({ at, ev }, place) => {
    const message: Ev = { t: 'ev', eventId: `replay-${place}`, ts: at, ev }
    screen = reduce(screen, message)
    return { at, screen }
  })
  const begin = frames[0]?.at ?? 0
  const released = frames.find(each => [...each.screen.cards.values()].some(({ pop }) => pop.state === 'released'))
  const last = frames.at(-1)?.at ?? begin
  const end = released === undefined ? last : Math.min(last, released.at + AFTER_END_MS)
  return { begin, end: Math.max(end, begin), frames }
}

/** As it stood then. */
export function screenAt({ frames }: Reel, at: number): Screen {
  return frames.findLast(frame => frame.at <= at)?.screen ?? EMPTY_SCREEN
}

/** So much time later by the clock on the wall; at the end it stands. */
export function advanced(playing: Playing, elapsedMs: number, { begin, end }: Reel): Playing {
  if (!playing.isPlaying) return playing
  const at = Math.min(end, Math.max(begin, playing.at) + elapsedMs * playing.speed)
  return { ...playing, at, isPlaying: at < end }
}

/** The moment of the next message, or of the one before; where there is none, where it stands. */
export function stepped({ frames }: Reel, at: number, way: 'on' | 'back'): number {
  const times = frames.map(frame => frame.at)
  return (way === 'on' ? times.find(each => each > at) : times.findLast(each => each < at)) ?? at
}
