import type pg from 'pg'
import t from 'tap'
import { REPRESENTED_WITHIN_MS } from '../../../src/call/correlate.ts'
import { makeEventId, toPopId } from '../../../src/call/ids.ts'
import { SYNTHETIC } from '../../../src/call/synthetic.ts'
import { alertsOf, consolesOf, HOUR_MS, lastHourOf, TARGET, waitingOf } from '../../../src/pop/wallboard-figures.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { recordAcks } from '../../../src/records/pop-deliveries.ts'
import { endStanding, putStanding, readStandings } from '../../../src/records/process-standings.ts'
import {
  countAlerts,
  countConsoles,
  countLastHour,
  countWaiting,
  mostAlertsOfOne
} from '../../../src/records/wallboard-counts.ts'
import { anOffer, aQueueOffer, cliOf, NOON, then } from '../../support/call-events.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

const SECOND = 1_000
const MINUTE = 60 * SECOND
const LINES = ['999', '101']

let callers = 0
/** A call so long before noon; what came of it after, each so long after the offer. */
async function aCall(
  pool: pg.Pool,
  ago: number,
  story: readonly (readonly [kind: 'answered' | 'released' | 'alerting', after: number, over?: object])[] = [],
  over: Parameters<typeof anOffer>[0] = {}
) {
  callers += 1
  const make = over?.device === undefined ? aQueueOffer : anOffer
  const offer = make({ name: `call-${callers}`, receivedAt: NOON - ago, cli: cliOf(callers), ...over })
  const later = story.map(([kind, after, more = {}]) =>
    then(offer, kind, { receivedAt: offer.receivedAt + after, ...more })
  )
  const entries = entriesOf(offer, ...later)
  await appendEntries(pool, entries)
  const last = entries.at(-1)
  if (last === undefined) throw new Error('unreachable')
  return last.call
}

const waiting = async (pool: pg.Pool, force = 'tvp') =>
  waitingOf(await countWaiting(pool, { now: NOON, unackedMs: 5 * SECOND }), { force, lines: LINES, now: NOON })
const lastHour = async (pool: pg.Pool, force = 'tvp') =>
  lastHourOf(
    await countLastHour(pool, { now: NOON, targetMs: TARGET.withinMs, representedWithinMs: REPRESENTED_WITHIN_MS }),
    { force, lines: LINES }
  ).lines

t.test('who waits, how long, and on which line: not those who have somebody, nor another force’s', async t => {
  const { pool } = await makeDatabase(t)
  await aCall(pool, 12 * SECOND)
  await aCall(pool, 70 * SECOND)
  await aCall(pool, 2 * HOUR_MS, [], { line: '101', ddi: '101' })
  await aCall(pool, 80 * SECOND, [['answered', 5 * SECOND, { device: '4001' }]])
  await aCall(pool, 90 * SECOND, [['released', 20 * SECOND]])
  const taken = await aCall(pool, 95 * SECOND)
  await pool.query("update contact set taken_by = 'tvp-h01', taken_at = $2 where call_id = $1", [taken.callId, NOON])
  await aCall(pool, 99 * SECOND, [], { force: 'hants', homeForce: 'hants' })
  await aCall(pool, 99 * SECOND, [], { test: true })
  await aCall(pool, 99 * SECOND, [], { direction: 'out' })
  await aCall(pool, 99 * SECOND, [], { force: SYNTHETIC, homeForce: SYNTHETIC })
  const lost = await aCall(pool, 300 * SECOND)
  await pool.query(`update contact set call = call || '{"isUnheard": true}' where call_id = $1`, [lost.callId])
  t.same((await waiting(pool)).lines, [
    { line: '999', waiting: 2, unheard: 1, longestWaitMs: 70 * SECOND },
    { line: '101', waiting: 1, unheard: 0, longestWaitMs: 2 * HOUR_MS }
  ])
  t.same((await waiting(pool, 'hants')).lines[0], {
    ...{ line: '999', waiting: 1, unheard: 0 },
    longestWaitMs: 99 * SECOND
  })
})

t.test('a pop that no screen has acknowledged counts from the moment its alarm would', async t => {
  const { pool } = await makeDatabase(t)
  await aCall(pool, 4 * SECOND)
  const unseen = await aCall(pool, 6 * SECOND, [['answered', 2 * SECOND, { device: '4001' }]])
  const seen = await aCall(pool, 7 * SECOND)
  await recordAcks(pool, [{ popId: toPopId(seen.callId), handler: 'tvp-h01', at: NOON }])
  await aCall(pool, 60 * SECOND, [], { force: 'hants', homeForce: 'hants' })
  t.equal((await waiting(pool)).unacked, 1)
  await recordAcks(pool, [{ popId: toPopId(unseen.callId), handler: 'tvp-h02', at: NOON }])
  t.equal((await waiting(pool)).unacked, 0)
})

