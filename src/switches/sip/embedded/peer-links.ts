import type { Clock } from '../../../operations/lifecycle.ts'
import type { AddressedFlow, WayBack } from './flow.ts'
import type { Via } from './via.ts'
import { answerPort } from './via.ts'

/** Senders whose connection is remembered; as many as there may be connections. */
const MAX_LINKS = 20_000
/** Answers that wait for their switch to connect again. */
const MAX_HELD = 1_000
/** RFC 3261 §16.6, Timer C: nobody waits longer for an answer. */
const HELD_MS = 180_000

interface Held {
  readonly key: string
  readonly bytes: Buffer
  readonly endsAt: number
}

/**
 * Which connection speaks for which sender, by what its Vias say (RFC 3261 §18.1.1: `sent-by` is where its answers are
 * sent to). An answer whose own connection is gone takes the sender's other one, or waits until there is one.
 */
export class PeerLinks {
  readonly #clock: Clock
  readonly #links = new Map<string, AddressedFlow>()
  readonly #held = new Map<string, Held>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get counts() {
    return { links: this.#links.size, held: this.#held.size }
  }

  /** A request came: what waits for its sender goes back with it. */
  note(flow: AddressedFlow, address: string, via: Via): void {
    const { transport } = flow
    const key = keyOf({ transport, address, port: answerPort(via, 0, transport) })
    if (this.#links.get(key) === flow) return
    const [oldest] = this.#links.keys()
    if (this.#links.size >= MAX_LINKS && oldest !== undefined) this.#links.delete(oldest)
    this.#links.set(key, flow)
    for (const [text, { bytes, endsAt, key: to }] of this.#held) {
      if (to !== key && endsAt > this.#clock.monotonicMs()) continue
      this.#held.delete(text)
      if (to === key) flow.send(bytes)
    }
  }

  /** The connection that speaks for this sender now. */
  open(way: WayBack): AddressedFlow | undefined {
    const key = keyOf(way)
    const flow = this.#links.get(key)
    if (flow?.isOpen?.() === false) {
      this.#links.delete(key)
      return undefined
    }
    return flow
  }

  /** Goes by the sender's next connection. The same answer, sent again, waits once. */
  hold(way: WayBack, bytes: Buffer): void {
    const text = bytes.toString('latin1')
    if (this.#held.has(text)) return
    const [oldest] = this.#held.keys()
    if (this.#held.size >= MAX_HELD && oldest !== undefined) this.#held.delete(oldest)
    this.#held.set(text, { key: keyOf(way), bytes, endsAt: this.#clock.monotonicMs() + HELD_MS })
  }
}

function keyOf({ transport, address, port }: WayBack): string {
  return `${transport}|${address}|${port}`
}
