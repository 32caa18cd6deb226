import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { type CallId, makeEventId, toPopId } from '../../../src/call/ids.ts'
import type { RetentionMonths } from '../../../src/operations/retention-schema.ts'
import { saveNote } from '../../../src/records/call-notes.ts'
import { makeHandoverRecord } from '../../../src/records/handovers.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { addHold, openHolds, releaseHold } from '../../../src/records/legal-holds.ts'
import { addLateWord } from '../../../src/records/location-fixes.ts'
import { knownMonths, monthsBefore, monthsBetween } from '../../../src/records/month-parts.ts'
import { makeMonths } from '../../../src/records/months.ts'
import { recordAcks } from '../../../src/records/pop-deliveries.ts'
import { type Gone, type RetentionPlan, runRetention } from '../../../src/records/retention.ts'
import { RETENTION_KINDS, type RetentionKind } from '../../../src/records/retention-kinds.ts'
import { anOffer } from '../../support/call-events.ts'
import { aHandover } from '../../support/handovers.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

const NOW = Date.parse('2026-03-15T12:00:00Z')
const KEPT: RetentionMonths = {
  ...{ contactsMonths: 12, journalMonths: 12, locationFixesMonths: 12, deliveriesMonths: 12, ledgerMonths: 12 },
  ...{ incidentsMonths: 12, markersMonths: 12, peopleMonths: 12, crimesMonths: 12, searchesMonths: 12 },
  disclosuresMonths: 12
}
const LONG_AGO = monthsBefore(NOW, 20)
const YOUNG = monthsBefore(NOW, 2)
const CALLER = '+447700900123'
const OTHER = '+447700900456'

async function putHandover(pool: pg.Pool, { callId, force, at }: { callId: CallId; force: string; at: number }) {
  const handover = aHandover({ handover: randomUUID(), call: callId, force, madeAt: at, acceptBy: at })
  const { handover: id, outcome, grade, by } = handover
  const record = makeHandoverRecord(pool)
  await record.make({ id, callId, force, outcome, grade, by, at, offered: [], chosen: [] }, handover)
  await record.claim(id, 'not-accepted', { node: 'n', at })
}

function plan(over: Partial<RetentionPlan> = {}): RetentionPlan {
  return { forces: new Map([['tvp', KEPT]]), standard: KEPT, now: NOW, by: 'tests', ...over }
}

/** A call with all that hangs on one, over and written up. */
async function putCall(
  pool: pg.Pool,
  name: string,
  { at = LONG_AGO, e164 = CALLER, force = 'tvp', isOver = true } = {}
): Promise<CallId> {
  const offer = anOffer({ name, receivedAt: at, force, homeForce: force })
  const made = offerEntry({ ...offer, eventId: makeEventId(at) })
  const entry = {
    ...made,
    call: { ...made.call, cli: { ...made.call.cli, network: { raw: e164, e164 } } }
  } as typeof made
  const { callId } = entry.call
  await appendEntries(pool, [entry])
  if (isOver) await pool.query('update contact set released_at = $2, closed_at = $2 where call_id = $1', [callId, at])
  await recordAcks(pool, [{ popId: toPopId(callId), handler: 'h1', at }])
  await addLateWord(pool, 'n', { callId, source: 'aml', state: 'none', at })
  await pool.query('insert into wrap_up values ($1, $2, $3, $3)', [callId, 'h1', at])
  const note = { callId, note: randomUUID(), about: 'note', text: 'Door kicked in.', version: 1, isDone: true } as const
  await saveNote(pool, 'n', { ...note, handler: 'h1', at })
  await putHandover(pool, { callId, force, at })
  return callId
}

const counted = async (pool: pg.Pool, from: string) =>
  (await pool.query<{ count: number }>(`select count(*) as count from ${from}`)).rows[0]?.count ?? -1

const EVERYTHING_OF_A_CALL = [
  ...['contact', 'journal', 'location_fix', 'pop_delivery', 'wrap_up', 'call_note'],
  ...['deployment', 'handover', 'handover_step', 'handover_alarm', 'handover_outbox']
]
/** So many of each. */
const ofEach = (count: number) => EVERYTHING_OF_A_CALL.map(() => count)

async function everywhere(pool: pg.Pool): Promise<readonly number[]> {
  return Promise.all(EVERYTHING_OF_A_CALL.map(table => counted(pool, table)))
}

const goneOf = (gone: readonly Gone[] | undefined, kind: string) =>
  gone?.filter(each => each.kind === kind).map(({ force, deleted, heldBack }) => ({ force, deleted, heldBack }))

