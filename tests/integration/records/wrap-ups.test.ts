import t from 'tap'
import { ReleaseStack, systemClock } from '../../../src/operations/lifecycle.ts'
import { appendEntries, openCalls } from '../../../src/records/journal-rows.ts'
import { CHANNEL, readNotice } from '../../../src/records/notices.ts'
import { recordHands } from '../../../src/records/wrap-ups.ts'
import { startHands } from '../../../src/wiring/start-hands.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { recordClosed, recordTaken } from '../../support/hands.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool, openPool } = await makeDatabase(t)

async function aCall(name: string) {
  const entry = offerEntry(anOffer({ name }))
  await appendEntries(pool, [entry])
  return entry.call.callId
}

async function known(callId: string) {
  const open = await openCalls(pool, { sinceAt: 0, limit: 100 })
  return open.find(({ call }) => call.callId === callId)
}

t.test('a call goes from the hand that sent it on to the next, and both are on record', async t => {
  const callId = await aCall('sent-on')
  t.ok(await recordTaken(pool, 'n-test', { callId, handler: 'ann', at: NOON }))
  t.notOk(await recordTaken(pool, 'n-test', { callId, handler: 'bea', at: NOON + 1 }), 'not without knowing who had it')
  t.ok(await recordTaken(pool, 'n-test', { callId, handler: 'bea', from: 'ann', at: NOON + 2 }))
  t.notOk(
    await recordTaken(pool, 'n-test', { callId, handler: 'cat', from: 'ann', at: NOON + 3 }),
    'ann has it no longer'
  )
  t.match(await known(callId), { takenBy: 'bea' })
  t.same((await known(callId))?.hands?.map(({ handler, isClosed }) => `${handler} ${isClosed}`).sort(), [
    'ann false',
    'bea false'
  ])
})

t.test('the contact is open until the last has written up', async t => {
  const callId = await aCall('two-hands')
  await recordTaken(pool, 'n-test', { callId, handler: 'ann', at: NOON })
  await recordTaken(pool, 'n-test', { callId, handler: 'bea', from: 'ann', at: NOON + 1 })
  await recordClosed(pool, 'n-test', { callId, handler: 'ann', isLast: false }, NOON + 5)
  t.same((await known(callId))?.hands?.map(({ handler, isClosed }) => `${handler} ${isClosed}`).sort(), [
    'ann true',
    'bea false'
  ])
  await recordClosed(pool, 'n-test', { callId, handler: 'bea', isLast: true }, NOON + 6)
  t.equal(await known(callId), undefined)
})

t.test('who has a call again has it to write up again', async t => {
  const callId = await aCall('again')
  await recordTaken(pool, 'n-test', { callId, handler: 'ann', at: NOON })
  await recordTaken(pool, 'n-test', { callId, handler: 'bea', from: 'ann', at: NOON + 1 })
  await recordClosed(pool, 'n-test', { callId, handler: 'ann', isLast: false }, NOON + 2)
  await recordTaken(pool, 'n-test', { callId, handler: 'ann', from: 'bea', at: NOON + 3 })
  const ann = (await known(callId))?.hands?.find(({ handler }) => handler === 'ann')
  t.match(ann, { isClosed: false })
})

t.test('a card that was written up stays so when the record only then hears that its handler had the call', async t => {
  const callId = await aCall('heard-late')
  await recordClosed(pool, 'n-test', { callId, handler: 'ann', isLast: false }, NOON + 9)
  t.ok(await recordTaken(pool, 'n-test', { callId, handler: 'ann', at: NOON + 1 }))
  t.match(await known(callId), { takenBy: 'ann', hands: [{ handler: 'ann', isClosed: true }] })
})

t.test('a card that was only shown to somebody may be put away, and stays away', async t => {
  const callId = await aCall('shown')
  await recordClosed(pool, 'n-test', { callId, handler: 'cat', isLast: false }, NOON)
  t.match((await known(callId))?.hands, [{ handler: 'cat', isClosed: true }])
})

t.test(
  'the gateway that has the call hears with the commit what was done with it at another, and only then',
  async t => {
    const callId = await aCall('told')
    const heard: string[] = []
    const listener = await pool.connect()
    listener.on('notification', ({ payload = '' }) => heard.push(payload))
    await listener.query(`listen ${CHANNEL}`)
    await recordTaken(pool, 'n-test', { callId, handler: 'ann', at: NOON })
    await recordTaken(pool, 'n-other', { callId, handler: 'bea', at: NOON })
    await recordTaken(pool, 'n-other', { callId, handler: 'bea', from: 'ann', at: NOON })
    await recordClosed(pool, 'n-other', { callId, handler: 'ann', isLast: false }, NOON)
    await recordClosed(pool, 'n-other', { callId, handler: 'bea', isLast: true }, NOON)
    await until(() => (heard.length >= 3 ? '' : `heard ${heard.length}`))
    listener.release(true)
    const said = { t: 'hand', call: callId, generation: 1 }
    t.same(
      heard.map(payload => readNotice(payload)),
      [
        { ...said, handler: 'bea', did: 'taken' },
        { ...said, handler: 'ann', did: 'closed' },
        { ...said, handler: 'bea', did: 'over' }
      ],
      'neither what its own screens did, nor what was refused'
    )
  }
)

