import type pg from 'pg'
import t from 'tap'
import { leastIdAt, makeEventId } from '../../../src/call/ids.ts'
import { adoptCall, adoptOwn, lostCalls, otherHands, readOpenCall } from '../../../src/records/adoption.ts'
import { appendEntries, ownersOf, readCall } from '../../../src/records/journal-rows.ts'
import { addLateWord } from '../../../src/records/location-fixes.ts'
import { knownMonths, monthAt, monthsBefore, monthsBetween, partOf } from '../../../src/records/month-parts.ts'
import { makeMonths } from '../../../src/records/months.ts'
import { recordHands } from '../../../src/records/wrap-ups.ts'
import { anOffer } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

const MARCH = Date.parse('2026-03-15T12:00:00Z')
const APRIL = Date.parse('2026-04-01T00:00:00Z')

const anEntry = (name: string, receivedAt: number) => offerEntry(anOffer({ name, receivedAt }))

/** How many rows each part of the table has. */
async function inParts(pool: pg.Pool, table: string): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ part: string; count: number }>(
    `select tableoid::regclass::text as part, count(*) as count from ${table} group by 1 order by 1`
  )
  return Object.fromEntries(rows.map(({ part, count }) => [part, count]))
}

t.test('months begin and end at midnight UTC, and go back by their own lengths', async t => {
  t.same(monthAt(MARCH), { name: '2026_03', from: Date.parse('2026-03-01T00:00:00Z'), to: APRIL })
  t.same(
    monthsBetween(MARCH, APRIL).map(({ name }) => name),
    ['2026_03', '2026_04']
  )
  t.equal(new Date(monthsBefore(Date.parse('2026-03-31T08:00:00Z'), 1)).toISOString(), '2026-02-28T08:00:00.000Z')
  t.equal(new Date(monthsBefore(MARCH, 27)).toISOString(), '2023-12-15T12:00:00.000Z')
})

t.test(
  'a call and its events stand in the month of their day, and one without a month in the default part',
  async t => {
    const { pool } = await makeDatabase(t)
    const { made, missing } = await makeMonths(pool, monthsBetween(MARCH, APRIL))
    t.same([...made].sort(), ['contact_2026_03', 'contact_2026_04', 'journal_2026_03', 'journal_2026_04'])
    t.same(missing, [])
    const times = { march: APRIL - 1, april: APRIL, may: APRIL + 40 * 86_400_000 }
    await appendEntries(
      pool,
      Object.entries(times).map(([name, at]) => anEntry(name, at))
    )
    t.same(await inParts(pool, 'contact'), { contact_2026_03: 1, contact_2026_04: 1, contact_default: 1 })
    t.same(await inParts(pool, 'journal'), { journal_2026_03: 1, journal_2026_04: 1, journal_default: 1 })
    t.same(await knownMonths(pool, 'contact'), monthsBetween(MARCH, APRIL))
    t.same(await makeMonths(pool, monthsBetween(MARCH, APRIL)), { made: [], missing: [] }, 'made once')
  }
)

t.test('a month that is made late takes its calls, with the incidents they led to', async t => {
  const { pool } = await makeDatabase(t)
  const [march, april] = [anEntry('march', MARCH), anEntry('april', APRIL)]
  await appendEntries(pool, [march, april])
  await pool.query(`with i as (insert into incident (reference, force, type, status, opened_at)
    values ('TVP-1', 'tvp', 'Concern', 'open', 1) returning incident_id)
    insert into contact_incident (call_id, incident_id) select call_id, incident_id from contact, i`)
  await makeMonths(pool, [monthAt(MARCH)])
  t.same(await inParts(pool, 'contact'), { contact_2026_03: 1, contact_default: 1 })
  t.same(await readCall(pool, march.call.callId), march.call)
  const { rows } = await pool.query('select call_id from contact_incident join contact using (call_id) order by 1')
  t.same(
    rows.map(row => row.call_id),
    [march.call.callId, april.call.callId]
  )
  await t.rejects(pool.query('delete from contact'), { code: '23503' }, 'an incident still keeps its contact')
  await appendEntries(pool, [
    { ...march, event: { ...march.event, eventId: makeEventId(MARCH + 1) }, call: { ...march.call, seq: 2 } }
  ])
  t.equal((await readCall(pool, march.call.callId))?.seq, 2, 'and it goes on')
})

t.test('calls that come while months are made are all in the record, once', async t => {
  const { pool, openPool } = await makeDatabase(t)
  const journal = openPool({ max: 2, statementMs: 1_000 })
  const ids: string[] = []
  let isOver = false
  const write = async (writer: number) => {
    for (let n = 0; !isOver; n++) {
      const entry = anEntry(`${writer}-${n}`, MARCH + n * 86_400_000)
      await appendEntries(journal, [entry])
      ids.push(entry.call.callId)
    }
  }
  const writers = [write(1), write(2)]
  await makeMonths(pool, monthsBetween(MARCH, MARCH + 300 * 86_400_000))
  isOver = true
  await t.resolves(Promise.all(writers))
  const { rows } = await pool.query<{ call_id: string }>('select call_id from contact')
  t.same(rows.map(row => row.call_id).sort(), ids.sort())
  t.equal((await pool.query('select from journal')).rowCount, ids.length)
  const parts = await inParts(pool, 'contact')
  t.ok(Object.keys(parts).length > 1, 'in more than one part')
  t.comment(`${ids.length} calls: ${JSON.stringify(parts)}`)
})

