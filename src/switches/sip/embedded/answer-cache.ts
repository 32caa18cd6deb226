import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { Flow } from './flow.ts'
import type { AnswerMemory } from './reply-path.ts'

/** 64 times T1: nobody retransmits a request for longer (RFC 3261 §17.1.2.2, Timer J). */
export const ANSWER_KEPT_MS = 32_000
const T1_MS = 500
const T2_MS = 4_000
const TICK_MS = 100
const NOTHING = Buffer.alloc(0)
/** Answers are kept side by side: one alone would keep all of the page of Node's own pool that it lies in. */
const PAGE_BYTES = 64 * 1024

interface Kept {
  readonly bytes: Buffer
  readonly flow: Pick<Flow, 'send'>
  readonly endsAt: number
  /**
   * A repeated INVITE is only absorbed. 2xx: the dialog sends it again until the ACK (RFC 6026 §7.1, Timer L). Else:
   * the ACK has come, and a repeat was on its way before it (RFC 3261 §17.2.1, Timer I).
   */
  isAbsorbed: boolean
  /** Timer G, for a final answer to INVITE that is no 2xx: again until the ACK. */
  againAt: number | undefined
  pauseMs: number
}

/**
 * What sip.js leaves out over UDP: final answers kept for 32 s for a request that comes again (Timer J), and a
 * refused INVITE's answer sent again until its ACK (Timers G and H). One timer for all.
 */
export class AnswerCache implements AnswerMemory {
  readonly #clock: Clock
  readonly #max: number
  readonly #onForgotten: () => void
  /** In order of ending, because all are kept equally long. */
  readonly #invites = new Map<string, Kept>()
  /** Apart: a flood of requests to dialogs nobody has must push out no INVITE, whose repeat would be a new call. */
  readonly #others = new Map<string, Kept>()
  readonly #unacknowledged = new Set<string>()
  #page = NOTHING
  #stop: Stop = () => {}

  /** At most `max` answers to INVITE and as many to all else; `onForgotten` when one has to go before its time. */
  constructor({ clock, max, onForgotten = () => {} }: { clock: Clock; max: number; onForgotten?: () => void }) {
    this.#clock = clock
    this.#max = max
    this.#onForgotten = onForgotten
  }

  start(): void {
    this.#stop = interval(() => this.#tick(), TICK_MS)
  }

  stop(): void {
    this.#stop()
    this.#invites.clear()
    this.#others.clear()
    this.#unacknowledged.clear()
  }

  get size(): number {
    return this.#invites.size + this.#others.size
  }

  /** No room for the answer to another INVITE without forgetting one. */
  get isFull(): boolean {
    return this.#invites.size >= this.#max
  }

  remember({ key, method, status, bytes, flow }: Parameters<AnswerMemory['remember']>[0]): void {
    const now = this.#clock.monotonicMs()
    const isAbsorbed = method === 'INVITE' && status < 300
    const all = method === 'INVITE' ? this.#invites : this.#others
    if (all.has(key)) return
    if (all.size >= this.#max) this.#forgetOldest(all)
    const needsAck = method === 'INVITE' && !isAbsorbed
    all.set(key, {
      bytes: isAbsorbed ? NOTHING : this.#copy(bytes),
      flow,
      endsAt: now + ANSWER_KEPT_MS,
      isAbsorbed,
      pauseMs: T1_MS,
      againAt: needsAck ? now + T1_MS : undefined
    })
    if (needsAck) this.#unacknowledged.add(key)
  }

  /** True when the request was answered before: the answer has gone again, and the core need not see it. */
  replay(key: string): boolean {
    const kept = this.#invites.get(key) ?? this.#others.get(key)
    if (kept === undefined) return false
    if (!kept.isAbsorbed) kept.flow.send(kept.bytes)
    return true
  }

  /** ACK to a refused INVITE: its answer is not sent again, neither by itself nor asked for. */
  acknowledge(key: string): void {
    if (!this.#unacknowledged.delete(key)) return
    const kept = this.#invites.get(key)
    if (kept !== undefined) kept.isAbsorbed = true
  }

  /** A page goes when the last answer in it does, which is never long after the first: all are kept equally long. */
  #copy(bytes: Buffer): Buffer {
    if (bytes.length > PAGE_BYTES) return bytes
    if (bytes.length > this.#page.length) this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES)
    const copy = this.#page.subarray(0, bytes.length)
    this.#page = this.#page.subarray(bytes.length)
    bytes.copy(copy)
    return copy
  }

  #tick(): void {
    const now = this.#clock.monotonicMs()
    for (const key of this.#unacknowledged) {
      const kept = this.#invites.get(key)
      if (kept?.againAt === undefined) this.#unacknowledged.delete(key)
      else if (kept.againAt <= now) {
        kept.flow.send(kept.bytes)
        kept.pauseMs = Math.min(kept.pauseMs * 2, T2_MS)
        kept.againAt = now + kept.pauseMs
      }
    }
    for (const all of [this.#invites, this.#others]) {
      for (const [key, kept] of all) {
        if (kept.endsAt > now) break
        all.delete(key)
        this.#unacknowledged.delete(key)
      }
    }
  }

  #forgetOldest(all: Map<string, Kept>): void {
    const [oldest] = all.keys()
    if (oldest === undefined) return
    all.delete(oldest)
    this.#unacknowledged.delete(oldest)
    this.#onForgotten()
  }
}
