/** Until here SIPp may move the beginning of its own schedule once, when its first calls have come late. */
const FIRST_MS = 1_000

/**
 * When each call of one SIPp was due. It opens call number n so many periods after its start and never before, so its
 * start is the earliest line through what it sent: the one call that left least late, its first second left aside. A
 * latency from there counts what a sender that fell behind would hide (wrk2's rule: from the schedule, not from the
 * sending).
 */
export class Schedule {
  readonly #everyMs: number
  #startsAt = Number.POSITIVE_INFINITY
  #startsAtFirst = Number.POSITIVE_INFINITY
  #firstAt = Number.POSITIVE_INFINITY
  #lastAt = Number.NEGATIVE_INFINITY
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  constructor({ calls, periodMs }: { readonly calls: number; readonly periodMs: number }) {
    this.#everyMs = periodMs / calls
  }

  /** The INVITE of the call at this place left at `at`, epoch ms. */
  sent(place: number, at: number): void {
    const start = at - place * this.#everyMs
    if (place * this.#everyMs >= FIRST_MS) this.#startsAt = Math.min(this.#startsAt, start)
    else this.#startsAtFirst = Math.min(this.#startsAtFirst, start)
    if (place < this.#first) [this.#first, this.#firstAt] = [place, at]
    if (place > this.#last) [this.#last, this.#lastAt] = [place, at]
  }

  /** Epoch ms at which the call at this place was due. */
  dueAt(place: number): number {
    const start = Number.isFinite(this.#startsAt) ? this.#startsAt : this.#startsAtFirst
    return start + place * this.#everyMs
  }

  /** Of the rate that was meant, as a share, from the first call to the last; undefined below two calls. */
  offeredShare(): number | undefined {
    const calls = this.#last - this.#first
    if (!(calls > 0)) return undefined
    return (calls * this.#everyMs) / Math.max(this.#lastAt - this.#firstAt, 1e-6)
  }
}
