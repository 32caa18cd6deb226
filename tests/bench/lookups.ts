/*
 * The lookups beside a plain prepared SELECT, and how they grow with the record: `node tests/bench/lookups.ts [options]`.
 * Each lookup as a worker asks it, of the caller of one call after another, over a record of one, four and sixteen times
 * the contacts, people and addresses. The SELECT reads one contact by its key.
 *
 *   --contacts 20000   the smallest record
 *   --asks 2000        of each kind at each size, one after the other
 *   --json FILE        the figures; default report/bench-lookups.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import type { Call, Cli } from '../../src/call/call.ts'
import { makeHistoryLookup } from '../../src/lookups/caller-history.ts'
import { makeIdentityLookup } from '../../src/lookups/caller-identity.ts'
import { makeLocationLookup } from '../../src/lookups/location/location-lookup.ts'
import type { Lookup } from '../../src/lookups/lookup.ts'
import {
  makeAddressesOfNumber,
  makeAddressOnRecord,
  makeEarlierContacts,
  makePeopleAtNumber
} from '../../src/records/callers.ts'
import { anOffer, callAfter } from '../support/call-events.ts'
import { type BenchStores, withStores } from './bench-stores.ts'
import { closedLoop } from './closed-loop.ts'
import type { Figures, Table } from './table.ts'

/** As wiring/open-stores.ts gives each lookup. */
const LOOKUP_LINKS = 6
const TIMES = [1, 4, 16] as const
const DEADLINE_MS = 10_000
const ITEMS = 10
const WARM_UP = 200
/** All of Ofcom's numbers for drama that have a thousand each: so far the callers of a record can be told apart. */
const PREFIXES = [
  ...['+447700900', '+441632960', '+441134960', '+441144960', '+441154960', '+441164960', '+441174960', '+441184960'],
  ...['+441214960', '+441314960', '+441414960', '+441514960', '+441614960', '+441914960', '+442079460', '+443069990']
] as const
const NUMBERS = PREFIXES.flatMap(prefix =>
  Array.from({ length: 1_000 }, (_, at) => `${prefix}${String(at).padStart(3, '0')}`)
)

const { values } = parseArgs({
  options: {
    contacts: { type: 'string', default: '20000' },
    asks: { type: 'string', default: '2000' },
    json: { type: 'string', default: 'report/bench-lookups.json' }
  }
})
const [smallest, asks] = [Number(values.contacts), Number(values.asks)]

const table = await withStores(run)
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)

async function run({ openPool }: BenchStores): Promise<Table> {
  const pool = openPool(LOOKUP_LINKS, { keepsPlans: true })
  const lookups = lookupsOf(pool)
  const calls = Array.from({ length: asks }, (_, at) => aCallFrom(NUMBERS[(at * 7_919) % NUMBERS.length] ?? '', at))
  const rows: Figures[] = []
  let contacts = 0
  for (const times of TIMES) {
    process.stdout.write(`a record of ${smallest * times} contacts …\n`)
    await grow(pool, contacts, smallest * times)
    contacts = smallest * times
    const what = `× ${times}: ${contacts.toLocaleString('en-GB')} contacts`
    for (const lookup of lookups) {
      const ask = (at: number) => answered(lookup, calls[at % calls.length] as Call)
      await closedLoop(Math.min(WARM_UP, asks), 1, ask)
      rows.push({ subject: `Callbox, ${lookup.name}`, what, ...(await closedLoop(asks, 1, ask)) })
    }
    rows.push({ subject: 'SELECT by key', what, isReference: true, ...(await plainSelects(pool, contacts)) })
  }
  const per = Math.round((contacts / NUMBERS.length) * 10) / 10
  return {
    rows,
    notes: [
      `Contacts of one number at × 16: ${per}. Crimes at full size: tests/bench/known.ts. Not built yet, and so not here: units nearby.`
    ]
  }
}