t.test('answered in time, late, left and still waiting: 999 of the last hour', async t => {
  const { pool } = await makeDatabase(t)
  const at4001 = { device: '4001' }
  await aCall(pool, 50 * MINUTE, [['answered', 10 * SECOND, at4001]])
  await aCall(pool, 3 * MINUTE, [['answered', 10 * SECOND + 1, at4001]])
  await aCall(pool, 2 * MINUTE, [['released', 9 * SECOND]])
  await aCall(pool, 2 * MINUTE, [['released', 30 * SECOND]])
  await aCall(pool, 11 * SECOND)
  await aCall(pool, 3 * SECOND)
  await aCall(pool, 61 * MINUTE, [['answered', 2 * SECOND, at4001]])
  await aCall(pool, 5 * MINUTE, [['answered', 2 * SECOND, at4001]], { force: 'hants', homeForce: 'hants' })
  await aCall(pool, 5 * MINUTE, [['answered', 2 * SECOND, at4001]], { test: true })
  const [emergency, other] = await lastHour(pool)
  t.match(emergency, { line: '999', offered: 6, answered: 2, inTime: 1, late: 3, abandoned: 2, unknown: 0 })
  t.equal(emergency?.meanWaitMs, 10 * SECOND + 1, 'the mean of the answered, rounded')
  t.same(
    emergency?.steps.map(({ offered }) => offered),
    [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5]
  )
  t.equal(emergency?.steps[11]?.inTime, 0)
  t.match(other, { line: '101', offered: 0, answered: 0, inTime: 0, late: 0, abandoned: 0 })
  t.equal(other?.meanWaitMs, undefined, 'nobody answered is no wait of nothing')
})

t.test('who answered is known from the switch, from the branch that had it, or from a handler’s hand', async t => {
  const { pool } = await makeDatabase(t)
  const ring = { device: '4001' }
  await aCall(pool, 5 * MINUTE, [['released', 4 * SECOND, { cause: 'answered-elsewhere' }]], ring)
  await aCall(pool, 5 * MINUTE, [['released', 40 * SECOND, { cause: 'no-outcome' }]], ring)
  const taken = await aCall(pool, 5 * MINUTE, [['released', 90 * SECOND]], ring)
  await pool.query("update contact set taken_by = 'tvp-h01', taken_at = offered_at + 20000 where call_id = $1", [
    taken.callId
  ])
  await aCall(pool, 5 * MINUTE, [['released', 90 * SECOND]], ring)
  const [emergency] = await lastHour(pool)
  t.match(emergency, { answered: 2, inTime: 1, late: 1, abandoned: 0, unknown: 2, meanWaitMs: 12 * SECOND })
})

t.test('a caller whom the other route has brought again has not left', async t => {
  const { pool } = await makeDatabase(t)
  const cli = cliOf(900)
  await aCall(pool, 10 * MINUTE, [['released', 15 * SECOND]], { cli })
  await aCall(pool, 10 * MINUTE - 17 * SECOND, [['answered', 3 * SECOND, { device: '4001' }]], {
    ...{ cli, route: 'secondary' }
  })
  await aCall(pool, 5 * MINUTE, [['released', 15 * SECOND]], { cli: cliOf(901) })
  const [emergency] = await lastHour(pool)
  t.match(emergency, { offered: 3, answered: 1, inTime: 1, late: 2, abandoned: 1 })
})

