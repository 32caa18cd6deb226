import t from 'tap'
import { makeSeededRandom } from '../../src/simulator/seeded-random.ts'
import { answeredOf, lacking, outOfOrder, poppedAt, untilPanels, untilPopped } from '../support/faults.ts'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 20, calls: 200 } as const
const CUTS = 20

t.test('a network that breaks twenty times in the middle of calls: no loss, no repeat, all in order', async t => {
  const seed = Number(process.hrtime.bigint() % 1_000_000n)
  t.comment(`seed ${seed}`)
  const random = makeSeededRandom(seed)
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const other = await signOn(t, gateway, 2)
  const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
  for (let cut = 1; cut <= CUTS; cut++) {
    // A moment is so many messages further, so that a cut falls between any two of a call's.
    const at = handler.journal.length + 1 + random.between(0, 39)
    await until(() => (handler.journal.length >= at ? '' : `${handler.journal.length} of ${at} messages`))
    handler.cut()
    await until(() => (handler.welcomes > cut ? '' : `not back after cut ${cut}`))
  }
  const report = await sipp.done
  t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
  const answered = answeredOf(report)
  await untilPopped(handler, answered)
  await untilPanels(handler, answered)
  t.same(lacking(poppedAt(handler), answered), [])
  t.equal(poppedAt(handler).length, answered.size, 'each pop once')
  t.equal(new Set(handler.journal.map(({ eventId }) => eventId)).size, handler.journal.length, 'each event once')
  t.same(outOfOrder(handler), [], 'in the order of the log')
  t.equal(handler.snapshotPops.size, 0, 'each time it went on where it was')
  t.same(other.closes, [], 'the handler at the next desk noticed nothing')
})