t.test('an old call goes with all that hangs on it, a younger one stays, and both are told of', async t => {
  const { pool } = await makeDatabase(t)
  await putCall(pool, 'old')
  await putCall(pool, 'older', { at: LONG_AGO - 86_400_000 })
  const young = await putCall(pool, 'young', { at: YOUNG })
  const report = await runRetention(pool, plan())
  t.same(report?.failed, [])
  t.same(goneOf(report?.gone, 'contacts'), [{ force: 'tvp', deleted: 2, heldBack: 0 }])
  t.same(await everywhere(pool), ofEach(1))
  t.equal((await pool.query('select call_id from contact')).rows[0]?.call_id, young)
  const { rows } = await pool.query(
    `select force, kind, ran_by, deleted, oldest_at, newest_at, held_back, failed from retention_run where kind in ('contacts', 'run')
     order by kind`
  )
  t.same(rows, [
    {
      ...{ force: 'tvp', kind: 'contacts', ran_by: 'tests', deleted: 2 },
      ...{ oldest_at: LONG_AGO - 86_400_000, newest_at: LONG_AGO, held_back: 0, failed: null }
    },
    // With what its kinds deleted beside: the journal's events.
    {
      ...{ force: '*', kind: 'run', ran_by: 'tests', deleted: 4 },
      ...{ oldest_at: null, newest_at: null, held_back: 0, failed: null }
    }
  ])
})

t.test('each force has its own time, and a force that is not served here the standard', async t => {
  const { pool } = await makeDatabase(t)
  for (const force of ['tvp', 'hants', 'former']) await putCall(pool, force, { force })
  const forces = new Map([
    ['tvp', KEPT],
    ['hants', { ...KEPT, contactsMonths: 36, journalMonths: 36, locationFixesMonths: 36, deliveriesMonths: 36 }]
  ])
  const report = await runRetention(pool, plan({ forces }))
  t.same(report?.gone.find(({ force, kind }) => force === 'hants' && kind === 'contacts')?.deleted, undefined)
  t.same(await everywhere(pool), ofEach(1))
  t.equal((await pool.query('select force from contact')).rows[0]?.force, 'hants')
})

t.test('a call that is not over, or that the ledger still has, stays however old', async t => {
  const { pool } = await makeDatabase(t)
  await putCall(pool, 'talking', { isOver: false })
  const owed = await putCall(pool, 'owed')
  await pool.query(
    `insert into ledger (call_id, kind, force, line, number, opened_at) values ($1, 'abandoned', 'tvp', '999', '{}', $2)`,
    [owed, LONG_AGO]
  )
  const report = await runRetention(pool, plan())
  t.same(goneOf(report?.gone, 'contacts'), [{ force: 'tvp', deleted: 0, heldBack: 2 }])
  t.same(await everywhere(pool), ofEach(2))
})

const HELD = [
  { what: 'call', of: async (_: pg.Pool, callId: CallId) => callId as string },
  { what: 'number', of: async () => CALLER },
  {
    what: 'person',
    of: async (pool: pg.Pool) => {
      const { rows } = await pool.query<{ id: string }>(
        `with p as (insert into person (name, source, as_of, force) values ('Asha Okafor', 'Crime records', $1, 'tvp')
           returning person_id), l as (
           insert into number_link (e164, force, person_id, relation, as_of) select $2, 'tvp', person_id, 'subscriber', $1 from p
         ) select person_id::text as id from p`,
        [LONG_AGO, CALLER]
      )
      return rows[0]?.id ?? ''
    }
  },
  {
    what: 'incident',
    of: async (pool: pg.Pool, callId: CallId) => {
      await pool.query(
        `with i as (insert into incident (reference, force, type, status, opened_at) values ('TVP-7', 'tvp', 'Concern', 'closed', $2)
           returning incident_id) insert into contact_incident (call_id, incident_id) select $1, incident_id from i`,
        [callId, LONG_AGO]
      )
      return 'TVP-7'
    }
  }
] as const

