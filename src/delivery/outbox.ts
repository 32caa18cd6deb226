import { Fault } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'

interface Item<T> {
  readonly value: T
  readonly done: () => void
  readonly failed: (why: Error) => void
}

/** How a lane gets on: it failed so often in a row, and sends so many at once. */
interface Pace {
  readonly failures: number
  readonly atOnce: number
}

interface Parts<T> {
  /** Sends some in order; rejects when one did not arrive (or nobody knows), and is then asked again with all. */
  readonly send: (values: readonly T[]) => Promise<void>
  /** Values with the same lane keep their order; lanes go side by side. */
  readonly laneOf: (value: T) => string
  /** Whether a value that was not taken yet need not go any more, because this later one of its lane does. */
  readonly isMadeIdle?: (value: T, later: T) => boolean
  readonly max: number
  readonly onPending: (count: number) => void
}

/** Sent together, so that a lane is not held to one round trip for each value. */
const BATCH_MAX = 64
/** A lane longer than this is looked through for nothing that could be left out: it costs the square of its length. */
const LOOKED_THROUGH = 256
const FIRST_PAUSE_MS = 20
const MAX_PAUSE_MS = 250
/** After a failure so many times fewer go together: what was too much at once must not be asked again and again. */
const FEWER = 4

/**
 * What waits for Redis: in order for each lane, bounded over all, tried until it is taken. Sending must be idempotent,
 * because an answer can be lost after the deed.
 */
export class Outbox<T> {
  readonly #parts: Parts<T>
  readonly #lanes = new Map<string, Item<T>[]>()
  readonly #timers = new Set<Stop>()
  #pending = 0
  #stopped = false

  constructor(parts: Parts<T>) {
    this.#parts = parts
  }

  get pending(): number {
    return this.#pending
  }

  isFull(): boolean {
    return this.#pending >= this.#parts.max
  }

  /** Resolves when it was taken; rejects only at `stop`. Check `isFull` first. */
  add(value: T): Promise<void> {
    return new Promise((done, failed) => {
      const lane = this.#parts.laneOf(value)
      const waiting = this.#lanes.get(lane)
      this.#count(1)
      if (waiting !== undefined) {
        waiting.push({ value, done, failed })
        return
      }
      this.#lanes.set(lane, [{ value, done, failed }])
      // One turn of the loop later, so that what one tick brings goes together.
      queueMicrotask(() => this.#run(lane, { failures: 0, atOnce: BATCH_MAX }))
    })
  }

  stop(): void {
    this.#stopped = true
    for (const stop of this.#timers) stop()
    this.#timers.clear()
    const why = new Fault('session-log.append-failed', {}, new Error('stopped before it was sent'))
    for (const items of this.#lanes.values()) for (const item of items) item.failed(why)
    this.#lanes.clear()
  }

  #run(lane: string, pace: Pace): void {
    const items = this.#lanes.get(lane)
    if (items === undefined || items.length === 0 || this.#stopped) {
      this.#lanes.delete(lane)
      return
    }
    if (pace.failures > 0) this.#leaveOut(items)
    const batch = items.slice(0, pace.atOnce)
    this.#parts.send(batch.map(item => item.value)).then(
      () => {
        items.splice(0, batch.length)
        this.#count(-batch.length)
        for (const item of batch) item.done()
        this.#run(lane, { failures: 0, atOnce: Math.min(pace.atOnce * 2, BATCH_MAX) })
      },
      () => this.#again(lane, pace)
    )
  }

  /** After a failure: as long as all is taken at once there is nothing to leave out. */
  #leaveOut(items: Item<T>[]): void {
    const { isMadeIdle } = this.#parts
    if (isMadeIdle === undefined || items.length > LOOKED_THROUGH) return
    const idle = new Set(
      items.filter((item, at) => items.slice(at + 1).some(later => isMadeIdle(item.value, later.value)))
    )
    if (idle.size === 0) return
    items.splice(0, items.length, ...items.filter(item => !idle.has(item)))
    this.#count(-idle.size)
    for (const { done } of idle) done()
  }

  #again(lane: string, { failures, atOnce }: Pace): void {
    if (this.#stopped) return
    const stop = after(Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS), () => {
      this.#timers.delete(stop)
      this.#run(lane, { failures: failures + 1, atOnce: Math.max(1, Math.floor(atOnce / FEWER)) })
    })
    this.#timers.add(stop)
  }

  #count(by: number): void {
    this.#pending += by
    this.#parts.onPending(this.#pending)
  }
}
