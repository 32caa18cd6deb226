import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { AnswerMemory } from './reply-path.ts'

/** 64 times T1: nobody retransmits a request for longer (RFC 3261 §17.1.2.2, Timer J). */
export const ANSWER_KEPT_MS = 32_000
const T1_MS = 500
const T2_MS = 4_000
const TICK_MS = 100

interface Kept {
  readonly bytes: Buffer
  readonly send: (bytes: Buffer) => void
  readonly endsAt: number
  /**
   * A repeated INVITE is only absorbed. 2xx: the dialog sends it again until the ACK (RFC 6026 §7.1, Timer L). Else:
   * the ACK has come, and a repeat was on its way before it (RFC 3261 §17.2.1, Timer I).
   */
  isAbsorbed: boolean
  /** Timer G, for a final answer to INVITE that is no 2xx: again until the ACK. */
  againAt?: number
  pauseMs: number
}

/**
 * What sip.js leaves out over UDP: final answers kept for 32 s for a request that comes again (Timer J), and a
 * refused INVITE's answer sent again until its ACK (Timers G and H). One timer for all.
 */
export class AnswerCache implements AnswerMemory {
  readonly #clock: Clock
  readonly #max: number
  /** In order of ending, because all are kept equally long. */
  readonly #kept = new Map<string, Kept>()
  readonly #unacknowledged = new Set<string>()
  #stop: Stop = () => {}

  constructor({ clock, max }: { clock: Clock; max: number }) {
    this.#clock = clock
    this.#max = max
  }

  start(): void {
    this.#stop = interval(() => this.#tick(), TICK_MS)
  }

  stop(): void {
    this.#stop()
    this.#kept.clear()
    this.#unacknowledged.clear()
  }

  get size(): number {
    return this.#kept.size
  }

  remember({ key, method, status, bytes, send }: Parameters<AnswerMemory['remember']>[0]): void {
    const now = this.#clock.monotonicMs()
    const isAbsorbed = method === 'INVITE' && status < 300
    if (this.#kept.has(key)) return
    if (this.#kept.size >= this.#max) this.#forgetOldest()
    const needsAck = method === 'INVITE' && !isAbsorbed
    this.#kept.set(key, {
      bytes: isAbsorbed ? Buffer.alloc(0) : bytes,
      send,
      endsAt: now + ANSWER_KEPT_MS,
      isAbsorbed,
      pauseMs: T1_MS,
      ...(needsAck ? { againAt: now + T1_MS } : {})
    })
    if (needsAck) this.#unacknowledged.add(key)
  }

  /** True when the request was answered before: the answer has gone again, and the core need not see it. */
  replay(key: string): boolean {
    const kept = this.#kept.get(key)
    if (kept === undefined) return false
    if (!kept.isAbsorbed) kept.send(kept.bytes)
    return true
  }

  /** ACK to a refused INVITE: its answer is not sent again, neither by itself nor asked for. */
  acknowledge(key: string): void {
    if (!this.#unacknowledged.delete(key)) return
    const kept = this.#kept.get(key)
    if (kept !== undefined) kept.isAbsorbed = true
  }

  #tick(): void {
    const now = this.#clock.monotonicMs()
    for (const key of this.#unacknowledged) {
      const kept = this.#kept.get(key)
      if (kept?.againAt === undefined) this.#unacknowledged.delete(key)
      else if (kept.againAt <= now) {
        kept.send(kept.bytes)
        kept.pauseMs = Math.min(kept.pauseMs * 2, T2_MS)
        kept.againAt = now + kept.pauseMs
      }
    }
    for (const [key, kept] of this.#kept) {
      if (kept.endsAt > now) break
      this.#kept.delete(key)
      this.#unacknowledged.delete(key)
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept.keys()
    if (oldest === undefined) return
    this.#kept.delete(oldest)
    this.#unacknowledged.delete(oldest)
  }
}