for (const { what, of } of HELD) {
  t.test(`held: ${what}; it keeps its calls with all that hangs on them until it is released`, async t => {
    const { pool } = await makeDatabase(t)
    const held = await putCall(pool, 'held')
    await putCall(pool, 'other', { e164: OTHER })
    const hold = { force: 'tvp', what, reference: await of(pool, held), reason: 'Inquiry', by: 'an officer', at: NOW }
    const made = await addHold(pool, hold)
    t.match(made, hold)
    t.same(await openHolds(pool, NOW), [made])
    const report = await runRetention(pool, plan())
    t.same(report?.failed, [])
    t.same(goneOf(report?.gone, 'contacts'), [{ force: 'tvp', deleted: 1, heldBack: 1 }])
    t.same(await everywhere(pool), ofEach(1))
    t.equal((await pool.query('select call_id from contact')).rows[0]?.call_id, held)
    const keptBeside = { person: 'person', incident: 'incident' }[what as string]
    if (keptBeside !== undefined) t.equal(await counted(pool, keptBeside), 1)
    t.equal(await releaseHold(pool, { id: made?.id ?? 0, by: 'an officer', at: NOW }), true)
    t.equal(await releaseHold(pool, { id: made?.id ?? 0, by: 'an officer', at: NOW }), false, 'once')
    await runRetention(pool, plan())
    t.same(await everywhere(pool), ofEach(0))
    if (keptBeside !== undefined) t.equal(await counted(pool, keptBeside), 0)
  })
}

t.test('a hold has an end, is of one force, and must name what its record has', async t => {
  const { pool } = await makeDatabase(t)
  await putCall(pool, 'old')
  const hold = { force: 'tvp', what: 'number', reference: CALLER, reason: 'Inquiry', by: 'o', at: LONG_AGO } as const
  await addHold(pool, { ...hold, until: NOW })
  await addHold(pool, { ...hold, force: 'hants' })
  t.equal(await addHold(pool, { ...hold, what: 'person', reference: '4711' }), undefined)
  t.equal(await addHold(pool, { ...hold, what: 'incident', reference: 'NONE' }), undefined)
  t.equal((await openHolds(pool, NOW)).length, 1)
  await runRetention(pool, plan())
  t.equal(await counted(pool, 'contact'), 0)
})

t.test('a number that a held person had when they were held keeps its calls', async t => {
  const { pool } = await makeDatabase(t)
  const callId = await putCall(pool, 'old')
  const reference = (await HELD[2].of(pool)) as string
  await addHold(pool, { force: 'tvp', what: 'person', reference, reason: 'Inquiry', by: 'o', at: NOW })
  await pool.query('delete from number_link')
  await runRetention(pool, plan())
  t.equal((await pool.query('select call_id from contact')).rows[0]?.call_id, callId)
})

t.test('a month of the journal goes whole when nothing of it is held, and row by row when something is', async t => {
  const { pool } = await makeDatabase(t)
  await makeMonths(pool, monthsBetween(monthsBefore(NOW, 21), NOW))
  const held = await putCall(pool, 'held', { at: monthsBefore(NOW, 20) })
  await putCall(pool, 'beside', { at: monthsBefore(NOW, 20), e164: OTHER })
  await putCall(pool, 'whole', { at: monthsBefore(NOW, 19), e164: OTHER })
  await addHold(pool, { force: 'tvp', what: 'call', reference: held, reason: 'Inquiry', by: 'o', at: NOW })
  const report = await runRetention(pool, plan())
  t.same(report?.failed, [])
  t.ok(report?.dropped.includes('journal_2024_08'))
  t.notOk(report?.dropped.includes('journal_2024_07'), 'it has an event of the held call')
  t.ok(report?.dropped.includes('contact_2024_08'), 'empty')
  t.same(goneOf(report?.gone, 'journal'), [{ force: 'tvp', deleted: 2, heldBack: 1 }])
  t.same((await pool.query('select call_id from journal')).rows, [{ call_id: held }])
  t.same(
    (await knownMonths(pool, 'journal')).map(({ name }) => name),
    ['2024_07', ...monthsBetween(monthsBefore(NOW, 12), NOW).map(({ name }) => name)]
  )
})

t.test('people, addresses and warnings go when nothing has referred to them for their time', async t => {
  const { pool } = await makeDatabase(t)
  const put = async (
    name: string,
    { at = LONG_AGO, e164 = OTHER, expires = null as number | null | undefined } = {}
  ) => {
    await pool.query(
      `with p as (insert into person (name, source, as_of, force) values ($1, 'Crime records', $2, 'tvp') returning person_id),
         a as (insert into address (text, source, as_of, force) values ($1, 'Crime records', $2, 'tvp') returning address_id),
         l as (insert into number_link (e164, force, person_id, address_id, relation, as_of)
           select $3, 'tvp', person_id, address_id, 'subscriber', $2 from p, a)
       insert into marker (force, kind, person_id, source, made_at, expires_at, as_of)
       select 'tvp', 'weapons', person_id, 'Crime records', $2, $4::bigint, $2 from p where $5`,
      [name, at, e164, expires ?? null, expires !== undefined]
    )
  }
  await putCall(pool, 'lately', { at: YOUNG, e164: CALLER })
  await put('forgotten')
  await put('known since', { at: YOUNG })
  await put('has called', { e164: CALLER, expires: null })
  await put('warned of', { e164: '+447700900789', expires: NOW + 86_400_000 })
  const report = await runRetention(pool, plan())
  t.same(report?.failed, [])
  const names = async (table: string, column: string) =>
    (await pool.query(`select ${column} as name from ${table} order by 1`)).rows.map(row => row.name)
  t.same(await names('person', 'name'), ['has called', 'known since', 'warned of'])
  t.same(await names('address', 'text'), ['has called', 'known since'])
  t.equal(await counted(pool, 'number_link'), 3)
  t.equal(await counted(pool, 'marker'), 2, 'of whom is known since, and of whom one is warned')
})

