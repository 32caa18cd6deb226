import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { toPopId } from '../../../src/call/ids.ts'
import { makeAlarm } from '../../../src/pop/alarm.ts'
import { type CallRecord, RECORD_LISTS } from '../../../src/pop/call-record.ts'
import { makeAlarmRecord } from '../../../src/records/alarms.ts'
import { saveNote } from '../../../src/records/call-notes.ts'
import { MAX_RECORD_ROWS, readCallRecord } from '../../../src/records/call-record.ts'
import { addDisclosure, extendPeek, PEEK_LAPSES_MS } from '../../../src/records/disclosures.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { addLateWord } from '../../../src/records/location-fixes.ts'
import { recordAcks, recordSeen } from '../../../src/records/pop-deliveries.ts'
import { findPastCalls, readLiveCalls } from '../../../src/records/watched-calls.ts'
import { anOffer, NOON, then } from '../../support/call-events.ts'
import { recordTaken } from '../../support/hands.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)

/** A call with a row of everything that is kept of one. */
async function putCall(name: string, { force = 'tvp', isOver = true, at = NOON } = {}): Promise<CallId> {
  const offer = anOffer({ name, force, homeForce: force, receivedAt: at })
  const answered = then(offer, 'answered', { device: '4001', receivedAt: at + 2_000 })
  const events = [offer, answered, ...(isOver ? [then(offer, 'released', { receivedAt: at + 60_000 })] : [])]
  const entries = entriesOf(...events)
  await appendEntries(pool, entries)
  const callId = entries[0]?.call.callId as CallId
  await recordTaken(pool, 'n-test', { callId, handler: 'ann', at: at + 2_000 })
  return callId
}

async function putEverything(callId: CallId): Promise<void> {
  const popId = toPopId(callId)
  await recordAcks(pool, [{ popId, handler: 'ann', at: NOON + 50 }])
  await recordSeen(pool, [{ popId, handler: 'ann', at: NOON + 80, paintMs: 21.5 }])
  const fix = {
    source: 'aml',
    shape: 'circle',
    latitude: 51.7,
    longitude: -1.2,
    radiusMetres: 12,
    fixedAt: NOON
  } as const
  await addLateWord(pool, 'n-test', { callId, source: 'aml', fix, state: 'found', at: NOON + 3_000 })
  const note = {
    callId,
    note: randomUUID(),
    about: 'note',
    text: 'Caller whispers.',
    version: 1,
    isDone: true
  } as const
  await saveNote(pool, 'n-test', { ...note, handler: 'ann', at: NOON + 4_000 })
  const cause = {
    code: 'silent-999',
    key: `silent-999:${callId}`,
    call: callId,
    force: 'tvp',
    data: { line: '999' }
  } as const
  await makeAlarmRecord(pool).raise(makeAlarm(cause, { node: 'n-test', at: NOON + 5_000 }))
  await pool.query(`insert into escalation values ($1, 'unacked', 1, $2, 'bea', 'n-test', $3)`, [
    popId,
    callId,
    NOON + 6_000
  ])
  await pool.query(
    `with made as (insert into incident (reference, force, type, status, opened_at) values ('TVP-1', 'tvp', 'Burglary', 'open', 1)
       returning incident_id), linked as (insert into contact_incident (call_id, incident_id, linked_by, linked_at)
       select $1, incident_id, 'ann', $2 from made)
     insert into incident_link_act (call_id, incident_id, act, handler, at) select $1, incident_id, 'linked', 'ann', $2 from made`,
    [callId, NOON + 7_000]
  )
  await pool.query(
    `insert into ledger (call_id, kind, force, line, number, opened_at) values ($1, 'silent', 'tvp', '999', '{}', $2)`,
    [callId, NOON + 60_000]
  )
  await pool.query(`insert into ledger_later values ($1, $2, 'call-back', $3, 'ann')`, [
    callId,
    randomUUID(),
    NOON + 65_000
  ])
  await putHandover(callId)
  const by = { handler: 'sue', position: 'sup', force: 'tvp', at: NOON + 3_000 } as const
  await addDisclosure(pool, { kind: 'peek', callId, ofForce: 'tvp', ...by, reason: 'Silent call' })
}

