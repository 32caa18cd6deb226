import type { LookupName, Outcome } from './lookup.ts'

/** Outcomes that say something of the source; a question that was not asked does not. */
const WINDOW = 20
/** One bad answer is a bad answer; so many in a window are a source that is slow or dead. */
const TROUBLED_FROM = 5

/** So many good answers to questions about nobody, and none bad between them, are a source that is well again. */
const PROBES_TO_TRUST = 3

/** Which sources are slow or dead, by what came of the last questions to each. */
export class LookupWatch {
  readonly #last = new Map<LookupName, boolean[]>()
  readonly #onChange: (troubled: readonly LookupName[]) => void
  readonly #goodProbes = new Map<LookupName, number>()
  #troubled: readonly LookupName[] = []

  /** `onChange` hears the troubled sources each time they are others than before. */
  constructor(onChange: (troubled: readonly LookupName[]) => void) {
    this.#onChange = onChange
  }

  get troubled(): readonly LookupName[] {
    return this.#troubled
  }

  /** A troubled source was asked about nobody. When it can be trusted again, what came before is forgotten. */
  probed(name: LookupName, isGood: boolean): void {
    const good = isGood ? (this.#goodProbes.get(name) ?? 0) + 1 : 0
    this.#goodProbes.set(name, good)
    if (good < PROBES_TO_TRUST) return
    this.#goodProbes.delete(name)
    this.#last.delete(name)
    this.#judge()
  }

  note(name: LookupName, kind: Outcome<unknown>['kind']): void {
    if (kind === 'not-asked') return
    const last = this.#last.get(name) ?? []
    const isBad = kind === 'late' || kind === 'failed'
    if (isBad) this.#goodProbes.delete(name)
    last.push(isBad)
    if (last.length > WINDOW) last.shift()
    this.#last.set(name, last)
    this.#judge()
  }

  #judge(): void {
    const troubled = [...this.#last].flatMap(([name, last]) => {
      const bad = last.filter(isBad => isBad).length
      // Half of a short memory counts too, so that a quiet night does not hide a dead source.
      return bad >= TROUBLED_FROM && bad * 2 >= last.length ? [name] : []
    })
    if (troubled.join() === this.#troubled.join()) return
    this.#troubled = troubled
    this.#onChange(troubled)
  }
}
