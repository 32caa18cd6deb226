import t from 'tap'
import { ReleaseStack } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { makeReceipts } from '../../../src/wiring/receipts.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { recordClosed } from '../../support/hands.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const releases = new ReleaseStack()
t.teardown(() => releases.release(3_000))

const seat = (handler: string, force: string, over: Partial<SignOn> = {}): SignOn => ({
  ...{ handler, name: handler, force, role: 'handler', grants: [], lines: ['999', '101'], acdQueues: [] },
  ...{ position: handler, devices: [handler] },
  ...over
})
const signOns = new Map([
  ['ann', seat('ann', 'tvp')],
  ['far', seat('far', 'hants')],
  ['aid', seat('aid', 'hants', { grants: ['tvp'] })],
  ['other-line', seat('other-line', 'tvp', { lines: ['101'] })]
])
const receipts = makeReceipts(
  { log: silentLog, releases },
  { pool },
  { signOns: { of: handler => signOns.get(handler) }, onAcked: () => {} }
)

t.test('the record knows who may have seen a pop: who may see its call, open or closed', async t => {
  const [open, closed] = [offerEntry(anOffer({ name: 'open' })), offerEntry(anOffer({ name: 'closed' }))]
  await appendEntries(pool, [open, closed])
  await recordClosed(pool, 'n-test', { callId: closed.call.callId, handler: 'ann', isLast: true }, NOON)
  const popIds = [open.call.popId, closed.call.popId]
  t.same([...(await receipts.mayHaveSeen('ann', popIds))].sort(), [...popIds].sort())
  t.equal((await receipts.mayHaveSeen('aid', popIds)).length, 2, 'by a grant')
  t.same(await receipts.mayHaveSeen('far', popIds), [], 'of another force')
  t.same(await receipts.mayHaveSeen('other-line', popIds), [], 'of another line')
  t.same(await receipts.mayHaveSeen('nobody', popIds), [], 'not signed on')
  t.same(await receipts.mayHaveSeen('ann', ['p_', 'p_no-id', offerEntry(anOffer({ name: 'no call' })).call.popId]), [])
})

t.test('an acknowledgement is kept when it is in the record, and not before', async t => {
  const { popId } = offerEntry(anOffer({ name: 'acked' })).call
  const kept: string[] = []
  receipts.recordAck('ann', [popId], NOON, each => kept.push(each))
  t.same(kept, [])
  await until(() => (kept.length > 0 ? '' : 'not kept'))
  const { rows } = await pool.query('select handler, acked_at from pop_delivery where pop_id = $1', [popId])
  t.same(rows, [{ handler: 'ann', acked_at: NOON }])
  t.equal(receipts.pending(), 0)
})