async function putHandover(callId: CallId): Promise<void> {
  const id = randomUUID()
  const at = NOON + 8_000
  const put = (into: string, ...values: readonly unknown[]) =>
    pool.query(`insert into ${into} values (${values.map((_, n) => `$${n + 1}`).join(', ')})`, [...values])
  await put('deployment', id, callId, 'tvp', 'units', '1', '[]', ['AB12'], 'Quickly', 'ann', at)
  await put(
    'handover (handover_id, call_id, force, state, body, due_at, made_at)',
    id,
    callId,
    'tvp',
    'sent',
    '{}',
    '{}',
    at
  )
  await put('handover_step', id, 1, callId, 'sent', 'sent', 'ann', 'screen', at)
  await put('handover_alarm', id, 'not-delivered', callId, 'n-test', at + 15_000)
  await put('handover_outbox (handover_id, call_id, force, due_at)', id, callId, 'tvp', at)
  await put('incident_place (call_id, fix, handler, at)', callId, '{"source": "typed"}', 'ann', at)
  await put('caller_word (call_id, act, e164s, handler, at)', callId, 'none', ['+447700900123'], 'ann', at)
  await put(
    'ledger_act (call_id, act, handler, at, due_at, why)',
    callId,
    'marked',
    'ann',
    at,
    at + 1,
    'Line went dead'
  )
  await put('job_choice (call_id, grade, type, handler, at)', callId, '1', 'burglary', 'ann', at)
}

const of = async (callId: CallId): Promise<CallRecord> => {
  const record = await readCallRecord(pool, callId)
  if (record === undefined || record === 'too-long') throw new Error(String(record))
  return record
}

/** The table behind each list. */
const TABLES: Readonly<Record<(typeof RECORD_LISTS)[number], string>> = {
  events: 'journal',
  shown: 'pop_delivery',
  hands: 'wrap_up',
  steps: 'escalation',
  alarms: 'alarm',
  notes: 'call_note',
  places: 'location_fix',
  incidents: 'contact_incident',
  links: 'incident_link_act',
  decisions: 'deployment',
  handovers: 'handover',
  handoverSteps: 'handover_step',
  handoverAlarms: 'handover_alarm',
  handoverSendings: 'handover_outbox',
  jobChoices: 'job_choice',
  incidentPlaces: 'incident_place',
  callerWords: 'caller_word',
  ledgerActs: 'ledger_act',
  disclosures: 'disclosure'
}

t.test('the record of a call has every row of it that there is, with every value', async t => {
  const callId = await putCall('everything')
  await putEverything(callId)
  const record = await of(callId)
  for (const list of RECORD_LISTS) {
    const key = list === 'shown' ? `pop_id = '${toPopId(callId)}'` : `call_id = '${callId}'`
    const { rows } = await pool.query(`select * from ${TABLES[list]} where ${key}`)
    t.ok(rows.length > 0, `${list}: the test has put one there`)
    t.equal(record[list].length, rows.length, list)
    const said = new Set(record[list].flatMap(row => Object.values(row).map(value => JSON.stringify(value))))
    for (const [column, value] of rows.flatMap(row => Object.entries(row))) {
      if (IN_THE_HEAD.has(column) || value === null) continue
      const text = column === 'incident_id' ? JSON.stringify(String(value)) : JSON.stringify(value)
      t.ok(
        said.has(column === 'durable_at' ? JSON.stringify((value as Date).getTime()) : text),
        `${list}.${column} ${text}`
      )
    }
  }
  const { rows } = await pool.query('select * from contact where call_id = $1', [callId])
  t.match(record.head, { callId, state: 'released', takenBy: 'ann', takenAt: NOON + 2_000, call: rows[0].call })
  t.match(record.ledger, { kind: 'silent', openedAt: NOON + 60_000, later: [{ kind: 'call-back', by: 'ann' }] })
})

