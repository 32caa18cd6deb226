/** Until here SIPp may move the beginning of its own schedule once, when its first calls have come late. */
const FIRST_MS = 1_000

/**
 * When each call of one SIPp was due. It opens call number n so many periods after its start and never before, so its
 * start is the earliest line through what it sent: the one call that left least late, its first second left aside. A
 * latency from there counts what a sender that fell behind would hide (wrk2's rule: from the schedule, not from the
 * sending).
 *
 * SIPp moves its own schedule later when it stood still: it takes the calls of that moment for opened, opens some of
 * them, and never makes up for the others. So the line of a call is the earliest through what was sent from a second
 * before it to the end: being behind is charged as long as it is ever made up for, a move of the whole schedule is
 * charged for a second and counted as what it is, calls that were not offered when they were due.
 */
export class Schedule {
  readonly #everyMs: number
  /** The earliest start by the second of the schedule in which calls were due. */
  readonly #starts: number[] = []
  /** The same from each second to the end; made again when something was sent. */
  #startsFrom: number[] | undefined
  #firstAt = Number.POSITIVE_INFINITY
  #lastAt = Number.NEGATIVE_INFINITY
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  constructor({ calls, periodMs }: { readonly calls: number; readonly periodMs: number }) {
    this.#everyMs = periodMs / calls
  }

  /** The INVITE of the call at this place left at `at`, epoch ms. */
  sent(place: number, at: number): void {
    const second = this.#secondOf(place)
    while (this.#starts.length <= second) this.#starts.push(Number.POSITIVE_INFINITY)
    this.#starts[second] = Math.min(this.#starts[second] ?? at, at - place * this.#everyMs)
    this.#startsFrom = undefined
    if (place < this.#first) [this.#first, this.#firstAt] = [place, at]
    if (place > this.#last) [this.#last, this.#lastAt] = [place, at]
  }

  /** Epoch ms at which the call at this place was due. */
  dueAt(place: number): number {
    const starts = this.#fromEach()
    // The first second has no say in those after it.
    const from = Math.min(Math.max(1, this.#secondOf(place) - 1), starts.length - 1)
    return (starts[from] ?? Number.POSITIVE_INFINITY) + place * this.#everyMs
  }

  /** By how many ms SIPp moved its schedule later in the course of the run. */
  movedMs(): number {
    const starts = this.#fromEach()
    const [first, last] = [starts[Math.min(1, starts.length - 1)], starts.at(-1)]
    return first === undefined || last === undefined ? 0 : last - first
  }

  /** Of the rate that was meant, as a share, from the first call to the last; undefined below two calls. */
  offeredShare(): number | undefined {
    const calls = this.#last - this.#first
    if (!(calls > 0)) return undefined
    return (calls * this.#everyMs) / Math.max(this.#lastAt - this.#firstAt, 1e-6)
  }

  #secondOf(place: number): number {
    return Math.floor((place * this.#everyMs) / FIRST_MS)
  }

  #fromEach(): readonly number[] {
    if (this.#startsFrom !== undefined) return this.#startsFrom
    const starts = [...this.#starts]
    for (let second = starts.length - 2; second >= 0; second--) {
      starts[second] = Math.min(
        starts[second] ?? Number.POSITIVE_INFINITY,
        starts[second + 1] ?? Number.POSITIVE_INFINITY
      )
    }
    this.#startsFrom = starts
    return starts
  }
}
