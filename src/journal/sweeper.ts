import { reasonOf } from '../operations/errors.ts'
import { interval, type Stop, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { isPoison } from '../operations/postgres.ts'

interface Parts<T> {
  /** Asks the record. */
  readonly ask: () => Promise<readonly T[]>
  /** Each thing the record says is due; must bear being told of it again. */
  readonly act: (due: T) => Promise<unknown>
  /** The record answers in time, or does not. */
  readonly onState: (isAway: boolean) => void
  readonly log: Log
}

const EVERY_MS = 1_000
/** Later than this the record counts as away; its answer is still used when it comes. */
const ANSWER_MS = 500

/**
 * The net under every timer: reads once a second from the record what should have happened and has not. It needs no
 * Redis, no queue and no memory of an earlier process.
 */
export class Sweeper<T> {
  readonly #parts: Parts<T>
  #stop: Stop = () => {}
  #isAsking = false

  constructor(parts: Parts<T>) {
    this.#parts = parts
  }

  start(): void {
    this.#stop = interval(() => this.#sweep(), EVERY_MS)
  }

  stop(): void {
    this.#stop()
  }

  #sweep(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    const { ask, act, onState, log } = this.#parts
    const asked = ask()
    within(ANSWER_MS, asked).then(
      due => onState(due === undefined),
      // Its link has told why; what matters here is that it does not answer.
      () => onState(true)
    )
    asked
      .then(due => Promise.all(due.map(act)))
      .then(
        () => undefined,
        thrown => {
          // That the record is away others have told; a statement that it refuses is a bug of ours.
          if (isPoison(thrown)) log.fault('sweeper.ask', thrown)
          else log.debug('sweeper.ask', { reason: reasonOf(thrown) })
        }
      )
      .finally(() => {
        this.#isAsking = false
      })
  }
}
