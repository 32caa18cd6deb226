import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { handoverAlarm } from '../../../src/handover/handover-alarms.ts'
import { type HandoverWord, stepHandover } from '../../../src/handover/handover-machine.ts'
import type { Deployment, KnownHandover } from '../../../src/handover/handover-record.ts'
import { HANDOVER_STEPS } from '../../../src/handover/handover-steps.ts'
import { makeAlarm } from '../../../src/pop/alarm.ts'
import type { Handover, HandoverSignal } from '../../../src/pop/handover.ts'
import { makeAlarmRecord } from '../../../src/records/alarms.ts'
import { makeHandoverOutbox } from '../../../src/records/handover-outbox.ts'
import { handoversOf, makeHandoverRecord } from '../../../src/records/handovers.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { anOffer } from '../../support/call-events.ts'
import { aHandover } from '../../support/handovers.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const record = makeHandoverRecord(pool)
const outbox = makeHandoverOutbox(pool)

async function aCall(name: string): Promise<CallId> {
  const entry = offerEntry(anOffer({ name }))
  await appendEntries(pool, [entry])
  return entry.call.callId
}

function decided(callId: CallId, over: Partial<Handover> = {}): [Deployment, Handover] {
  const handover = aHandover({ handover: randomUUID(), call: callId, ...over })
  const { handover: id, force, outcome, grade, by, madeAt: at, units: chosen } = handover
  return [
    { id, callId, force, outcome, grade, by, at, chosen, offered: [{ callsign: 'AB12', words: '4 min' }] },
    handover
  ]
}

const word = (signal: HandoverSignal, over: Partial<HandoverWord> = {}): HandoverWord => ({
  ...{ signal, by: 'tvp-x01', via: 'screen', at: 1_004_000 },
  ...over
})

async function say(before: KnownHandover, said: HandoverWord): Promise<KnownHandover> {
  const stepped = stepHandover(before.handover, said)
  if (stepped.kind !== 'moved') throw new Error(stepped.kind)
  t.equal(await record.put(before, stepped.handover, said), true)
  return (await record.read(before.handover.handover)) ?? before
}

t.test('decision, hand-over and what is to be sent are written as one, once', async t => {
  const callId = await aCall('one decision')
  const [deployment, handover] = decided(callId)
  t.equal(await record.make(deployment, handover), 'made')
  t.equal(await record.make(deployment, handover), 'as-it-was', 'asked again')
  t.equal(await record.make({ ...deployment, by: 'tvp-h02' }, handover), 'not-theirs')
  t.same(await record.read(handover.handover), { rev: 1, handover })
  const { rows } = await pool.query(
    `select offered, chosen, decided_by, (select count(*)::int from handover_outbox where call_id = $1) as queued,
       (select count(*)::int from handover where call_id = $1) as handed from deployment where call_id = $1`,
    [callId]
  )
  t.match(rows, [{ offered: [{ callsign: 'AB12' }], chosen: [], decided_by: 'tvp-h01', queued: 1, handed: 1 }])
  t.match(await handoversOf(pool, callId), [{ rev: 1 }])
})

t.test('a call that the record does not have yet is handed over by nobody', async t => {
  const [deployment, handover] = decided(randomUUID() as CallId)
  t.equal(await record.make(deployment, handover), 'no-call')
  t.equal(await record.read(handover.handover), undefined)
})

t.test('of a call that is written down only, nothing is sent and nothing waited for', async t => {
  const over = { outcome: 'advice', state: 'recorded', overAt: 1_000_000, toControl: false } as const
  const [deployment, handover] = decided(await aCall('advice'), over)
  t.equal(await record.make(deployment, handover), 'made')
  const { rowCount } = await pool.query('select from handover_outbox where handover_id = $1', [handover.handover])
  t.equal(rowCount, 0)
  t.notOk((await record.due(9_999_999)).some(({ known }) => known.handover.handover === handover.handover))
})

