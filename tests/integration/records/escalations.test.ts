import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { EscalationKind } from '../../../src/pop/escalation-rules.ts'
import { claimForNobody, dueSteps, forgetEscalations, makeEscalationRecord } from '../../../src/records/escalations.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { recordAcks } from '../../../src/records/pop-deliveries.ts'
import { anOffer, NOON, then } from '../../support/call-events.ts'
import { recordClosed, recordTaken } from '../../support/hands.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const record = makeEscalationRecord(pool)
const LIMITS = { unackedMs: 5_000, takeWithinMs: 60_000, lines: [{ line: '999', takeWithinMs: 15_000 }], tries: 2 }

async function aCall(name: string, over: Parameters<typeof anOffer>[0] = {}): Promise<Call> {
  const entries = entriesOf(anOffer({ name, ...over }))
  await appendEntries(pool, entries)
  const [first] = entries
  if (first === undefined) throw new Error('unreachable')
  return first.call
}

const claimOf = (
  { callId, popId, generation }: Call,
  over: { kind?: EscalationKind; step?: number; node?: string } = {}
) => ({
  ...{
    callId,
    popId,
    generation,
    kind: 'unacked' as EscalationKind,
    step: 1,
    node: 'n-1',
    handler: 'tvp-h02',
    at: NOON
  },
  ...over
})

/** What is due for one call `ms` after its offer, as `kind step`. */
async function dueFor({ callId }: Call, ms: number): Promise<readonly string[]> {
  const due = await dueSteps(pool, LIMITS, NOON + ms)
  return due.filter(step => step.callId === callId).map(({ kind, step }) => `${kind} ${step}`)
}

t.test('of all who claim a step at the same moment one acts', async t => {
  const call = await aCall('raced')
  const nodes = ['n-1', 'n-2', 'n-3', 'n-4']
  const claims = await Promise.all(nodes.map(node => record.claim(claimOf(call, { node }))))
  t.equal(claims.filter(({ won }) => won).length, 1)
  t.match(await record.claim(claimOf(call, { step: 2 })), { won: true }, 'the next step is another one')
  t.same(
    (await record.stepsOf([call.callId])).map(({ kind, handler }) => `${kind} ${handler}`),
    ['unacked tvp-h02', 'unacked tvp-h02']
  )
})

t.test('a pop that has been acknowledged, a call that was taken or is over: no step is claimed', async t => {
  const acked = await aCall('acked')
  await recordAcks(pool, [{ popId: acked.popId, handler: 'tvp-h01', at: NOON }])
  t.match(await record.claim(claimOf(acked)), { won: false, isAcked: true })
  t.match(await record.claim(claimOf(acked, { kind: 'not-taken' })), { won: true }, 'acknowledged is not taken')
  const taken = await aCall('taken')
  await recordTaken(pool, 'n-test', { callId: taken.callId, handler: 'tvp-h01', at: NOON })
  t.match(await record.claim(claimOf(taken, { kind: 'not-taken' })), { won: false, isTaken: true })
  const closed = await aCall('closed')
  await recordClosed(pool, 'n-test', { callId: closed.callId, handler: 'tvp-h01', isLast: true }, NOON)
  t.match(await record.claim(claimOf(closed)), { won: false })
})

t.test(
  'whom a pop was given to while the record was away stands there afterwards, whatever the others did meanwhile',
  async t => {
    const given = async (call: Call) => (await record.stepsOf([call.callId])).flatMap(({ handler }) => handler ?? [])
    const alone = await aCall('kept')
    await record.keep(claimOf(alone))
    await record.keep(claimOf(alone))
    t.same(await given(alone), ['tvp-h02'], 'once, however often it is written')

    const acked = await aCall('kept-acked')
    await recordAcks(pool, [{ popId: acked.popId, handler: 'tvp-h02', at: NOON + 6_000 }])
    await record.keep(claimOf(acked))
    t.same(await given(acked), ['tvp-h02'], 'acknowledged by whom it was given to')

    const told = await aCall('kept-told')
    const [due] = (await dueSteps(pool, LIMITS, NOON + 6_000)).filter(({ callId }) => callId === told.callId)
    if (due === undefined) throw new Error('nothing is due')
    t.ok(await claimForNobody(pool, due, { node: 'n-2', at: NOON + 14_000 }))
    await record.keep(claimOf(told))
    t.same(await given(told), ['tvp-h02'], 'another gateway had told the supervisors that nobody acts')
    t.equal((await record.stepsOf([told.callId])).length, 1, 'and it is the same step')

    const twice = await aCall('kept-twice')
    t.ok((await record.claim({ ...claimOf(twice, { node: 'n-2' }), handler: 'tvp-h03' })).won)
    await record.keep(claimOf(twice))
    t.same((await given(twice)).toSorted(), ['tvp-h02', 'tvp-h03'], 'another gateway had given it to somebody else')
    t.match(await record.claim(claimOf(twice, { step: 2 })), { won: false }, 'both steps are taken')
    const { handler: _, ...nobody } = claimOf(twice)
    await record.keep(nobody)
    t.equal((await record.stepsOf([twice.callId])).length, 2)
  }
)

