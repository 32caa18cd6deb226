import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

/** What did not get through is sent again after this long. */
const AGAIN_MS = 200

/** Whether two ends can reach each other now. */
export type Reach = () => boolean

/**
 * One direction of a connection: what is sent arrives in order, each with a delay of its own. While the ends cannot
 * reach each other it waits, as TCP would have it, and goes on when they can.
 */
export class SimPipe {
  readonly #to: SimProcess
  readonly #random: WorldRandom
  readonly #typicalMs: number
  readonly #isReachable: Reach
  /** What could not get through yet, in order. */
  readonly #waiting: (() => void)[] = []
  #lastAt = 0
  #isCut = false

  constructor(parts: { to: SimProcess; random: WorldRandom; typicalMs: number; isReachable: Reach }) {
    this.#to = parts.to
    this.#random = parts.random
    this.#typicalMs = parts.typicalMs
    this.#isReachable = parts.isReachable
  }

  /** `arrive` runs as the process at the other end, unless the pipe was cut meanwhile. */
  send(arrive: () => void): void {
    this.#carry(this.#random.delayMs(this.#typicalMs), arrive)
  }

  /** Nothing that is on its way arrives any more. */
  cut(): void {
    this.#isCut = true
  }

  #carry(delayMs: number, arrive: () => void): void {
    const { time } = this.#to
    const at = Math.max(this.#lastAt, time.nowMs + delayMs)
    this.#lastAt = at
    time.schedule(this.#to, at - time.nowMs, () => {
      if (this.#isCut) return
      if (this.#waiting.length === 0 && this.#isReachable()) arrive()
      else this.#wait(arrive)
    })
  }

  /** Sent again until it gets through; what came later waits behind it. */
  #wait(arrive: () => void): void {
    this.#waiting.push(arrive)
    if (this.#waiting.length > 1) return
    const again = () => {
      if (this.#isCut) return
      if (this.#isReachable()) for (const each of this.#waiting.splice(0)) each()
      else this.#to.time.schedule(this.#to, AGAIN_MS, again)
    }
    this.#to.time.schedule(this.#to, AGAIN_MS, again)
  }
}
