import type pg from 'pg'
import { cleanText, toNumber } from '../call/cli.ts'
import { markerWords } from '../lookups/marker-kinds.ts'
import { inTransaction } from '../operations/postgres.ts'
import type { FoundPeople, FoundPerson, PersonWords } from '../pop/people.ts'
import { addSearch, type Searcher } from './search-audit.ts'

/** How near a word must come to a part of a name (pg_trgm); what sounds the same is found whatever this says. */
const NAME_SIMILARITY = 0.45
/** How near a whole name must come, of which one word was misheard altogether. */
const WHOLE_SIMILARITY = 0.35
/** People and addresses that are weighed against each other; a search that finds more is for a longer name. */
const MAX_CANDIDATES = 5_000
/** Of these, people whose name as a whole is alike, though not every word of it is. */
const MAX_ALIKE = 1_000
const MAX_ADDRESSES = 1_000
/** Words of a search that count. */
const MAX_WORDS = 4
/** Shorter ones say nothing. */
const MIN_WORD = 2
const MIN_DIGITS = 6
const MAX_MARKERS = 50
const NUMBER = /^[\d\s()+.-]+$/

interface Ask {
  readonly query: string
  /** Whose records are asked. */
  readonly forces: readonly string[]
  readonly offset: number
  readonly limit: number
}

/**
 * People by a name however it is spelt, by a whole number, or by a part of an address; the likeliest first. The search is
 * on record before its answer is given: both are one transaction, so that there is none without the other.
 */
export async function searchPeople(pool: pg.Pool, by: Searcher, ask: Ask): Promise<FoundPeople> {
  return inTransaction(pool, async client => {
    await client.query(
      `select set_config('pg_trgm.word_similarity_threshold', $1, true), set_config('pg_trgm.similarity_threshold', $2, true)`,
      [String(NAME_SIMILARITY), String(WHOLE_SIMILARITY)]
    )
    const { rows } = await client.query<FoundRow>(statementOf(ask))
    const people = rows.slice(0, ask.limit)
    const named = people.map(({ person_id }) => person_id)
    const { query, forces } = ask
    await addSearch(client, by, {
      kind: 'people',
      query: cleanText(query),
      forces,
      results: people.length,
      people: named
    })
    return { people: people.map(toFound), more: rows.length > ask.limit }
  })
}

/** One person with all that is held; undefined where these forces hold nobody by this id. On record like a search. */
export async function readPerson(
  pool: pg.Pool,
  by: Searcher,
  { person, forces }: { readonly person: number; readonly forces: readonly string[] }
): Promise<PersonWords | undefined> {
  return inTransaction(pool, async client => {
    const { rows } = await client.query<FoundRow & PersonRow>({
      name: 'read-person',
      text: `select ${FOUND},
               (select coalesce(jsonb_agg(place), '[]') from (
                 select address.text, lives.relation, lives.as_of as "asOf", lives.until_at as "untilAt"
                 from person_address lives join address using (address_id) where lives.person_id = person.person_id
                 order by lives.until_at is not null, lives.as_of desc limit 10) place) as addresses,
               (select coalesce(jsonb_agg(held), '[]') from (
                 select kind, text, source, grade, made_at as "madeAt", review_at as "reviewAt", expires_at as "expiresAt"
                 from marker where marker.person_id = person.person_id and marker.force = any($2)
                 order by made_at desc limit ${MAX_MARKERS}) held) as "markerList"
             from person where person_id = $1 and force = any($2)`,
      values: [person, forces]
    })
    const [row] = rows
    const people = row === undefined ? [] : [row.person_id]
    await addSearch(client, by, { kind: 'person', forces, results: people.length, people })
    return row === undefined ? undefined : toPerson(row)
  })
}

const HOME = `select address.text from (
    select address_id, as_of, 1 as way from person_address lives
    where lives.person_id = person.person_id and lives.until_at is null
    union all
    select address_id, as_of, 2 from number_link
    where number_link.person_id = person.person_id and address_id is not null and until_at is null
      and not exists (select 1 from person_address gone where gone.person_id = person.person_id
        and gone.address_id = number_link.address_id and gone.until_at is not null)
  ) home join address using (address_id) order by way, home.as_of desc limit 1`

