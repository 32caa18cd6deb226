import type { SimNode } from './sim-node.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import type { Route } from './sim-switch.ts'

/** RFC 3261 §17.1.1.2: T1, doubled at each retransmission. */
const T1_MS = 500
const TYPICAL_MS = 2
const LOST = 0.03
const DOUBLED = 0.03
/** What an unreachable port says of itself at once. */
export const REFUSED = 503

export interface SipRequestParts {
  readonly process: SimProcess
  readonly random: WorldRandom
  readonly route: Route
  /** For the trace. */
  readonly what: string
  readonly isReachable: (to: SimProcess) => boolean
  readonly deliver: (node: SimNode, reply: (status: number) => void) => void
  /** Every final answer that arrives, those that come again or when nobody waits any longer too. */
  readonly onFinal?: (status: number, isWaitedFor: boolean) => void
  /** Goes on when the port says that nobody listens there: inside a dialog there is nobody else to ask. */
  readonly isStubborn?: boolean
}

/**
 * One client transaction over UDP: sent again and again until an answer comes or its time is over. Datagrams are
 * lost, doubled and overtake each other; a port where nobody listens says so.
 */
export class SipRequest {
  readonly #parts: SipRequestParts
  #status = 0
  #isTrying = false
  #isDone = false
  #finish: () => void = () => {}

  constructor(parts: SipRequestParts) {
    this.#parts = parts
  }

  /** The final status; 0 when there was none in time, or when `isOff` says that nobody waits any longer. */
  async run({ giveUpMs, isOff = () => false }: { giveUpMs: number; isOff?: () => boolean }): Promise<number> {
    const { time } = this.#parts.process
    const endsAtMs = time.nowMs + giveUpMs
    for (let waitMs = T1_MS; !this.#isDone && time.nowMs < endsAtMs && !isOff(); waitMs = Math.min(waitMs * 2, 4_000)) {
      // After a 100 nobody sends again (§17.1.1.2).
      if (!this.#isTrying) this.#transmit()
      await this.#wait(Math.min(waitMs, endsAtMs - time.nowMs))
    }
    this.#isDone = true
    return this.#status
  }

  #wait(ms: number): Promise<void> {
    const { process } = this.#parts
    return new Promise(done => {
      const stop = process.time.schedule(process, ms, done)
      this.#finish = () => {
        stop()
        done()
      }
    })
  }

  #transmit(): void {
    const { random } = this.#parts
    if (random.chance(DOUBLED)) this.#send()
    if (!random.chance(LOST)) this.#send()
  }

  #send(): void {
    const { process, random, route, isReachable, deliver } = this.#parts
    const to = route.process()
    const delayMs = random.delayMs(TYPICAL_MS)
    if (to === undefined || to.state === 'dead') {
      if (this.#parts.isStubborn !== true) process.time.schedule(process, delayMs, () => this.#answered(REFUSED))
      return
    }
    if (!isReachable(to)) return
    process.time.schedule(to, delayMs, () => {
      const node = route.node()
      // Its socket is bound when the gateway has started.
      if (node === undefined || node.process !== to) return
      deliver(node, status => this.#reply(status, to))
    })
  }

  #reply(status: number, from: SimProcess): void {
    const { process, random, isReachable } = this.#parts
    if (random.chance(LOST) || !isReachable(from)) return
    process.time.schedule(process, random.delayMs(TYPICAL_MS), () => this.#answered(status))
  }

  #answered(status: number): void {
    if (status === 100) {
      this.#isTrying = true
      return
    }
    const { process, route, what } = this.#parts
    process.time.trace(`sip ${what} ${route.name} ${status}`)
    this.#parts.onFinal?.(status, !this.#isDone)
    if (this.#isDone) return
    this.#status = status
    this.#isDone = true
    this.#finish()
  }
}
