import { after, type Stop } from '../operations/lifecycle.ts'

/** A job that waited longer than this was slow; one that waited less than half of it ends the alarm. */
const SLOW_MS = 2_000
/** In a quiet hour no next job comes to end it: so long after the last slow one nothing waits any more. */
const CALM_MS = 10_000

/** Whether jobs wait long before somebody takes them. Said each time that changes. */
export class SlowJobs {
  readonly #onSlow: (isSlow: boolean) => void
  #isSlow = false
  #stopCalm: Stop = () => {}

  constructor(onSlow: (isSlow: boolean) => void) {
    this.#onSlow = onSlow
  }

  /** A job was taken that had waited for so long. */
  note(waitedMs: number): void {
    const isSlow = this.#isSlow ? waitedMs > SLOW_MS / 2 : waitedMs > SLOW_MS
    if (isSlow) {
      this.#stopCalm()
      this.#stopCalm = after(CALM_MS, () => this.#say(false))
    }
    this.#say(isSlow)
  }

  stop(): void {
    this.#stopCalm()
  }

  #say(isSlow: boolean): void {
    if (isSlow === this.#isSlow) return
    if (!isSlow) this.#stopCalm()
    this.#isSlow = isSlow
    this.#onSlow(isSlow)
  }
}
