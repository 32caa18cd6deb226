/**
 * Whether everything that a switch has said was heard, by the numbers of its events. Without numbers only a silence tells that
 * something may be missing.
 */
export class EventOrder {
  #epoch: string | undefined
  #last: number | undefined
  /** What happened before this process heard of the switch, nobody here knows. */
  #wantsSnapshot = true
  #isSilent = false

  get wantsSnapshot(): boolean {
    return this.#wantsSnapshot
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  /** A batch begins; in another epoch the switch counts anew, and what it had not sent of the old one is lost. */
  begin(epoch: string | undefined): void {
    this.#isSilent = false
    if (epoch === this.#epoch) return
    if (this.#epoch !== undefined) this.#wantsSnapshot = true
    this.#epoch = epoch
    this.#last = undefined
  }

  /** How many events before this one were not heard. One that comes late, or has no number, is none of them. */
  note(seq: number | undefined): number {
    if (seq === undefined) return 0
    const missed = this.#last === undefined ? 0 : Math.max(0, seq - this.#last - 1)
    this.#last = Math.max(this.#last ?? seq, seq)
    if (missed > 0) this.#wantsSnapshot = true
    return missed
  }

  /** It has said nothing for too long: what happened meanwhile may have been said to nobody. */
  silent(): void {
    this.#isSilent = true
    this.#wantsSnapshot = true
  }

  /** Every open call has been told. */
  whole(): void {
    this.#wantsSnapshot = false
  }
}
