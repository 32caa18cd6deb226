import type pg from 'pg'
import { copyRows } from '../../src/records/copy-rows.ts'
import { searchPeople } from '../../src/records/people-search.ts'
import { FIRST_NAMES, STREETS, SURNAMES } from '../../src/simulator/demo-words.ts'
import { CLOCK } from './known-clock.ts'
import type { Explained, KnownSubject } from './known-subjects.ts'

/** Of so many rows asked for. */
const PEOPLE_OF = 0.5
const PAGE = 20
/** A person waits for a search, no call does: of what takes so long fewer say enough. */
const ASKS = 200
const BY = { handler: 'bench', position: 'bench', force: 'tvp', at: CLOCK } as const
const FORCES = ['tvp', 'hants'] as const

/** People by a name as a handler hears it, and by a street. Each search is written down, as the force's audit asks. */
export const searchesKnown: KnownSubject = {
  name: 'searches',
  title: rows => `Searches: ${(rows * PEOPLE_OF).toLocaleString('en-GB')} people`,
  prepare: async (pool, rows) => {
    const people = Math.floor(rows * PEOPLE_OF)
    await fill(pool, people)
    const search = (query: string) => searchPeople(pool, BY, { query, forces: FORCES, offset: 0, limit: PAGE })
    const finds = (queryOf: (name: string) => string) => async (at: number) => {
      const name = nameOf((at * 7_919) % people)
      const { people: found } = await search(queryOf(name))
      if (!found.some(person => person.name === name)) throw new Error(`${queryOf(name)} does not find ${name}`)
    }
    return {
      rows,
      notes: [
        `${FIRST_NAMES.length} first names and ${new Set(SURNAMES.flatMap((_, at) => surnamesWith(at))).size.toLocaleString('en-GB')} surnames, at ${STREETS.length} streets. A search that does not find whom it is of is lost.`
      ],
      cases: [
        { what: 'a name as it is spelt', atMost: ASKS, ask: finds(name => name) },
        { what: 'a name with a letter missing in the surname', atMost: ASKS, ask: finds(misspelt) },
        {
          what: 'a house number and a street, in part',
          atMost: ASKS,
          ask: async at => void (await search(`${1 + (at % 90)} ${STREETS[at % STREETS.length]}`))
        }
      ],
      explain: () => statementsOf(pool, misspelt(nameOf(7)))
    }
  }
}

/** A surname of two: there are too few in the demo's list for so many people. */
function surnamesWith(at: number): readonly string[] {
  const head = SURNAMES[at] ?? ''
  return [head, ...SURNAMES.map(tail => `${head.slice(0, 4)}${tail.slice(2).toLowerCase()}`)]
}

function nameOf(n: number): string {
  const surnames = surnamesWith(Math.floor(n / FIRST_NAMES.length) % SURNAMES.length)
  const surname = surnames[Math.floor(n / FIRST_NAMES.length / SURNAMES.length) % surnames.length]
  return `${FIRST_NAMES[n % FIRST_NAMES.length]} ${surname}`
}

function misspelt(name: string): string {
  return `${name.slice(0, -2)}${name.slice(-1)}`
}

async function fill(pool: pg.Pool, people: number): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    const columns = ['force', 'name', 'born', 'source', 'as_of']
    await copyRows(client, { table: 'person', columns }, rowsOf(people))
    await client.query(
      `insert into address (force, text, source, as_of)
       select 'tvp', 1 + n % 90 || ' ' || ($2::text[])[1 + n % $3::int], 'made', $4 from generate_series(1, $1::int) n`,
      [people / 2, STREETS, STREETS.length, CLOCK]
    )
    await client.query('vacuum analyze person, address')
  } finally {
    client.release(true)
  }
}

function* rowsOf(people: number): Generator<readonly (string | number)[]> {
  for (let n = 0; n < people; n++) yield [n % 2 === 0 ? 'tvp' : 'hants', nameOf(n), '1970-01-01', 'made', CLOCK]
}

/** What one search asks, as its link hears it. */
async function statementsOf(pool: pg.Pool, query: string): Promise<readonly Explained[]> {
  const heard: Explained[] = []
  const client = await pool.connect()
  const listening = {
    query: (asked: string | Explained, values?: unknown[]) => {
      if (typeof asked !== 'string' && asked.name.startsWith('people-')) heard.push(asked)
      return client.query(asked as string, values)
    },
    release: () => client.release()
  }
  await searchPeople({ connect: async () => listening } as unknown as pg.Pool, BY, {
    ...{ query, forces: FORCES },
    ...{ offset: 0, limit: PAGE }
  })
  return heard
}