t.test('a gateway whose call was adopted by another one claims nothing', async t => {
  const call = await aCall('adopted')
  await pool.query('update contact set generation = 2 where call_id = $1', [call.callId])
  t.match(await record.claim(claimOf(call)), { won: false })
  t.match(await record.claim(claimOf({ ...call, generation: 2 })), { won: true })
})

t.test(
  'what is due by the record: each step at its time, by the limit of its line, and no more than its tries',
  async t => {
    const call = await aCall('due')
    t.same(await dueFor(call, 4_999), [])
    t.same(await dueFor(call, 5_000), ['unacked 1'])
    await record.claim(claimOf(call))
    t.same(await dueFor(call, 9_999), [])
    t.same(await dueFor(call, 10_000), ['unacked 2'])
    t.same(await dueFor(call, 15_000), ['unacked 2', 'not-taken 1'])
    await record.claim(claimOf(call, { step: 2 }))
    t.same(await dueFor(call, 59_000), ['not-taken 1'])
    await recordTaken(pool, 'n-test', { callId: call.callId, handler: 'tvp-h01', at: NOON })
    t.same(await dueFor(call, 60_000), [])
    const other = await aCall('due-101', { line: '101' })
    t.same(await dueFor(other, 59_999), ['unacked 1'])
    t.same(await dueFor(other, 60_000), ['unacked 1', 'not-taken 1'])
  }
)

t.test('a step that found nobody is followed by the next at once, and uses up none of the others', async t => {
  const call = await aCall('nobody')
  const { handler: _, ...toNobody } = claimOf(call)
  await record.claim(toNobody)
  t.same(await dueFor(call, 5_000), ['unacked 2'])
  const fresh = await aCall('fresh', { receivedAt: NOON + 1_000 })
  const due = (await dueSteps(pool, LIMITS, NOON + 7_000)).map(({ callId }) => callId)
  t.ok(due.indexOf(fresh.callId) < due.indexOf(call.callId), 'what waits for somebody keeps nothing else waiting')
  await record.claim(claimOf(call, { step: 2 }))
  t.same(await dueFor(call, 9_999), [])
  t.same(await dueFor(call, 10_000), ['unacked 3'])
  await record.claim(claimOf(call, { step: 3 }))
  t.same(await dueFor(call, 14_999), [])
  t.same(await dueFor(call, 15_000), ['not-taken 1'], 'two have been given it')
})

t.test(
  'nothing is due for a test call, an answered one that is on a screen, an ended one, or one of long ago',
  async t => {
    t.same(await dueFor(await aCall('a-test', { test: true }), 60_000), [])
    const offer = anOffer({ name: 'answered' })
    const entries = entriesOf(offer, then(offer, 'answered', { device: '4001' }))
    await appendEntries(pool, entries)
    const answered = entries[1]?.call
    if (answered === undefined) throw new Error('unreachable')
    t.same(await dueFor(answered, 60_000), ['unacked 1'], 'answered, and on no screen')
    await recordAcks(pool, [{ popId: answered.popId, handler: 'tvp-h01', at: NOON }])
    t.same(await dueFor(answered, 60_000), [])
    const ended = anOffer({ name: 'ended' })
    const over = entriesOf(ended, then(ended, 'released'))
    await appendEntries(pool, over)
    t.same(over[1] === undefined ? undefined : await dueFor(over[1].call, 60_000), [])
    t.same(await dueFor(await aCall('long-ago'), 3_600_000), [])
  }
)

t.test('a step that the call’s gateway does not take is taken once by another, and given to nobody', async t => {
  const call = await aCall('silent-owner')
  await pool.query('update contact set generation = 7 where call_id = $1', [call.callId])
  const [due] = (await dueSteps(pool, LIMITS, NOON + 14_000)).filter(step => step.callId === call.callId)
  if (due === undefined) throw new Error('nothing is due')
  const both = await Promise.all(['n-2', 'n-3'].map(node => claimForNobody(pool, due, { node, at: NOON })))
  t.equal(both.filter(Boolean).length, 1)
  const [step] = await record.stepsOf([call.callId])
  t.notOk(step?.handler)
})

t.test('how far a pop has come, and steps of long ago', async t => {
  const call = await aCall('progress')
  t.match(await record.progressOf([call.callId]), [{ isAcked: false, isTaken: false, isOver: false }])
  await recordAcks(pool, [{ popId: call.popId, handler: 'tvp-h01', at: NOON }])
  await recordTaken(pool, 'n-test', { callId: call.callId, handler: 'tvp-h01', at: NOON })
  await recordClosed(pool, 'n-test', { callId: call.callId, handler: 'tvp-h01', isLast: true }, NOON)
  t.match(await record.progressOf([call.callId]), [{ isAcked: true, isTaken: true, isOver: true }])
  await forgetEscalations(pool, NOON + 1)
  const { rows } = await pool.query('select 1 from escalation where at < $1', [NOON + 1])
  t.same(rows, [])
})