t.test('a month that others keep from being made is said, and calls go on', async t => {
  const { pool, openPool } = await makeDatabase(t)
  const other = openPool({ max: 1, statementMs: 20_000 })
  const client = await other.connect()
  await client.query('begin')
  await client.query('select from contact limit 1')
  const making = makeMonths(pool, [monthAt(MARCH)], { tables: ['contact'] })
  const journal = openPool({ max: 2, statementMs: 1_000 })
  for (let n = 0; n < 20; n++) await t.resolves(appendEntries(journal, [anEntry(`${n}`, MARCH)]))
  t.match(await making, { made: [], missing: ['contact_2026_03'], why: /locked/ })
  await client.query('rollback')
  client.release()
  t.match(await makeMonths(pool, [monthAt(MARCH)], { tables: ['contact'] }), { made: ['contact_2026_03'] })
  t.same(await inParts(pool, 'contact'), { contact_2026_03: 20 })
})

t.test('where the default part is large, a month to come is made beside calls, and none that has begun', async t => {
  const { pool, openPool } = await makeDatabase(t)
  const now = Date.now()
  const next = monthAt(monthAt(now).to)
  const heard: string[] = []
  const maker = openPool({ max: 1 })
  maker.on('connect', client => client.on('notice', ({ message = '' }) => heard.push(message)))
  await maker.query('set client_min_messages = debug1')
  // Of a time when an id was all hash: this one happens to look like one of the next month.
  const old = { ...anEntry('old', MARCH) }
  const callId = `${leastIdAt(next.from + 5).slice(0, 14)}8000-8000-000000000001` as typeof old.call.callId
  await appendEntries(pool, [anEntry('new', now), { ...old, call: { ...old.call, callId } }])
  await pool.query(`with i as (insert into incident (reference, force, type, status, opened_at)
    values ('TVP-1', 'tvp', 'Concern', 'open', 1) returning incident_id)
    insert into contact_incident (call_id, incident_id) select call_id, incident_id from contact, i`)
  const months = [monthAt(now), next]
  const make = () => makeMonths(maker, months, { tables: ['contact'], readAtOnceMaxBytes: 0 })
  t.match(await make(), { made: [], why: /open/ }, 'while it is open it stays where it is')
  await pool.query('update contact set closed_at = 1')
  t.match(await make(), { made: [partOf('contact', next)], missing: [partOf('contact', monthAt(now))], why: /large/ })
  t.ok(
    heard.some(message => /contact_default" is implied by existing constraints/.test(message)),
    'the default part is not read through when the month is hung in'
  )
  t.same(await inParts(pool, 'contact'), { contact_default: 1, [partOf('contact', next)]: 1 })
  t.equal((await pool.query('select from contact_incident join contact using (call_id)')).rowCount, 2)
  const { rows } = await pool.query(`select conname from pg_constraint where conname like '%elsewhere'`)
  t.same(rows, [])
  await appendEntries(pool, [anEntry('then', next.from + 1)])
  t.same(await inParts(pool, 'contact'), { contact_default: 1, [partOf('contact', next)]: 2 })
})

t.test('a month that was broken off half made is gone on with', async t => {
  const { pool } = await makeDatabase(t)
  const next = monthAt(monthAt(Date.now()).to)
  const part = partOf('journal', next)
  const [from, to] = [leastIdAt(next.from), leastIdAt(next.to)]
  await pool.query(`create table ${part} (like journal including defaults)`)
  await pool.query(`alter table journal_default add constraint ${part}_elsewhere
    check (not (event_id is not null and event_id >= '${from}' and event_id < '${to}')) not valid`)
  t.same(await makeMonths(pool, [next], { tables: ['journal'] }), { made: [part], missing: [] })
  await appendEntries(pool, [anEntry('then', next.from + 1)])
  t.same(await inParts(pool, 'journal'), { [part]: 1 })
})

/** How often this link has looked into each part, or written to it. */
async function touched(client: pg.ClientBase): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ part: string; count: number }>(
    `select relname as part, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd as count
     from pg_stat_xact_user_tables where relname ~ '^(contact|journal)_(2|default)'`
  )
  return new Map(rows.map(({ part, count }) => [part, count]))
}

t.test('what a call has done to it touches its own month alone', async t => {
  const { pool } = await makeDatabase(t)
  await makeMonths(pool, monthsBetween(monthsBefore(MARCH, 24), APRIL))
  const entry = anEntry('one', MARCH)
  const { callId } = entry.call
  const client = await pool.connect()
  // The functions ask nothing of a pool but to be asked.
  const link = client as unknown as pg.Pool
  const did = {
    append: () => appendEntries(link, [entry]),
    again: () => appendEntries(link, [{ ...entry, event: { ...entry.event, eventId: makeEventId(MARCH + 1) } }]),
    taken: () => recordHands(link, 'n-test', [{ callId, handler: 'h', did: 'taken', at: MARCH }]),
    read: () => readCall(link, callId),
    open: () => readOpenCall(link, callId),
    owners: () => ownersOf(link, [callId]),
    adopted: () => adoptCall(link, 'n-other', { callId, gone: ['n-test'] }),
    own: () => adoptOwn(link, 'n-other', [callId]),
    lost: () => lostCalls(link, 'n-test', [callId]),
    hands: () => otherHands(link, 'n-other', [{ callId, takenBy: undefined, closed: 0 }]),
    late: () => addLateWord(link, 'n-test', { callId, source: 'aml', state: 'none', at: MARCH })
  }
  try {
    for (const [what, run] of Object.entries(did)) {
      // More often than PostgreSQL looks at values before it keeps a plan.
      for (let n = 0; n < 8; n++) {
        await client.query('begin')
        const before = await touched(client)
        await run()
        const after = await touched(client)
        await client.query('commit')
        const others = [...after].filter(
          ([part, count]) => count > (before.get(part) ?? 0) && !part.endsWith('_2026_03')
        )
        if (others.length > 0) t.same(others, [], `${what}, time ${n + 1}`)
      }
      t.pass(what)
    }
  } finally {
    client.release()
  }
})