t.test('two who speak at once are heard one after the other, and every word stands in the record', async t => {
  const [deployment, handover] = decided(await aCall('two words'))
  await record.make(deployment, handover)
  const first = { rev: 1, handover }
  const seen = await say(first, word('seen'))
  t.equal(
    await record.put(first, { ...handover, state: 'accepted' }, word('accepted')),
    false,
    'made from what was before'
  )
  const accepted = await say(seen, word('accepted', { via: 'control', by: 'control' }))
  t.match(accepted, { rev: 3, handover: { state: 'accepted', seenBy: 'tvp-x01', acceptedBy: 'control' } })
  const { rows } = await pool.query(
    'select rev, signal, state, said_by, via from handover_step where handover_id = $1 order by rev',
    [handover.handover]
  )
  t.match(rows, [
    { rev: 1, signal: 'made', state: 'sent', said_by: 'tvp-h01', via: 'screen' },
    { rev: 2, signal: 'seen', state: 'delivered', said_by: 'tvp-x01', via: 'screen' },
    { rev: 3, signal: 'accepted', state: 'accepted', said_by: 'control', via: 'control' }
  ])
  t.ok((await record.changed(60_000)).some(known => known.handover.handover === handover.handover))
  t.ok((await record.open(10)).some(known => known.rev === 3))
})

t.test('a step is one gateway’s alone, and another’s when that one died before its alarm was raised', async t => {
  const [deployment, handover] = decided(await aCall('due'))
  await record.make(deployment, handover)
  const id = handover.handover
  const dueAt = async (now: number) =>
    (await record.due(now)).flatMap(({ known, step }) => (known.handover.handover === id ? [step] : []))
  t.same(await dueAt(handover.deliverBy - 1), [])
  t.same(await dueAt(handover.acceptBy), ['not-delivered', 'not-accepted'])
  const at = handover.acceptBy
  const claims = ['one', 'two', 'three'].map(node => record.claim(id, 'not-accepted', { node, at }))
  t.same((await Promise.all(claims)).filter(Boolean).length, 1)
  t.same(await dueAt(at), ['not-delivered'])
  t.same(await dueAt(at + 5_000), ['not-delivered', 'not-accepted'], 'taken, and no alarm since')
  t.equal(await record.claim(id, 'not-accepted', { node: 'two', at: at + 5_000 }), true)
  const cause = handoverAlarm(handover, 'not-accepted', { isUrgent: true, dispatchers: [], now: at })
  await makeAlarmRecord(pool).raise(makeAlarm(cause, { node: 'two', at }))
  t.same(await dueAt(at + 60_000), ['not-delivered'], 'raised, whatever becomes of the alarm')
  t.equal(await record.claim(id, 'not-accepted', { node: 'one', at: at + 60_000 }), false)
})

t.test('there is no step without cause: it was accepted a moment before', async t => {
  const [deployment, handover] = decided(await aCall('accepted in time'))
  await record.make(deployment, handover)
  await say({ rev: 1, handover }, word('accepted', { via: 'control' }))
  const by = { node: 'one', at: handover.targetAt - 1 }
  for (const step of HANDOVER_STEPS) {
    t.equal(await record.claim(handover.handover, step, by), step === 'idle', step)
  }
})

t.test('what is to be sent is leased to one gateway, comes back when that one dies, and is done once', async t => {
  const [deployment, handover] = decided(await aCall('outbox'), { force: 'outbox-force' })
  await record.make(deployment, handover)
  const id = handover.handover
  t.same(await outbox.lease('another-force', 10, 1_000), [])
  const leases = await Promise.all([1, 2, 3].map(() => outbox.lease('outbox-force', 10, 60_000)))
  t.same(
    leases.flat().map(({ known, attempts }) => [known.handover.handover, attempts]),
    [[id, 0]]
  )
  await pool.query('update handover_outbox set leased_until = 0 where handover_id = $1', [id])
  t.match(await outbox.lease('outbox-force', 10, 60_000), [{ attempts: 1 }], 'its gateway has died')
  await outbox.again(id, 0, 'HTTP 500')
  await outbox.again(id, 0, 'HTTP 500')
  t.match(await record.read(id), { rev: 2, handover: { trouble: 'HTTP 500' } }, 'the screens are told once')
  await outbox.again(id, 60_000, 'ECONNREFUSED')
  t.same(await outbox.lease('outbox-force', 10, 60_000), [], 'not before its time')
  await pool.query('update handover_outbox set due_at = 0 where handover_id = $1', [id])
  t.match(await outbox.lease('outbox-force', 10, 60_000), [{ attempts: 2 }])
  await outbox.done(id)
  await outbox.again(id, 0, 'an answer that came late')
  t.same(await outbox.lease('outbox-force', 10, 60_000), [])
})