t.test('what handlers do in one moment with many calls is one statement, and each has their own answer', async t => {
  const [free, held, put, last] = [await aCall('free'), await aCall('held'), await aCall('put'), await aCall('last')]
  const { call } = offerEntry(anOffer({ name: 'not-written' }))
  await recordTaken(pool, 'n-test', { callId: held, handler: 'ann', at: NOON })
  const answers = await recordHands(pool, 'n-test', [
    { callId: last, handler: 'ann', did: 'over', at: NOON + 1 },
    { callId: call.callId, handler: 'ann', did: 'taken', at: NOON + 1 },
    { callId: held, handler: 'bea', did: 'taken', at: NOON + 1 },
    { callId: free, handler: 'bea', did: 'taken', at: NOON + 1 },
    { callId: put, handler: 'cat', did: 'closed', at: NOON + 1 }
  ])
  t.same(answers, ['done', 'unknown', 'not-theirs', 'done', 'done'])
  t.match(await known(free), { takenBy: 'bea', hands: [{ handler: 'bea', isClosed: false }] })
  t.match(await known(held), { takenBy: 'ann', hands: [{ handler: 'ann', isClosed: false }] })
  t.match(await known(put), { hands: [{ handler: 'cat', isClosed: true }] })
  t.equal(await known(last), undefined)
  t.same(await recordHands(pool, 'n-test', []), [])
})

t.test(
  'gateways whose handlers want the same calls at once, each in an order of its own, all get their answers',
  async t => {
    const calls = await Promise.all(Array.from({ length: 20 }, (_, n) => aCall(`wanted-${n}`)))
    const rounds = Array.from({ length: 8 }, (_, n) => {
      const order = n % 2 === 0 ? calls : calls.toReversed()
      const hands = order.map(callId => ({ callId, handler: `h${n}`, did: 'taken' as const, at: NOON }))
      return recordHands(pool, `n-${n}`, hands)
    })
    const won = (await Promise.all(rounds)).flat().filter(answer => answer === 'done')
    t.equal(won.length, calls.length, 'each call has one handler')
  }
)

t.test('no statement reads all contacts for a few, whenever its plan was made', async t => {
  const { pool: own } = await makeDatabase(t)
  const link = await own.connect()
  t.teardown(() => link.release())
  const one = link as unknown as typeof own
  const add = async (from: number, count: number) => {
    const entries = Array.from({ length: count }, (_, n) => offerEntry(anOffer({ name: `of-${from + n}` })))
    await appendEntries(one, entries)
    return entries.map(({ call }) => ({ callId: call.callId, handler: 'ann', did: 'taken' as const, at: NOON }))
  }
  const wholeReads = async () => {
    await link.query('select pg_stat_force_next_flush()')
    const { rows } = await link.query<{ n: number }>(
      "select seq_scan::int as n from pg_stat_user_tables where relname = 'contact'"
    )
    return rows[0]?.n
  }
  const few = await add(0, 10)
  // PostgreSQL makes up its mind after five.
  for (let n = 0; n < 10; n++) await recordHands(one, 'n-test', few)
  await add(10, 1_000)
  const before = await wholeReads()
  await recordHands(one, 'n-test', few)
  t.equal(await wholeReads(), before)
})

t.test('a hand that is quicker than the journal waits for the call, and not for ever', async t => {
  const releases = new ReleaseStack()
  t.teardown(() => releases.release())
  const own = openPool()
  let asked = 0
  own.on('acquire', () => {
    asked += 1
  })
  const { recordTaken: take } = startHands({ clock: systemClock, releases, node: 'n-test' }, { pool: own })
  const entry = offerEntry(anOffer({ name: 'early-hand' }))
  const { callId } = entry.call
  const taken = take({ callId, handler: 'ann', at: NOON })
  await until(() => (asked > 0 ? '' : 'the record was not asked'))
  await appendEntries(pool, [entry])
  t.equal(await taken, true)
  t.match(await known(callId), { takenBy: 'ann' })
  const nobody = offerEntry(anOffer({ name: 'never-written' })).call
  await t.rejects(take({ callId: nobody.callId, handler: 'ann', at: NOON }), { code: 'record.no-call' })
})
