import { basename } from 'node:path'
import { plainForceName } from '../records/import/plain-force-name.ts'

export interface NamedForce {
  readonly id: string
  readonly name: string
  readonly publishedAs: readonly string[]
}

/** Which force is meant by a name it is published under. */
export class ForceNames {
  readonly #byName = new Map<string, string>()
  /** Names come again with each row. */
  readonly #known = new Map<string, string | undefined>()

  constructor(forces: readonly NamedForce[]) {
    for (const { id, name, publishedAs } of forces)
      for (const each of [id, name, ...publishedAs]) this.#byName.set(plainForceName(each), id)
  }

  find(name: string): string | undefined {
    if (this.#known.has(name)) return this.#known.get(name)
    const found = this.#byName.get(plainForceName(name))
    // A file could have another name in each row.
    if (this.#known.size < MAX_KNOWN) this.#known.set(name, found)
    return found
  }

  /** `2025-01-thames-valley-street.csv.gz` */
  ofFile(path: string): string | undefined {
    const slug = /^\d{4}-\d{2}-(.+)-street\.csv(?:\.gz)?$/i.exec(basename(path))?.[1]
    return slug === undefined ? undefined : this.find(slug)
  }
}

const MAX_KNOWN = 1_000