t.test('a second run at the same time is none, and a run that is stopped says what it did', async t => {
  const { pool, openPool } = await makeDatabase(t)
  await putCall(pool, 'old')
  const other = await openPool({ max: 1 }).connect()
  await other.query('select pg_advisory_lock(719203116)')
  t.equal(await runRetention(pool, plan()), undefined)
  await other.query('select pg_advisory_unlock(719203116)')
  other.release()
  t.same((await runRetention(pool, plan({ isStopped: () => true })))?.gone, [])
  t.equal(await counted(pool, 'contact'), 1)
})

t.test('calls go on while a run deletes a great many', async t => {
  const { pool, openPool } = await makeDatabase(t)
  await makeMonths(pool, monthsBetween(monthsBefore(NOW, 20), NOW))
  const many = Array.from({ length: 3_000 }, (_, n) =>
    offerEntry({ ...anOffer({ name: `${n}`, receivedAt: LONG_AGO + n }), eventId: makeEventId(LONG_AGO + n) })
  )
  const filler = openPool({ max: 1, statementMs: 60_000 })
  await appendEntries(filler, many)
  await filler.query('update contact set released_at = offered_at, closed_at = offered_at')
  const journal = openPool({ max: 2, statementMs: 1_000 })
  let isOver = false
  const calls = (async () => {
    let n = 0
    for (; !isOver; n++) {
      const offer = anOffer({ name: `new ${n}`, receivedAt: NOW + n })
      await appendEntries(journal, [offerEntry({ ...offer, eventId: makeEventId(NOW + n) })])
    }
    return n
  })()
  const seen: number[] = []
  const report = await runRetention(
    pool,
    plan({ onProgress: (kind, { deleted }) => kind === 'contacts' && seen.push(deleted) })
  )
  isOver = true
  const came = await calls
  t.same(report?.failed, [])
  t.same(goneOf(report?.gone, 'contacts'), [{ force: 'tvp', deleted: 3_000, heldBack: 0 }])
  t.ok(seen.length > 5, 'in batches')
  t.equal(await counted(pool, 'contact'), came)
  t.equal(await counted(pool, 'journal'), came)
  t.comment(`${came} calls meanwhile`)
})

t.test('what fails of one kind does not keep the others', async t => {
  const { pool } = await makeDatabase(t)
  await putCall(pool, 'old')
  await pool.query('alter table crime rename column month to other')
  const report = await runRetention(pool, plan())
  t.match(report?.failed, [{ kind: 'crimes', reason: /month/ }])
  t.equal(await counted(pool, 'contact'), 0)
  t.same((await pool.query(`select failed from retention_run where kind = 'run'`)).rows, [{ failed: 'crimes' }])
})

t.test('every table has its rule of age, or is known to need none', async t => {
  const { pool } = await makeDatabase(t)
  const tables = new Set(RETENTION_KINDS.map(({ table }: RetentionKind) => table))
  const { rows } = await pool.query<{ table: string }>(
    `select relname as table from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
       and not relispartition order by 1`
  )
  // What has no age of its own: it goes with another row, has a rule of its own, or is no record of anybody.
  const others = [
    ...[
      'alarm',
      'call_note',
      'caller_word',
      'contact_incident',
      'crime_source',
      'crime_spot',
      'deployment',
      'eisec_log_on',
      'eisec_request',
      'escalation',
      'handler',
      'handover',
      'handover_alarm',
      'handover_outbox',
      'handover_step',
      'import_refusal',
      'import_run',
      'incident_link_act',
      'incident_place',
      'job_choice',
      'ledger_act',
      'ledger_later',
      'legal_hold'
    ],
    ...[
      'migration',
      'mutual_aid',
      'node',
      'number_link',
      'person_address',
      'position',
      'process_standing',
      'retention_run',
      'sign_on',
      'unit',
      'unit_state'
    ]
  ]
  t.same(
    rows.map(row => row.table).filter(table => !tables.has(table) && !others.includes(table)),
    [],
    'each table has its rule'
  )
})
