import type { SocketLimits } from './protocol-limits.ts'

interface Waiter {
  readonly since: number
  readonly admit: (may: boolean) => void
}

interface Parts {
  readonly limits: Pick<SocketLimits, 'hellosAtOnce' | 'hellosWaiting' | 'helloWaitMs'>
  readonly monotonicMs: () => number
}

/**
 * Who may open a session now. When a whole force comes back at once, so many are served at a time, in the order of
 * their hello, and the rest are told to come later: the calls of those who are back already must not wait for them.
 */
export class Admission {
  readonly #parts: Parts
  readonly #waiting: Waiter[] = []
  #inside = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** True when it is this one's turn: `leave` must follow. False: there is no room, or the wait was too long. */
  enter(): Promise<boolean> {
    const { hellosAtOnce, hellosWaiting } = this.#parts.limits
    if (this.#inside < hellosAtOnce) {
      this.#inside += 1
      return Promise.resolve(true)
    }
    if (this.#waiting.length >= hellosWaiting) return Promise.resolve(false)
    return new Promise(admit => {
      this.#waiting.push({ since: this.#parts.monotonicMs(), admit })
    })
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#inside -= 1
    else this.#turn(next)
  }

  /** Called often: nobody waits longer than the client would. */
  tick(): void {
    const since = this.#parts.monotonicMs() - this.#parts.limits.helloWaitMs
    while (this.#waiting[0] !== undefined && this.#waiting[0].since < since) this.#waiting.shift()?.admit(false)
  }

  /** In a turn of the loop of its own, so that what came in meanwhile is served between two of them. */
  #turn({ admit }: Waiter): void {
    setImmediate(() => admit(true))
  }
}
