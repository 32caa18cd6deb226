import t from 'tap'
import { appendEntries, openCalls } from '../../../src/records/journal-rows.ts'
import { CHANNEL, readNotice } from '../../../src/records/notices.ts'
import { recordClosed, recordTaken } from '../../../src/records/wrap-ups.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)

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
