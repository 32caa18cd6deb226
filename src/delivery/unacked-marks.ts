interface Mark {
  /** The last entry sent within the mark's time. */
  seq: number
  readonly at: number
}

/** Entries sent within this time share a mark: how long one was unacknowledged is known to this much. */
const MARK_MS = 250
const MAX_MARKS = 64

/** How long the oldest entry that a client has not acknowledged has been on its way; in monotonic ms. */
export class UnackedMarks {
  #acked: number
  #marks: Mark[] = []

  constructor(acked: number) {
    this.#acked = acked
  }

  sent(seq: number, now: number): void {
    const last = this.#marks.at(-1)
    if (last !== undefined && (now - last.at < MARK_MS || this.#marks.length >= MAX_MARKS)) last.seq = seq
    else this.#marks.push({ seq, at: now })
  }

  /** Cumulative; true when it says something new. */
  ack(seq: number): boolean {
    if (seq <= this.#acked) return false
    this.#acked = seq
    const left = this.#marks.findIndex(mark => mark.seq > seq)
    this.#marks = left === -1 ? [] : this.#marks.slice(left)
    return true
  }

  oldestMs(now: number): number {
    const [oldest] = this.#marks
    return oldest === undefined ? 0 : now - oldest.at
  }

  reset(acked: number): void {
    this.#acked = acked
    this.#marks = []
  }
}
