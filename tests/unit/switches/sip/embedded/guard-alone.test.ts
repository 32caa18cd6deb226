import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Fault } from '../../../../../src/operations/errors.ts'
import { type LogFields, silentLog } from '../../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../../src/operations/metrics.ts'
import { checkRequest } from '../../../../../src/switches/sip/embedded/edge.ts'
import type { FastRequest } from '../../../../../src/switches/sip/embedded/fast-request.ts'
import { Guard } from '../../../../../src/switches/sip/embedded/guard.ts'
import { parseWire } from '../../../../../src/switches/sip/embedded/parse-wire.ts'
import { TrunkTable } from '../../../../../src/switches/sip/trunk-table.ts'
import { EVENT_TRUNK, RING_TRUNK, SIP_CONFIG } from '../../../../support/sip-bench.ts'
import { invite, makeDialog } from '../../../../support/sip-text.ts'

/** The guard with a hand on everything it looks at. */
function makeGuard(t: Test) {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const lines: { event: string; thrown: unknown; fields: LogFields | undefined }[] = []
  const now = { delayMs: 0, transactions: 0 }
  const trunks = [EVENT_TRUNK, RING_TRUNK].map(trunk => ({ ...trunk, callsPerSecond: 10, burst: 10 }))
  const guard = new Guard({
    sip: { ...SIP_CONFIG, maxLoopDelayMs: 50, badPerSecond: 1 },
    trunks,
    table: new TrunkTable(trunks),
    transactions: () => now.transactions,
    loopDelayMs: () => now.delayMs,
    log: { ...silentLog, fault: (event, thrown, fields) => lines.push({ event, thrown, fields }) },
    metrics: makeMetrics(),
    clock: { now: () => Date.now(), monotonicMs: () => Date.now() }
  })
  guard.start()
  t.teardown(() => {
    guard.stop()
    mock.timers.reset()
  })
  return { guard, now, lines }
}

function call(number: string, address = '192.0.2.1'): FastRequest {
  const text = invite(makeDialog(), { uri: `sip:${number}@x`, headers: { To: `<sip:${number}@x>` } })
  const parsed = parseWire(Buffer.from(text, 'latin1'), 200)
  if (parsed.kind !== 'request') throw new Error(parsed.kind)
  const checked = checkRequest(parsed.message, { address, port: 5060, receivedAt: 0 })
  if (checked.kind !== 'checked') throw new Error(checked.kind)
  return checked.request
}

t.test('while messages wait too long 101 is refused, the longer they wait the longer it should stay away', async t => {
  const { guard, now } = makeGuard(t)
  t.equal(guard.check(call('101')), undefined)
  now.delayMs = 51
  t.same(guard.check(call('101')), { reason: 'loop-delay', retryAfterSeconds: 1 })
  now.delayMs = 75
  t.same(guard.check(call('101')), { reason: 'loop-delay', retryAfterSeconds: 5 })
  now.delayMs = 5_000
  t.same(guard.check(call('101')), { reason: 'loop-delay', retryAfterSeconds: 8 })
  t.equal(guard.check(call('999')), undefined)
  now.delayMs = 0
  t.equal(guard.check(call('101')), undefined)
})

t.test('an overload is said once a second for each switch, with counts and without a number of anybody', async t => {
  const { guard, lines } = makeGuard(t)
  for (let n = 0; n < 30; n++) guard.check(call('101'))
  for (let n = 0; n < 4; n++) guard.check(call('999'))
  for (let n = 0; n < 5; n++) guard.mayAnswerBad('192.0.2.1')
  for (let n = 0; n < 15; n++) guard.check(call('101', '192.0.2.2'))
  mock.timers.tick(5_000)
  t.match(lines, [
    { event: 'sip.over-budget', fields: { peer: '192.0.2.1', count: 20 } },
    { event: 'sip.over-budget', fields: { peer: '192.0.2.2', count: 5 } }
  ])
  t.equal(lines.length, 2)
  const [first] = lines
  t.ok(first?.thrown instanceof Fault)
  t.match(first?.thrown, { code: 'sip.over-budget', data: { refused: 20, taken: 4, unanswered: 3 } })
  t.match(String(first?.thrown), '20 refused, 4 to 999 taken, 3 not answered')
})

t.test('a peer of no trunk has no budget and needs none: the sockets drop what it sends', async t => {
  const { guard } = makeGuard(t)
  t.equal(guard.check(call('101', '198.51.100.1')), undefined)
  t.same(guard.counts, { peers: 0, refused: 0 })
})

t.test('addresses without end do not fill the memory', async t => {
  const { guard } = makeGuard(t)
  for (let n = 0; n < 25_000; n++) guard.mayAnswerBad(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  t.equal(guard.counts.peers, 20_000)
})
