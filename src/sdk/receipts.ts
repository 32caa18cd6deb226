import type { FromClient } from '../delivery/protocol.ts'
import { SOCKET_LIMITS } from '../delivery/protocol-limits.ts'
import type { Stop, Time } from './time.ts'

/** Receipts younger than this go again after a reconnect: the cut may have swallowed them, and the first one counts. */
const AGAIN_MS = 30_000
const MAX_POPS = 200
/** Together with one acknowledgement well inside the burst a server allows. */
const MAX_SEEN = 20

type Seen = Extract<FromClient, { t: 'seen' }>

interface Parts {
  readonly time: Time
  /** False when there is no live link. */
  readonly send: (message: FromClient) => boolean
}

/** Acknowledgements and paints: what the gateway must know of what reached this screen. */
export class Receipts {
  readonly #parts: Parts
  readonly #pops = new Map<string, number>()
  readonly #seen = new Map<string, { readonly message: Seen; readonly at: number }>()
  #seq = 0
  #unacked = 0
  #stopTimer: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** An event was received. A pop is acknowledged at once, because a call waits for it. */
  received(seq: number, popId?: string): void {
    this.#seq = seq
    this.#unacked += 1
    if (popId !== undefined) this.#ackPops([popId])
    else if (this.#unacked >= SOCKET_LIMITS.ackEveryEvents) this.#ack()
    else if (this.#unacked === 1) {
      this.#stopTimer = this.#parts.time.after(SOCKET_LIMITS.ackEveryMs, () => this.#ack())
    }
  }

  /** A snapshot was received: everything in it is. */
  receivedAll(seq: number, popIds: readonly string[]): void {
    this.#seq = seq
    this.#ackPops(popIds.slice(-MAX_POPS))
  }

  seen(popId: string, rev: number, paintMs: number): void {
    const message: Seen = { t: 'seen', popId, rev, paintMs: Math.min(600_000, Math.max(0, paintMs)) }
    keep(this.#seen, popId, { message, at: this.#parts.time.monotonicMs() }, MAX_SEEN)
    this.#parts.send(message)
  }

  /** A link is live again after a cut, with nothing but the cursor to show what had arrived before. */
  resend(seq: number): void {
    const since = this.#parts.time.monotonicMs() - AGAIN_MS
    this.#seq = seq
    this.#ack([...this.#pops].flatMap(([popId, at]) => (at >= since ? [popId] : [])))
    for (const { message, at } of this.#seen.values()) if (at >= since) this.#parts.send(message)
  }

  stop(): void {
    this.#stopTimer()
    this.#unacked = 0
  }

  #ackPops(popIds: readonly string[]): void {
    for (const popId of popIds) keep(this.#pops, popId, this.#parts.time.monotonicMs(), MAX_POPS)
    this.#ack(popIds)
  }

  #ack(pops: readonly string[] = []): void {
    this.#stopTimer()
    this.#unacked = 0
    this.#parts.send({ t: 'ack', seq: this.#seq, ...(pops.length === 0 ? {} : { pops: [...pops] }) })
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}