/** What is shown of a person, from the row of the table. */
const FOUND = `person.person_id, person.name, person.born, person.force, person.source, person.as_of, (${HOME}) as address,
  (select count(*) from marker where marker.person_id = person.person_id and marker.force = any($2)) as markers`

function statementOf({ query, forces, offset, limit }: Ask): pg.QueryConfig {
  const page = [limit + 1, offset]
  const e164 = numberOf(query)
  if (e164 !== undefined) {
    return {
      name: 'people-by-number',
      text: `select ${FOUND} from person where person_id in (
               select person_id from number_link where e164 = $1 and force = any($2))
               and force = any($2) order by name, person_id limit $3 offset $4`,
      values: [e164, forces, ...page]
    }
  }
  const words = wordsOf(query)
  const asked = words.map((_, at) => `folded_name($${at + 5})`)
  const isNear = (text: string) => asked.map(word => `folded_name(${text}) %> ${word}`)
  const isNamed = isNear('name').map((near, at) => `(${near} or name_sounds(name) && name_sounds($${at + 5}))`)
  const likeness = (text: string) => asked.map(word => `word_similarity(${word}, folded_name(${text}))`).join(' + ')
  return {
    name: `people-by-words-${words.length}`,
    text: `with by_name as (
             (select person_id, name from person where force = any($2) and ${isNamed.join(' and ')}
             limit ${MAX_CANDIDATES})
             union
             (select person_id, name from person where force = any($2) and folded_name(name) % folded_name($1)
             limit ${MAX_ALIKE})
           ), by_address as (
             select address_id, (${likeness('text')}) / ${words.length} as score from address
             where force = any($2) and ${isNear('text').join(' and ')} order by score desc limit ${MAX_ADDRESSES}
           ), scored as (
             select person_id, (${likeness('name')}) / ${words.length}
               + case when folded_name(name) = folded_name($1) then 1 else 0 end as score from by_name
             union all
             select lives.person_id, score * 0.9 from by_address join person_address lives using (address_id)
             union all
             select tie.person_id, score * 0.9 from by_address join number_link tie using (address_id)
             where tie.person_id is not null
           ), best as (
             select person_id, max(score) as score from scored join person using (person_id)
             where person.force = any($2) group by person_id order by score desc, person_id limit $3 offset $4
           )
           select ${FOUND} from best join person using (person_id) order by best.score desc, person.person_id`,
    values: [cleanText(query), forces, ...page, ...words]
  }
}

/** A number of somebody's, where nothing else stands in the search. */
function numberOf(query: string): string | undefined {
  if (!NUMBER.test(query) || query.replace(/\D/g, '').length < MIN_DIGITS) return undefined
  return toNumber(query.replace(/[^\d+]/g, '')).e164
}

function wordsOf(query: string): readonly string[] {
  const words = cleanText(query)
    .split(/[^\p{L}\p{M}\p{N}'’-]+/u)
    .filter(word => word.length >= MIN_WORD)
  return words.length === 0 ? [cleanText(query)] : words.slice(0, MAX_WORDS)
}

interface FoundRow {
  readonly person_id: number
  readonly name: string
  readonly born: string | null
  readonly force: string
  readonly source: string
  readonly as_of: number
  readonly address: string | null
  readonly markers: number
}

interface PersonRow {
  readonly addresses: PersonWords['addresses']
  readonly markerList: readonly Omit<PersonWords['markerList'][number], 'title'>[]
}

function toPerson(row: FoundRow & PersonRow): PersonWords {
  const markerList = row.markerList.map(marker => ({ ...marker, title: markerWords(marker.kind) }))
  return { ...toFound(row), addresses: row.addresses, markerList }
}

function toFound(row: FoundRow): FoundPerson {
  return {
    person: String(row.person_id),
    name: row.name,
    ...(row.born === null ? {} : { born: row.born }),
    force: row.force,
    source: row.source,
    asOf: row.as_of,
    ...(row.address === null ? {} : { address: row.address }),
    markers: row.markers
  }
}
