import type { LookupName, Outcome } from './lookup.ts'

/** Outcomes that say something of the source; a question that was not asked does not. */
const WINDOW = 20
/** One bad answer is a bad answer; so many in a window are a source that is slow or dead. */
const TROUBLED_FROM = 5

/** Which sources are slow or dead, by what came of the last questions to each. */
export class LookupWatch {
  readonly #last = new Map<LookupName, boolean[]>()
  readonly #onChange: (troubled: readonly LookupName[]) => void
  #troubled: readonly LookupName[] = []

  /** `onChange` hears the troubled sources each time they are others than before. */
  constructor(onChange: (troubled: readonly LookupName[]) => void) {
    this.#onChange = onChange
  }

  note(name: LookupName, kind: Outcome<unknown>['kind']): void {
    if (kind === 'not-asked') return
    const last = this.#last.get(name) ?? []
    last.push(kind === 'late' || kind === 'failed')
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
