import type pg from 'pg'
import { monthOf } from '../../src/lookups/crime-months.ts'
import { PUBLISHED_SOURCE } from '../../src/lookups/crimes.ts'
import { countCrimes } from '../../src/records/crime-counts.ts'

/** A crime as a test writes it; what it does not say is of a burglary published for October 2025. */
export interface TestCrime {
  readonly key: string
  readonly force?: string
  readonly source?: string
  readonly category?: string
  /** As 2025-10; of an own crime that of its time. */
  readonly month?: string
  readonly at?: number
  readonly easting: number
  readonly northing: number
  readonly location?: string
  readonly outcome?: string
}

/** Writes them as an importer does: the rows, then the counts of each source. */
export async function writeCrimes(pool: pg.Pool, crimes: readonly TestCrime[]): Promise<void> {
  const rows = crimes.map(({ source = PUBLISHED_SOURCE, force = 'tvp', month = '2025-10', ...crime }) => ({
    ...{ category: 'burglary', location: 'On or near Mill Lane', ...crime, force, source },
    month: monthOf(crime.at ?? Date.parse(`${month}-01T00:00:00Z`))
  }))
  await pool.query(
    `insert into crime (force, source, record_key, category, month, happened_at, place, location, outcome, as_of)
     select force, source, key, category, month, at, point(easting, northing), location, outcome, 1000
     from jsonb_to_recordset($1::jsonb) as c(force text, source text, key text, category text, month int, at bigint,
       easting float8, northing float8, location text, outcome text)`,
    [JSON.stringify(rows)]
  )
  const sources = new Map(rows.map(({ force, source }) => [`${force} ${source}`, { force, source }]))
  for (const source of sources.values()) await countCrimes(pool, source)
}