/** Said once with the call, or of the store and not of the call. */
const IN_THE_HEAD = new Set([
  'call_id',
  'pop_id',
  'force',
  'call_force',
  'change',
  'disclosure_id',
  'is_over',
  'key',
  'node',
  'revision',
  'act_id',
  'changed_at',
  'leased_until',
  'kept_at'
])

t.test('no table has rows of calls that an export does not', async t => {
  const { rows } = await pool.query<{ table: string }>(
    `select relname as table from pg_class join pg_attribute on attrelid = pg_class.oid
     where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace
       and attname = 'call_id' and not attisdropped order by 1`
  )
  const exported = new Set([...Object.values(TABLES), 'contact', 'ledger', 'ledger_later'])
  // Who asked for what is in no call's record; that EISEC was asked says its place.
  const others = new Set(['search_audit', 'eisec_request'])
  t.same(
    rows.map(({ table }) => table).filter(table => !exported.has(table) && !others.has(table)),
    [],
    'a new table of calls goes into records/call-record.ts'
  )
})

t.test('a call of which nothing was said has empty lists; one that is not on record is not there', async t => {
  const record = await of(await putCall('ordinary'))
  t.same([record.notes, record.alarms, record.ledger, record.disclosures], [[], [], null, []])
  t.equal(record.events.length, 3)
  t.equal(await readCallRecord(pool, '00000000-0000-8000-8000-000000000999' as CallId), undefined)
})

t.test('more than an export holds is said, and nothing is left out in silence', async t => {
  const callId = await putCall('long')
  await pool.query(
    `insert into call_note (note_id, call_id, about, text, handler, version, is_done, begun_at, saved_at)
     select gen_random_uuid(), $1, 'note', 'x', 'ann', 1, true, n, n from generate_series(1, $2) n`,
    [callId, MAX_RECORD_ROWS + 1]
  )
  t.equal(await readCallRecord(pool, callId), 'too-long')
})

t.test('a peek is on record from its first card to its last; nobody else goes on with it, and it lapses', async t => {
  const callId = await putCall('peeked', { isOver: false })
  const by = { handler: 'sue', position: 'sup', force: 'tvp', at: NOON } as const
  const peek = await addDisclosure(pool, { kind: 'peek', callId, ofForce: 'tvp', ...by })
  const on = (at: number, over = {}) => extendPeek(pool, { peek, handler: 'sue', at, isOver: false, ...over })
  const row = async () =>
    (await pool.query('select at, until_at, is_over from disclosure where disclosure_id = $1', [peek])).rows[0]
  t.equal(await on(NOON + 1_000), callId)
  t.equal(await on(NOON + 2_000, { handler: 'sid' }), undefined)
  t.same(await row(), { at: NOON, until_at: NOON + 1_000, is_over: false })
  t.equal(await on(NOON + 4_000, { isOver: true }), callId)
  t.equal(await on(NOON + 5_000), undefined)
  t.same(await row(), { at: NOON, until_at: NOON + 4_000, is_over: true })

  const left = await addDisclosure(pool, { kind: 'peek', callId, ofForce: 'tvp', ...by })
  const later = { peek: left, handler: 'sue', at: NOON + PEEK_LAPSES_MS + 1, isOver: false }
  t.equal(await extendPeek(pool, later), undefined, 'the page had gone away without a word')
  const exported = await addDisclosure(pool, { kind: 'export', callId, ofForce: 'tvp', ...by, format: 'csv' })
  t.equal(await extendPeek(pool, { ...later, peek: exported, at: NOON }), undefined)
})

