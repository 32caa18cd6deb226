import { after, type Stop } from '../operations/lifecycle.ts'

export interface RetryLimits {
  /** The first try after a loss comes within this time. */
  readonly firstMs: number
  /** No wait is longer. */
  readonly maxMs: number
}

/** Doubling stops here: 2 ** attempt grows past every number in a night without a peer. */
const MAX_DOUBLINGS = 20

/**
 * How long to wait before try number `attempt` (0 is the first after a loss), jittered so that many who lost the same
 * peer do not come back as one. From the second try on never less than half of what it may be: a peer that refuses at
 * once is not hammered. `random` gives 0 to 1.
 */
export function backOffMs(attempt: number, { firstMs, maxMs }: RetryLimits, random: () => number): number {
  const most = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, MAX_DOUBLINGS))
  return attempt === 0 ? random() * most : most / 2 + (random() * most) / 2
}

interface Parts {
  readonly limits: RetryLimits
  /** One try; whoever tries says `failed` or `succeeded` when it knows. */
  readonly connect: () => void
  readonly random: () => number
  /** Handed in where a test owns time. */
  readonly startTimer?: (ms: number, run: () => void) => Stop
}

/** Tries again and again, each time after a longer wait, until it is stopped. At most one try is waited for. */
export class Reconnect {
  readonly #parts: Parts
  #attempt = 0
  #isStopped = false
  #stopTimer: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Tries in a row that failed. */
  get failures(): number {
    return this.#attempt
  }

  /** The next try comes after its wait, or after `atLeastMs` where the peer asked for longer. */
  failed(atLeastMs = 0): void {
    const { limits, random } = this.#parts
    this.#later(Math.max(atLeastMs, backOffMs(this.#attempt, limits, random)))
    this.#attempt += 1
  }

  /** The link is up: after its loss the waits begin anew. */
  succeeded(): void {
    this.#attempt = 0
  }

  /** Tries in so long, whatever failed before; 0 is the next turn of the loop. */
  tryIn(ms: number): void {
    this.#later(ms)
  }

  stop(): void {
    this.#isStopped = true
    this.#stopTimer()
  }

  #later(ms: number): void {
    const { connect, startTimer = after } = this.#parts
    this.#stopTimer()
    if (this.#isStopped) return
    this.#stopTimer = startTimer(ms, () => {
      if (!this.#isStopped) connect()
    })
  }
}
