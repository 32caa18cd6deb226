import type pg from 'pg'
import { callersKnown } from './known-callers.ts'
import { ownCrimes, publishedCrimes, realCrimes } from './known-crimes.ts'
import { openIncidents } from './known-incidents.ts'
import { searchesKnown } from './known-searches.ts'

/** One kind of question to the record, over a record filled for it. */
export interface KnownSubject {
  readonly name: string
  readonly title: (rows: number) => string
  /** Fills the record with so many rows, or says why it cannot. */
  prepare(pool: pg.Pool, rows: number): Promise<Prepared | string>
}

export interface Prepared {
  readonly rows: number
  /** What the figures are of. */
  readonly notes: readonly string[]
  readonly cases: readonly KnownCase[]
  /** The statements of each case, once. */
  readonly explain: () => Promise<readonly Explained[]>
}

export interface KnownCase {
  readonly what: string
  /** p99, where one was promised. */
  readonly goalMs?: number
  readonly mustMs?: number
  /** Asked no more often than this. */
  readonly atMost?: number
  /** The whole lookup, as a worker asks it; what rejects is lost. */
  ask(at: number): Promise<void>
}

/** A statement of the lookup, asked as prepared. */
export interface Explained {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

/** A force has fewer of these than of crimes. */
const INCIDENTS_OF = 0.05
const incidentsKnown: KnownSubject = {
  ...openIncidents,
  title: rows => openIncidents.title(rows),
  prepare: async (pool, rows) => {
    const prepared = await openIncidents.prepare(pool, rows * INCIDENTS_OF)
    return { ...prepared, explain: async () => prepared.explain() }
  }
}

export const KNOWN_SUBJECTS: readonly KnownSubject[] = [
  publishedCrimes,
  ownCrimes,
  realCrimes,
  incidentsKnown,
  searchesKnown,
  callersKnown
]