function lookupsOf(pool: pg.Pool): readonly Lookup[] {
  const deadlineMs = DEADLINE_MS
  return [
    makeIdentityLookup({
      peopleAtNumber: makePeopleAtNumber(pool),
      addressesOfNumber: makeAddressesOfNumber(pool),
      deadlineMs
    }),
    makeLocationLookup({
      addressOnRecord: makeAddressOnRecord(pool),
      deadlineMs,
      askHeld: async () => ({ kind: 'late' }),
      onFault: () => {}
    }),
    makeHistoryLookup({
      earlierContacts: makeEarlierContacts(pool),
      deadlineMs,
      limit: ITEMS,
      repeatWithinMs: 86_400_000,
      now: Date.now
    })
  ]
}

/** A lookup that could not be asked is lost, however quick its answer. */
async function answered(lookup: Lookup, call: Call): Promise<void> {
  const { kind } = await lookup.ask(call, AbortSignal.timeout(DEADLINE_MS))
  if (kind !== 'found' && kind !== 'none') throw new Error(`${lookup.name}: ${kind}`)
}

async function plainSelects(pool: pg.Pool, contacts: number): Promise<Omit<Figures, 'subject' | 'what'>> {
  const select = async (at: number) => {
    const values = [contactId(((at * 7_919) % contacts) + 1)]
    const { rows } = await pool.query({ name: 'plain', text: 'select * from contact where call_id = $1', values })
    if (rows.length !== 1) throw new Error('no such contact')
  }
  await closedLoop(Math.min(WARM_UP, asks), 1, select)
  return closedLoop(asks, 1, select)
}

/** From so many contacts to so many, one in four with an incident, and a person and an address for one in four. */
async function grow(pool: pg.Pool, from: number, to: number): Promise<void> {
  const range = [from + 1, to]
  const numbered = `generate_series($1::int, $2::int) as n`
  const number = (n: string) => `($3::text[])[1 + (${n}) % ${NUMBERS.length}]`
  await pool.query(
    `insert into contact (call_id, generation, seq, force, home_force, line, state, cause, network_e164, offered_at,
       released_at, closed_at, switch_call_ids, summary)
     select lpad(to_hex(n), 32, '0')::uuid, 1, 1, 'tvp', 'tvp', '999', 'released', 'ended', ${number('n')},
       1700000000000 + n, 1700000060000 + n, 1700000060000 + n, '{}', 'A caller reported a disturbance.'
     from ${numbered}`,
    [...range, NUMBERS]
  )
  await pool.query(
    `with made as (
       insert into incident (reference, force, type, status, opened_at)
       select 'B-' || n, 'tvp', 'Disturbance', 'closed', 1700000000000 + n from ${numbered} where n % 4 = 0
       returning incident_id, substr(reference, 3)::int as n
     )
     insert into contact_incident (call_id, incident_id)
     select lpad(to_hex(n), 32, '0')::uuid, incident_id from made`,
    range
  )
  for (const [table, id, columns, made] of [
    ['person', 'person_id', 'force, name, source, as_of', `'tvp', 'Person ' || n, 'bench', 1700000000000 + n`],
    ['address', 'address_id', 'force, text, source, as_of', `'tvp', n || ' High Street', 'bench', 1700000000000 + n`]
  ] as const) {
    await pool.query(
      `with made as (
         insert into ${table} (${columns}) select ${made} from ${numbered} where n % 4 = 0 returning ${id} as id
       ), counted as (select id, row_number() over (order by id) * 4 + $1::int as n from made)
       insert into number_link (e164, force, ${id}, relation, as_of)
       select ${number('(n / 4)::int')}, 'tvp', id, 'subscriber', 1700000000000 + n from counted`,
      [...range, NUMBERS]
    )
  }
  // Without it PostgreSQL plans for the record as it was.
  await pool.query('analyze')
}

function contactId(n: number): string {
  const hex = n.toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function aCallFrom(e164: string, at: number): Call {
  const cli: Cli = { network: { raw: e164, e164, kind: 'mobile' }, trust: 'asserted' } as Cli
  return callAfter(anOffer({ name: `lookup ${at}`, cli }))
}
