import type { Clock } from '../operations/lifecycle.ts'
import type { Outcome } from './lookup.ts'

/** Answers of one source that are kept; the oldest goes when there is one more. */
const MAX_KEPT = 2_000

interface Kept {
  readonly outcome: Outcome<unknown>
  /** Monotonic ms. */
  readonly until: number
}

/**
 * Answers of a source, each for so long and by its question. Only what was asked and answered is kept, and it says how old
 * it is; in memory alone.
 */
export class KeptAnswers {
  readonly #keepMs: number
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #kept = new Map<string, Kept>()

  constructor({ keepMs, clock }: { readonly keepMs: number; readonly clock: Pick<Clock, 'monotonicMs'> }) {
    this.#keepMs = keepMs
    this.#clock = clock
  }

  get(question: string): Outcome<unknown> | undefined {
    const kept = this.#kept.get(question)
    if (kept === undefined) return undefined
    if (kept.until > this.#clock.monotonicMs()) return kept.outcome
    this.#kept.delete(question)
    return undefined
  }

  /** `answeredAt`, epoch ms: how old "there is nothing" is, which by itself has no age. */
  put(question: string, outcome: Outcome<unknown>, answeredAt: number): void {
    if (this.#keepMs === 0 || (outcome.kind !== 'found' && outcome.kind !== 'none')) return
    const dated = outcome.kind === 'none' ? { asOf: answeredAt, ...outcome } : outcome
    this.#kept.delete(question)
    this.#kept.set(question, { outcome: dated, until: this.#clock.monotonicMs() + this.#keepMs })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }
}
