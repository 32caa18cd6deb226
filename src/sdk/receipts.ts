import type { FromClient } from '../delivery/protocol.ts'
import { SOCKET_LIMITS } from '../delivery/protocol-limits.ts'
import type { Stop, Time } from './time.ts'

/** A paint younger than this goes again after a reconnect: the cut may have swallowed it, and the first one counts. */
const AGAIN_MS = 30_000
/** A pop whose acknowledgement is not in the record goes again this often, and no longer than so long. */
const KEEP_EVERY_MS = 10_000
const GIVE_UP_MS = 600_000
const MAX_POPS = 2_000
const POPS_AT_ONCE = 200
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
  /** Pops acknowledged that the gateway has not said are in the record, since when, and when they were last sent. */
  readonly #pops = new Map<string, { readonly at: number; readonly sentAt: number }>()
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
    this.#ackPops(popIds.slice(-POPS_AT_ONCE))
  }

  seen(popId: string, rev: number, paintMs: number): void {
    const message: Seen = { t: 'seen', popId, rev, paintMs: Math.min(600_000, Math.max(0, paintMs)) }
    keep(this.#seen, popId, { message, at: this.#parts.time.monotonicMs() }, MAX_SEEN)
    this.#parts.send(message)
  }

  /** A link is live again after a cut, with nothing but the cursor to show what had arrived before. */
  resend(seq: number): void {
    const now = this.#parts.time.monotonicMs()
    const since = now - AGAIN_MS
    this.#seq = seq
    if (!this.#ackAgain(now)) this.#ack()
    for (const { message, at } of this.#seen.values()) if (at >= since) this.#parts.send(message)
  }

  /**
   * With each heartbeat: what is in the record by now. The rest goes again, because the gateway that had it may have
   * died, or could not tell yet whose pop it was. One that does not say is of an older release.
   */
  kept(popIds: readonly string[] | undefined): void {
    if (popIds === undefined) return
    for (const popId of popIds) this.#pops.delete(popId)
    this.#ackAgain(this.#parts.time.monotonicMs() - KEEP_EVERY_MS)
  }

  stop(): void {
    this.#stopTimer()
    this.#unacked = 0
  }

  #ackPops(popIds: readonly string[]): void {
    const at = this.#parts.time.monotonicMs()
    for (const popId of popIds) keep(this.#pops, popId, { at, sentAt: at }, MAX_POPS)
    this.#ack(popIds)
  }

  /** Those last sent at this time or before; false when there is none. */
  #ackAgain(sentBy: number): boolean {
    const now = this.#parts.time.monotonicMs()
    const due: string[] = []
    for (const [popId, { at, sentAt }] of this.#pops) {
      if (at < now - GIVE_UP_MS) this.#pops.delete(popId)
      else if (sentAt <= sentBy) due.push(popId)
    }
    for (const popId of due) this.#pops.set(popId, { at: this.#pops.get(popId)?.at ?? now, sentAt: now })
    for (let from = 0; from < due.length; from += POPS_AT_ONCE) this.#ack(due.slice(from, from + POPS_AT_ONCE))
    return due.length > 0
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
