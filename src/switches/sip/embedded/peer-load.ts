import { type Rate, TokenBucket } from '../../../operations/token-bucket.ts'

/** What came of one peer's requests in a second, for its log line. */
export interface LoadReport {
  readonly refused: number
  /** 999 calls over budget, taken. */
  readonly taken: number
  /** Broken messages met with silence. */
  readonly unanswered: number
}

/** A peer that was told to send less and now stays within its budget is let back in by this much each second. */
const EASING = 0.8
const NEXT_TO_NOTHING = 0.01

/** The buckets and counts of one peer. */
export class PeerLoad {
  readonly #pings: TokenBucket
  readonly #bad: TokenBucket
  /** By trunk: one peer may carry several. */
  readonly #calls = new Map<string, TokenBucket>()
  #asked = 0
  #report = { refused: 0, taken: 0, unanswered: 0 }
  #loss = 0
  #lastAt: number
  /** It takes part in overload control (RFC 7339 §4.1), so that what we tell it changes what it sends. */
  isTold = false

  constructor(rates: { readonly pings: Rate; readonly bad: Rate }, nowMs: number) {
    this.#pings = new TokenBucket(rates.pings, nowMs)
    this.#bad = new TokenBucket(rates.bad, nowMs)
    this.#lastAt = nowMs
  }

  /** The share of its calls, of 0 to 1, that should not come. */
  get loss(): number {
    return this.#loss
  }

  takeCall(trunk: string, rate: Rate, nowMs: number): boolean {
    this.#asked += 1
    this.#lastAt = nowMs
    const known = this.#calls.get(trunk)
    const bucket = known ?? new TokenBucket(rate, nowMs)
    if (known === undefined) this.#calls.set(trunk, bucket)
    return bucket.take(nowMs)
  }

  takePing(nowMs: number): boolean {
    this.#lastAt = nowMs
    return this.#pings.take(nowMs)
  }

  takeBad(nowMs: number): boolean {
    this.#lastAt = nowMs
    return this.#bad.take(nowMs)
  }

  count(what: keyof LoadReport): void {
    this.#report[what] += 1
  }

  /** Nothing came for so long that every bucket is full again. */
  isIdle(nowMs: number, idleMs: number): boolean {
    return nowMs - this.#lastAt > idleMs && this.#loss === 0
  }

  /**
   * Ends a second; undefined when nothing was over budget. The loss is measured against all calls, those to 999 too,
   * so that a peer that throttles by it and spares its emergency calls (RFC 7339 §5.10.1) need never drop one.
   */
  endSecond(): LoadReport | undefined {
    const report = this.#report
    const lost = this.#asked === 0 ? 0 : report.refused / this.#asked
    // What is refused comes on top of what the peer already keeps back.
    if (lost > 0) this.#loss = this.isTold ? 1 - (1 - this.#loss) * (1 - lost) : lost
    else this.#loss = this.isTold && this.#loss * EASING > NEXT_TO_NOTHING ? this.#loss * EASING : 0
    this.#asked = 0
    this.#report = { refused: 0, taken: 0, unanswered: 0 }
    return report.refused + report.taken + report.unanswered === 0 ? undefined : report
  }
}
