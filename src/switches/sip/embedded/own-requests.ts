import { randomBytes } from 'node:crypto'
import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { Flow } from './reply-path.ts'

const T1_MS = 500
const T2_MS = 4_000
/** Timer F, 64 times T1. */
const GIVE_UP_MS = 32_000
const TICK_MS = 100
/** Requests of ours that wait for an answer; beyond it they are sent once. */
const MAX_WAITING = 10_000

interface Waiting {
  readonly bytes: Buffer
  readonly flow: Flow
  readonly endsAt: number
  pauseMs: number
  /** Timer E; over a reliable transport nothing is sent again. */
  againAt: number
}

/**
 * Client transactions for the few requests we send, none of them INVITE (RFC 3261 §17.1.2): BYE to a dialog that
 * ended by time, NOTIFY after a REFER. They go the way the switch's last request came. One timer for all.
 */
export class OwnRequests {
  readonly #clock: Clock
  readonly #onBug: (thrown: unknown) => void
  readonly #waiting = new Map<string, Waiting>()
  #stop: Stop = () => {}

  constructor({ clock, onBug }: { clock: Clock; onBug: (thrown: unknown) => void }) {
    this.#clock = clock
    this.#onBug = onBug
  }

  get size(): number {
    return this.#waiting.size
  }

  start(): void {
    this.#stop = interval(() => this.#tick(), TICK_MS)
  }

  stop(): void {
    this.#stop()
    this.#waiting.clear()
  }

  send(flow: Flow, toText: (branch: string) => string): void {
    const branch = `z9hG4bK${randomBytes(12).toString('hex')}`
    const bytes = Buffer.from(toText(branch), 'latin1')
    const now = this.#clock.monotonicMs()
    const againAt = flow.isReliable ? Number.POSITIVE_INFINITY : now + T1_MS
    if (this.#waiting.size < MAX_WAITING) {
      this.#waiting.set(branch, { bytes, flow, endsAt: now + GIVE_UP_MS, pauseMs: T1_MS, againAt })
    }
    this.#put(flow, bytes)
  }

  /** One response. False when no request of ours waits for it: a repeat (Timer K), or somebody's mistake. */
  receive(response: Buffer): boolean {
    const head = response.toString('latin1', 0, 2_048)
    const [, status = ''] = /^SIP\/2\.0 ([1-6]\d\d) /.exec(head) ?? []
    const [, branch = ''] = /^(?:via|v)\s*:[^\r\n,]*;\s*branch\s*=\s*(z9hG4bK[0-9a-f]{24})/im.exec(head) ?? []
    const waiting = this.#waiting.get(branch)
    if (waiting === undefined || status === '') return false
    // Somebody works on it: asked again, but no more often than each 4 s (§17.1.2.2).
    if (status.startsWith('1')) waiting.pauseMs = T2_MS
    else this.#waiting.delete(branch)
    return true
  }

  #tick(): void {
    const now = this.#clock.monotonicMs()
    for (const [branch, waiting] of this.#waiting) {
      if (waiting.endsAt <= now) this.#waiting.delete(branch)
      else if (waiting.againAt <= now) {
        waiting.pauseMs = Math.min(waiting.pauseMs * 2, T2_MS)
        waiting.againAt = now + waiting.pauseMs
        this.#put(waiting.flow, waiting.bytes)
      }
    }
  }

  /** Called from timers, where nothing else would catch. */
  #put(flow: Flow, bytes: Buffer): void {
    try {
      flow.send(bytes)
    } catch (thrown) {
      this.#onBug(thrown)
    }
  }
}