t.test('screens of those who take calls, by what is known of them', async t => {
  const { pool } = await makeDatabase(t)
  const people = [
    ['tvp-h01', 'tvp', '{999}', 'live', NOON - HOUR_MS],
    ['tvp-h02', 'tvp', '{999}', 'live', NOON - HOUR_MS],
    ['tvp-h03', 'tvp', '{101}', 'hidden', NOON - HOUR_MS],
    ['tvp-h04', 'tvp', '{999}', 'stale', NOON - HOUR_MS],
    ['tvp-h05', 'tvp', '{999}', null, NOON - HOUR_MS],
    ['tvp-h06', 'tvp', '{999}', null, NOON - SECOND],
    ['tvp-h07', 'tvp', '{999}', 'live', NOON - 13 * HOUR_MS],
    ['tvp-s01', 'tvp', '{}', 'gone', NOON - HOUR_MS],
    ['hants-h01', 'hants', '{999}', 'stale', NOON - HOUR_MS]
  ] as const
  for (const [handler, force, lines, presence, since] of people) {
    await pool.query('insert into handler (handler, name, force, lines, password) values ($1, $1, $2, $3, $4)', [
      ...[handler, force, lines, 'x:y']
    ])
    await pool.query("insert into position values ($1, $1::text, $2, '{}')", [`at-${handler}`, force])
    await pool.query('insert into sign_on (handler, position, since_at, presence) values ($1, $2, $3, $4)', [
      ...[handler, `at-${handler}`, since, presence]
    ])
  }
  const rows = await countConsoles(pool, { now: NOON, sinceAt: NOON - 12 * HOUR_MS })
  t.same(consolesOf(rows, 'tvp'), { live: 2, hidden: 1, stale: 1, gone: 1 })
  t.same(consolesOf(rows, 'hants'), { live: 0, hidden: 0, stale: 1, gone: 0 })
})

t.test('alerts of the hour by priority and ten minutes, of the force and of all; no administrator’s', async t => {
  const { pool } = await makeDatabase(t)
  const raise = (code: string, priority: number, force: string | null, ago: number, handlers: string[] | null = null) =>
    pool.query(
      `insert into alarm (alarm, key, code, priority, force, words, remedy, raised_at, node, handlers, ended_at)
       values ($1::uuid, $1::text, $2, $3, $4, 'w', 'r', $5, 'n', $6, $5)`,
      [makeEventId(NOON - ago), code, priority, force, NOON - ago, handlers]
    )
  await raise('pop-unacked', 1, 'tvp', 2 * MINUTE)
  await raise('pop-not-taken', 2, 'tvp', 9 * MINUTE)
  await raise('alarm-rate', 2, 'tvp', 3 * MINUTE)
  await raise('node-lost', 2, null, 11 * MINUTE)
  await raise('risk-unheard', 1, 'tvp', 30 * MINUTE, ['tvp-h01', 'tvp-h02'])
  await raise('risk-unheard', 2, 'tvp', 50 * MINUTE, ['tvp-h01'])
  await raise('record-upkeep', 3, null, 5 * MINUTE)
  await raise('pop-unacked', 1, 'hants', 2 * MINUTE)
  await raise('pop-unacked', 1, 'tvp', 61 * MINUTE)
  const rows = await countAlerts(pool, { now: NOON, without: ['record-upkeep'] })
  t.same(alertsOf(rows, await mostAlertsOfOne(pool, NOON), 'tvp'), {
    ...{ byPriority: [2, 4, 0], lastTenMinutes: 2, mostOfOneHandler: 2 },
    steps: [0, 1, 0, 1, 1, 3]
  })
  t.same(alertsOf(rows, [], 'hants').byPriority, [1, 1, 0])
})

t.test('each process says how it stands; a gateway that says nothing is not taken for well', async t => {
  const { pool } = await makeDatabase(t)
  const lease = (node: string, until: string) =>
    pool.query(
      `insert into node (node, version, site_group, http, lease_until) values ($1, '1', 's', '', clock_timestamp() + $2::interval)`,
      [node, until]
    )
  await lease('n-1', '10 s')
  await lease('n-2', '10 s')
  await lease('n-gone', '-10 s')
  const sources = [{ source: 'history', leftAloneFor: ['tvp'] }]
  await putStanding(pool, { node: 'n-1', kind: 'gateway', level: 1, why: 'Slow', sources: [] })
  await putStanding(pool, { node: 'n-1', kind: 'gateway', level: 0, sources })
  await putStanding(pool, { node: 'n-worker', kind: 'worker', level: 0, sources: [] })
  await putStanding(pool, { node: 'n-late', kind: 'worker', level: 0, sources: [] })
  await pool.query("update process_standing set said_at = said_at - interval '16 s' where node = 'n-late'")
  t.same(await readStandings(pool), [
    { node: 'n-1', kind: 'gateway', level: 0, sources },
    { node: 'n-2', kind: 'silent' },
    { node: 'n-worker', kind: 'worker', level: 0, sources: [] }
  ])
  await pool.query("update process_standing set said_at = said_at - interval '2 days' where node = 'n-late'")
  await putStanding(pool, { node: 'n-2', kind: 'gateway', level: 0, sources: [] })
  await endStanding(pool, 'n-1')
  const { rows } = await pool.query('select node from process_standing order by 1')
  t.same(rows, [{ node: 'n-2' }, { node: 'n-worker' }], 'long gone ones are forgotten')
})
