/*
 * Incidents nearby among many: `node tests/bench/known-incidents.ts [--rows 50000] [--asks 3000]`, or as one of the
 * subjects of what is known. Open incidents around the towns of the demo, as many as no force ever has open, one in four
 * with calls; each question at another place of the densest town.
 */
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { makeIncidentsLookup } from '../../src/lookups/incidents-nearby.ts'
import type { Whereabouts } from '../../src/lookups/whereabouts.ts'
import {
  INCIDENTS_LINKED,
  incidentsNearbySql,
  makeFindIncidents,
  nearbyValues
} from '../../src/records/open-incidents.ts'
import { makeTowns } from '../../src/simulator/demo-places.ts'
import { anOffer, callAfter } from '../support/call-events.ts'
import { withStores } from './bench-stores.ts'
import { closedLoop } from './closed-loop.ts'

const NOW = Date.UTC(2026, 10, 26, 12)
const HOUR_MS = 3_600_000
const RULES = { metres: 1_000, coarseMetres: 2_000, hours: 24, hoursByType: [{ type: 'Road', hours: 4 }] }
const CALL = callAfter(anOffer())
const DEADLINE_MS = 10_000
const LINKS = 6
const WARM_UP = 300
const RUNS_BEFORE_PLAN = 7
const [TOWN] = makeTowns(7)

export const openIncidents = {
  name: 'incidents',
  title: (rows: number) =>
    `${rows.toLocaleString('en-GB')} incidents, a tenth of them open, half of these in the last day`,
  prepare: async (pool: pg.Pool, rows: number) => {
    await fill(pool, rows)
    const find = makeFindIncidents(pool)
    const lookup = makeIncidentsLookup({ incidents: find, deadlineMs: DEADLINE_MS, rules: RULES, now: () => NOW })
    const ask = (radiusMetres: number) => async (at: number) => {
      const { kind } = await lookup.ask(CALL, AbortSignal.timeout(DEADLINE_MS), async () => place(at, radiusMetres))
      if (kind !== 'found' && kind !== 'none') throw new Error(`incidents: ${kind}`)
    }
    const { point } = place(0, 0)
    const near = (metres: number) => ({
      name: `incidents-nearby, ${metres} m`,
      text: incidentsNearbySql(1),
      values: nearbyValues(CALL.callId, ['tvp'], {
        ...{ point, metres, sinceAt: NOW - 24 * HOUR_MS },
        sinceByType: [{ type: 'Road', sinceAt: NOW - 4 * HOUR_MS }]
      })
    })
    return {
      rows,
      notes: [await density(pool)],
      cases: [
        { what: 'within 1 km of a fix of 12 m', goalMs: 5, ask: ask(12) },
        { what: 'within 1 km of a fix of 1 km', goalMs: 15, ask: ask(1_000) }
      ],
      explain: () => [
        near(1_012),
        near(2_000),
        { name: 'incidents-linked', text: INCIDENTS_LINKED, values: [CALL.callId, ['tvp']] }
      ]
    }
  }
}

/** Somewhere in the town, each time elsewhere. */
function place(at: number, radiusMetres: number): Extract<Whereabouts, { kind: 'at' }> {
  const { easting = 0, northing = 0 } = TOWN?.middle ?? {}
  const point = { easting: easting + ((at * 7_919) % 1_600) - 800, northing: northing + ((at * 104_729) % 1_600) - 800 }
  return { kind: 'at', point, radiusMetres, isApproximate: false, source: 'aml', isConfirmed: false }
}

/** A bell around each town; a fifth of all around the first, so that it is denser than a town is. */
async function fill(pool: pg.Pool, rows: number): Promise<void> {
  await pool.query('truncate incident, contact_incident, contact cascade')
  const towns = makeTowns(7)
  await pool.query(
    `insert into incident (reference, force, type, status, opened_at, place, grade, summary)
     select 'B-' || n, force, (array['Fire', 'Road traffic: collision', 'Violence', 'Burglary'])[1 + n % 4],
       case when n % 10 = 0 then 'open' else 'closed' end, $4 - (random() * 48 * 3600000)::bigint,
       point(x + (random() + random() + random() - 1.5) * 4000, y + (random() + random() + random() - 1.5) * 4000), '2',
       'A caller reported a disturbance.'
     from (
       select n, case when n % 5 = 0 then 1 else 1 + n % cardinality($2::float8[]) end as town from generate_series(1, $1::int) n
     ) numbered cross join lateral (select ($2::float8[])[town] as x, ($3::float8[])[town] as y, ($5::text[])[town] as force) at`,
    [
      ...[rows, towns.map(({ middle }) => middle.easting), towns.map(({ middle }) => middle.northing), NOW],
      towns.map(({ force }) => force)
    ]
  )
  await pool.query(
    `with made as (
       insert into contact (call_id, generation, seq, force, home_force, line, state, offered_at, switch_call_ids)
       select lpad(to_hex(n), 32, '0')::uuid, 1, 1, 'tvp', 'tvp', '999', 'released', $2, '{}' from generate_series(1, $1::int) n
       returning call_id
     ), counted as (select call_id, row_number() over () as n from made),
     incidents as (select incident_id, row_number() over (order by incident_id) as n from incident)
     insert into contact_incident (call_id, incident_id)
     select call_id, incident_id from counted join incidents on incidents.n = 4 * (1 + counted.n % ($1 / 4))`,
    [rows, NOW]
  )
  await pool.query('vacuum analyze incident, contact_incident')
}

async function density(pool: pg.Pool): Promise<string> {
  const { point } = place(0, 0)
  const { rows } = await pool.query<{ n: number }>(
    `select count(*) as n from incident where status = 'open' and place <@ circle(point($1, $2), 1012)`,
    [point.easting, point.northing]
  )
  return `In the middle of ${TOWN?.name ?? ''} ${rows[0]?.n} open incidents within 1 km.`
}

async function alone(): Promise<void> {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '50000' }, asks: { type: 'string', default: '3000' } }
  })
  await withStores(async ({ openPool }) => {
    const pool = openPool(LINKS, { keepsPlans: true })
    const { notes, cases, explain } = await openIncidents.prepare(pool, Number(values.rows))
    process.stdout.write(`${openIncidents.title(Number(values.rows))}\n${notes.join('\n')}\n`)
    for (const { what, ask } of cases) {
      await closedLoop(WARM_UP, 1, ask)
      const { p50, p99, lost } = await closedLoop(Number(values.asks), 1, ask)
      process.stdout.write(`  ${what}: p50 ${inMs(p50)}, p99 ${inMs(p99)}, ${lost} lost\n`)
    }
    for (const { name, text, values: of } of explain()) {
      process.stdout.write(`\n${name}\n${await planOf(pool, text, of)}\n`)
    }
  })
}

/** The plan that a prepared statement has come to, with what it took this time. */
async function planOf(pool: pg.Pool, text: string, values: readonly unknown[]): Promise<string> {
  const client = await pool.connect()
  try {
    for (let n = 0; n < RUNS_BEFORE_PLAN; n++) await client.query({ name: 'explained', text, values: [...values] })
    const { rows } = await client.query<{ 'QUERY PLAN': string }>({
      text: `explain (analyze, buffers) ${text}`,
      values: [...values]
    })
    return rows.map(row => row['QUERY PLAN']).join('\n')
  } finally {
    client.release()
  }
}

function inMs(ms: unknown): string {
  return typeof ms === 'number' ? `${ms.toFixed(2)} ms` : 'lost'
}

if (import.meta.filename === process.argv[1]) await alone()
