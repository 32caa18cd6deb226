import t, { type Test } from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { CallId } from '../../../src/call/ids.ts'
import { signAmlForm } from '../../../src/lookups/location/aml-form.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import { type FaultCode, faultCode } from '../../../src/operations/errors.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { AmlDesk, MAX_KEPT } from '../../../src/wiring/aml-desk.ts'
import { anOffer, callAfter, cliOf, NOON } from '../../support/call-events.ts'
import { until } from '../../support/until.ts'

const KEY = Buffer.from('a key between two parties, long enough')
const WINDOW_MS = 600_000
const FAR = '019cb2f8-0000-7000-8000-000000000001' as CallId

/** What a phone posts. */
const post = (number: string, radius = 12, time = NOON) =>
  Buffer.from(
    signAmlForm(
      `device_number=${encodeURIComponent(number)}&location_latitude=51.5&location_longitude=-1&location_accuracy=${radius}&time=${time}`,
      KEY
    )
  )

function makeDesk(t: Pick<Test, 'teardown'>, calls: Call[] = [], keepMs = 60_000) {
  const added: [string, LocationFix][] = []
  const said: (FaultCode | undefined)[] = []
  const far = new Map<string, CallId>()
  const desk = { time: 0, isAway: false }
  const aml = new AmlDesk({
    ...{ keys: [KEY], windowMs: WINDOW_MS, keepMs, lines: ['999'], metrics: makeMetrics() },
    cards: () => calls.map(call => ({ call }) as never),
    findCalls: async numbers => {
      if (desk.isAway) throw new Error('away')
      return new Map([...far].filter(([e164]) => numbers.some(asked => asked.e164 === e164)))
    },
    fixes: { add: (callId, fix) => void added.push([callId, fix]) },
    log: { ...silentLog, fault: (_, thrown) => void said.push(faultCode(thrown)) },
    clock: { now: () => NOON, monotonicMs: () => desk.time }
  })
  t.teardown(() => aml.stop())
  return { aml, added, said, far, desk, calls }
}

t.test('the place a phone sends is joined to its call, whichever way the number is written', async t => {
  const call = callAfter(anOffer({ receivedAt: NOON - 20_000 }))
  const { aml, added } = makeDesk(t, [callAfter(anOffer({ name: 'other', cli: cliOf(124) })), call])
  t.equal(await aml.take(post('07700 900123')), 'joined')
  t.equal(await aml.take(post('+447700900123', 9)), 'joined')
  t.match(added, [
    [call.callId, { source: 'aml', radiusMetres: 12, fixedAt: NOON }],
    [call.callId, { radiusMetres: 9 }]
  ])
})

t.test('a place is not joined to a call of another line, or of another hour', async t => {
  const { aml, added, said } = makeDesk(t, [
    callAfter(anOffer({ line: '101' })),
    callAfter(anOffer({ name: 'old', receivedAt: NOON - WINDOW_MS - 1 }))
  ])
  t.equal(await aml.take(post('07700900123')), 'kept')
  t.same(added, [])
  t.same(said, [])
})

t.test('a call that another gateway has is found by the record', async t => {
  const { aml, added, far } = makeDesk(t)
  far.set('+447700900123', FAR)
  t.equal(await aml.take(post('07700900123')), 'joined')
  t.match(added, [[FAR, { source: 'aml' }]])
})

t.test('a place that is quicker than its call waits for it, also while the record is away', async t => {
  const { aml, added, desk, calls } = makeDesk(t)
  desk.isAway = true
  t.equal(await aml.take(post('07700900123')), 'kept')
  const call = callAfter(anOffer())
  calls.push(call)
  await until(() => (added.length === 1 ? '' : 'not joined'), 5_000)
  t.match(added, [[call.callId, { source: 'aml' }]])
})

t.test('it does not wait for ever, and no more than so many wait', async t => {
  const { aml, said, desk } = makeDesk(t, [], 10)
  await aml.take(post('07700900123'))
  desk.time = 20
  await until(() => (said.length > 0 ? '' : 'still waits'), 5_000)
  t.same(said, ['aml.no-call'])
  for (let n = 0; n < MAX_KEPT + 2; n++) await aml.take(post('07700900124', n))
  t.equal(said.length, 3, 'the oldest two went')
})

t.test('what is not signed, or says nothing of use, joins nothing', async t => {
  const { aml, added, said } = makeDesk(t, [callAfter(anOffer())])
  t.equal(await aml.take(Buffer.from('device_number=07700900123')), 'refused')
  t.equal(await aml.take(Buffer.from(signAmlForm('device_number=12345678901234567890', KEY))), 'unreadable')
  t.equal(await aml.take(Buffer.from(signAmlForm('device_number=07700900123', KEY))), 'no-place')
  t.same(said, ['aml.refused', 'aml.unreadable'])
  t.same(added, [])
})

t.test('what was signed for an earlier call of the number cannot be posted again for this one', async t => {
  const { aml, added, said } = makeDesk(t, [callAfter(anOffer())])
  t.equal(await aml.take(post('07700900123', 12, NOON - WINDOW_MS - 1)), 'unreadable')
  t.same([added, said], [[], ['aml.unreadable']])
})
