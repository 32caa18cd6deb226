import { after, type Stop } from '../operations/lifecycle.ts'

export interface ReplyLimits {
  /** Requests that wait for their reply at once; one more is refused. */
  readonly maxPending: number
  /** After this a reply is late: its asker is told, and it may still come. */
  readonly deadlineMs: number
  /** After this it is no longer waited for, and counts as never having come. */
  readonly dropMs: number
}

/** What became of a request. `dropped`: no reply came. `lost`: the link it went by is gone. */
export type ReplyEnd<R> =
  | { readonly kind: 'reply'; readonly reply: R }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'lost' }

interface Asker<R> {
  /** At most once, before `onEnd`. */
  readonly onLate?: () => void
  /** Exactly once. */
  readonly onEnd: (end: ReplyEnd<R>) => void
}

interface Pending<R> extends Asker<R> {
  stop: Stop
}

/**
 * Requests under way on one link, by the name their replies come back with: a request number, an invoke id, an action
 * id. Whatever the peer does, each ends once, and no more than `maxPending` are held.
 */
export class PendingReplies<K, R> {
  readonly #limits: ReplyLimits
  readonly #startTimer: (ms: number, run: () => void) => Stop
  readonly #pending = new Map<K, Pending<R>>()

  constructor(limits: ReplyLimits, startTimer: (ms: number, run: () => void) => Stop = after) {
    this.#limits = limits
    this.#startTimer = startTimer
  }

  get size(): number {
    return this.#pending.size
  }

  isFull(): boolean {
    return this.#pending.size >= this.#limits.maxPending
  }

  has(id: K): boolean {
    return this.#pending.has(id)
  }

  /** False when the limit is reached or the name is in use: then nothing is held and nobody is told. */
  add(id: K, asker: Asker<R>): boolean {
    if (this.isFull() || this.#pending.has(id)) return false
    const { deadlineMs, dropMs } = this.#limits
    const pending: Pending<R> = { ...asker, stop: () => {} }
    const drop = () => this.#end(id, { kind: 'dropped' })
    const late = () => {
      // First: what the asker does now may end this very request.
      pending.stop = this.#startTimer(Math.max(0, dropMs - deadlineMs), drop)
      asker.onLate?.()
    }
    pending.stop = deadlineMs < dropMs ? this.#startTimer(deadlineMs, late) : this.#startTimer(dropMs, drop)
    this.#pending.set(id, pending)
    return true
  }

  /** False when nobody waits for it: a reply to a request we did not make, or to one that was given up. */
  settle(id: K, reply: R): boolean {
    return this.#end(id, { kind: 'reply', reply })
  }

  /** The link is gone, and with it every reply. */
  loseAll(): void {
    for (const id of [...this.#pending.keys()]) this.#end(id, { kind: 'lost' })
  }

  #end(id: K, end: ReplyEnd<R>): boolean {
    const pending = this.#pending.get(id)
    if (pending === undefined) return false
    this.#pending.delete(id)
    pending.stop()
    pending.onEnd(end)
    return true
  }
}

/**
 * Request numbers 0 to `count` - 1, handed out in turn. One that was given up is not used again on this link: its reply
 * may come yet, and would be taken for the reply to another request.
 */
export class RequestNumbers {
  readonly #count: number
  readonly #taken = new Set<number>()
  #next = 0

  constructor(count: number) {
    this.#count = count
  }

  /** Undefined when every number is in use or given up. */
  take(): number | undefined {
    for (let tries = 0; tries < this.#count; tries++) {
      const number = this.#next
      this.#next = (number + 1) % this.#count
      if (this.#taken.has(number)) continue
      this.#taken.add(number)
      return number
    }
    return undefined
  }

  /** Its reply has come. */
  release(number: number): void {
    this.#taken.delete(number)
  }
}