t.test('live calls are those of the force that go on: who has each, since when, and what is wrong with it', async t => {
  const { pool } = await makeDatabase(t)
  const put = async (name: string, over: { force?: string; device?: string | undefined } = {}) => {
    const { force = 'live' } = over
    const entries = entriesOf(anOffer({ name, force, homeForce: force, receivedAt: NOON + Number(name.length) }))
    await appendEntries(pool, entries)
    return entries[0]?.call.callId as CallId
  }
  const [rings, had] = [await put('rings'), await put('is had')]
  await put('elsewhere', { force: 'hants' })
  await pool.query(
    `insert into handler (handler, name, force, lines, password) values ('ann', 'Ann Testcase', 'live', '{999}', '')`
  )
  await pool.query(`insert into position values ('d1', 'Desk 1', 'live', '{4001}')`)
  await pool.query(`insert into sign_on (handler, position, since_at) values ('ann', 'd1', $1)`, [NOON])
  await recordTaken(pool, 'n-test', { callId: had, handler: 'ann', at: NOON + 50 })
  const cause = { code: 'silent-999', key: 's', call: had, force: 'live', data: { line: '999' } } as const
  await makeAlarmRecord(pool).raise(makeAlarm(cause, { node: 'n-test', at: NOON }))
  const { calls, more, at } = await readLiveCalls(pool, ['live'], NOON + 9_000)
  t.same([more, at], [0, NOON + 9_000])
  t.match(calls, [
    { call: rings, line: '999', state: 'alerting', ringing: ['4001'], alarms: [], silent: false, unheard: false },
    { call: had, handler: 'ann', name: 'Ann Testcase', position: 'd1', alarms: [{ code: 'silent-999', priority: 2 }] }
  ])
  t.equal(calls.length, 2)
  t.notMatch(JSON.stringify(calls), /900123/, 'nothing of a caller')
})

t.test('past calls are found by time, line, handler and number; and who looked for a number is on record', async t => {
  const { pool } = await makeDatabase(t)
  const put = async (name: string, at: number, line = '999') => {
    const offer = anOffer({ name, receivedAt: at, line })
    const entries = entriesOf(offer, then(offer, 'released', { receivedAt: at + 9_000, cause: 'abandoned' }))
    await appendEntries(pool, entries)
    return entries[0]?.call.callId as CallId
  }
  const first = await put('first', NOON)
  const second = await put('second', NOON + 60_000, '101')
  const third = await put('third', NOON + 120_000)
  await recordTaken(pool, 'n-test', { callId: first, handler: 'ann', at: NOON + 1 })
  await appendEntries(pool, entriesOf(anOffer({ name: 'goes on', receivedAt: NOON + 130_000 })))
  const by = { handler: 'sue', position: 'sup', force: 'tvp', at: NOON + 200_000 }
  const find = async (over: object) => {
    const ask = { forces: ['tvp'], from: NOON, until: NOON + 300_000, limit: 50 }
    return (await findPastCalls(pool, by, { ...ask, ...over })).calls.map(({ call }) => call)
  }
  t.same(await find({}), [third, second, first], 'one that goes on is not past')
  t.same(await find({ line: '101' }), [second])
  t.same(await find({ handler: 'ann' }), [first])
  t.same(await find({ until: NOON + 60_000 }), [first])
  t.same(await find({ forces: ['hants'] }), [])
  t.same(await find({ typed: '07700 900123', e164: '+447700900123' }), [third, second, first])
  t.same(await find({ typed: '01632 960999', e164: '+441632960999' }), [])
  const page = await findPastCalls(pool, by, { forces: ['tvp'], from: NOON, until: NOON + 300_000, limit: 2 })
  t.match(page, { calls: [{ call: third, cause: 'abandoned', abandoned: true }, { call: second }], more: true })
  t.same(await find({ after: { at: NOON + 60_000, callId: second } }), [first])
  const { rows } = await pool.query(`select kind, handler, query, results from search_audit where query is not null`)
  t.same(rows, [
    { kind: 'calls', handler: 'sue', query: '07700 900123', results: 3 },
    { kind: 'calls', handler: 'sue', query: '01632 960999', results: 0 }
  ])
})
