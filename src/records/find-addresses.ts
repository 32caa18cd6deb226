import type pg from 'pg'
import { cleanText } from '../call/cli.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { inTransaction } from '../operations/postgres.ts'
import { addSearch, type Searcher } from './search-audit.ts'

/** How near a word must come to a part of an address (pg_trgm). */
const SIMILARITY = 0.45
const MAX_WORDS = 6
const MIN_WORD = 2
/** Short for what the record writes out; alone they say nothing of which street it is. */
const SHORT = /^(?:rd|st|ave?|ln|cl|dr|cres|sq|pl|ct|gdns|gr|pk|tce|terr)$/i
const MAX_FOUND = 8
const MAX_WEIGHED = 1_000
/** A house and what is around it. */
const RADIUS_METRES = 30

interface Ask {
  readonly text: string
  readonly callId: string
  /** Whose records are asked. */
  readonly forces: readonly string[]
}

interface Row {
  readonly text: string
  readonly latitude: number
  readonly longitude: number
}

/** Addresses on record that every word of the text is near to, the likeliest first. The search is on record with its answer. */
export function findAddresses(pool: pg.Pool, by: Searcher, { text, callId, forces }: Ask): Promise<LocationFix[]> {
  const words = cleanText(text)
    .split(/[^\p{L}\p{M}\p{N}'’-]+/u)
    .filter(word => word.length >= MIN_WORD && !SHORT.test(word))
    .slice(0, MAX_WORDS)
  if (words.length === 0) return Promise.resolve([])
  const asked = words.map((_, at) => `folded_name($${at + 2})`)
  return inTransaction(pool, async client => {
    await client.query(`select set_config('pg_trgm.word_similarity_threshold', $1, true)`, [String(SIMILARITY)])
    const { rows } = await client.query<Row>({
      name: `addresses-by-words-${words.length}`,
      text: `select text, latitude, longitude from (
               select distinct on (text) text, latitude, longitude,
                 ${asked.map(word => `word_similarity(${word}, folded_name(text))`).join(' + ')} as score
               from (
                 select text, latitude, longitude from address
                 where force = any($1) and latitude is not null
                   and ${asked.map(word => `folded_name(text) %> ${word}`).join(' and ')} limit ${MAX_WEIGHED}
               ) near order by text
             ) each_once order by score desc, text limit ${MAX_FOUND}`,
      values: [forces, ...words]
    })
    await addSearch(client, by, { kind: 'place', query: cleanText(text), callId, forces, results: rows.length })
    return rows.map(toFix)
  })
}

function toFix({ text, latitude, longitude }: Row): LocationFix {
  return {
    ...{ source: 'typed', shape: 'circle', latitude, longitude, radiusMetres: RADIUS_METRES },
    ...{ address: text, method: 'Address on record' }
  }
}
