import type { HandlerId } from '../call/ids.ts'

interface Recent<T> {
  readonly value: T
  readonly at: number
}

interface Tail<T> {
  epoch: string
  seq: number
  readonly recent: Recent<T>[]
}

/**
 * A Redis that fails over or starts again loses what it took within the last second or two. It counts back from the
 * last that was taken: while Redis is away nothing is, and a failover may be slow.
 */
const KEEP_MS = 10_000
/** The guard of an event lives for four hours; what is older than this must not come near that. */
const OLDEST_MS = 600_000
/** For each handler; more within that time, and the oldest go. */
const KEEP_MAX = 256
/** Handlers whose last messages are remembered; as many as may be signed on. */
const MAX_HANDLERS = 20_000

/**
 * What each handler's log took last. A log that comes back without its end looks like any other to a console that was
 * away meanwhile: only who wrote the end knows that something is missing, and can write it again.
 */
export class RecentAppends<T> {
  readonly #tails = new Map<HandlerId, Tail<T>>()
  readonly #monotonicMs: () => number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** The log took this. The answer is what it has lost meanwhile: its numbers went back. */
  taken(handler: HandlerId, value: T, { epoch, seq }: { readonly epoch: string; readonly seq: number }): readonly T[] {
    const tail = this.#tails.get(handler) ?? { epoch, seq: 0, recent: [] }
    const lost = tail.epoch === epoch && seq <= tail.seq ? tail.recent.map(each => each.value) : []
    const at = this.#monotonicMs()
    tail.epoch = epoch
    tail.seq = seq
    tail.recent.push({ value, at })
    while (tail.recent.length > KEEP_MAX || (tail.recent[0]?.at ?? at) < at - KEEP_MS) tail.recent.shift()
    this.#tails.delete(handler)
    this.#tails.set(handler, tail)
    const [oldest] = this.#tails.keys()
    if (this.#tails.size > MAX_HANDLERS && oldest !== undefined) this.#tails.delete(oldest)
    return lost
  }

  /** All that may be missing when Redis comes back. */
  all(): readonly T[] {
    const since = this.#monotonicMs() - OLDEST_MS
    return [...this.#tails.values()].flatMap(({ recent }) =>
      recent.flatMap(({ value, at }) => (at >= since ? [value] : []))
    )
  }
}
