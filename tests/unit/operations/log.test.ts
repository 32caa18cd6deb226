import t from 'tap'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import { toCli } from '../../../src/call/cli.ts'
import { runLookups } from '../../../src/lookups/run-lookups.ts'
import { Fault, reasonOf } from '../../../src/operations/errors.ts'
import { type LogFields, makeLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { PopCourier } from '../../../src/pop/pop-courier.ts'
import { ScreenSender } from '../../../src/pop/screen-sender.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'
import { makeTakeEvent } from '../../../src/take-event.ts'
import { ArrayJournal } from '../../support/array-journal.ts'
import { ArraySessionLog } from '../../support/array-session-log.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'

function makeWritten(level = 'debug') {
  const lines: string[] = []
  return { log: makeLog(level, { write: line => void lines.push(line) }), lines, text: () => lines.join('') }
}

t.test('only the fields that are named are written, whatever else an object holds', async t => {
  const { log, lines } = makeWritten()
  const fields = { callId: 'c1', address: '1 Nowhere Street', cli: { raw: '+447700900123' }, tookMs: 5 }
  log.info('call.popped', fields as LogFields)
  const { time, ...rest } = JSON.parse(lines[0] ?? '')
  t.type(time, 'string')
  t.same(rest, { level: 30, callId: 'c1', tookMs: 5, event: 'call.popped' })
})

t.test(
  'a number is its last three digits and a hash that is the same for the same number, in this process',
  async t => {
    const { log, lines, text } = makeWritten()
    for (const number of ['+447700900123', '+447700900123', '+447700901123']) log.info('call.popped', { number })
    const [one, same, other] = lines.map(line => JSON.parse(line).number)
    t.match(one, /^…123#[\w-]{12}$/)
    t.equal(one, same)
    t.not(one, other)
    t.notMatch(text(), /7700/)
    const elsewhere = makeWritten()
    elsewhere.log.info('call.popped', { number: '+447700900123' })
    t.not(JSON.parse(elsewhere.lines[0] ?? '').number, one, 'nobody can look numbers up in a table of hashes')
  }
)

t.test(
  'what others say of their faults is written without numbers, quoted data, and the reason in the stack',
  async t => {
    const { log, lines, text } = makeWritten()
    log.fault(
      'lookup.failed',
      new Error('no answer about +447700900123, 07700 900123 or 01632960123 (timeout 1500 ms)')
    )
    const refused = Object.assign(new Error('invalid input syntax for type bigint: "Ada Testcase"'), { code: '22P02' })
    log.fault('journal.fault', new Fault('journal.append-failed', { count: 1 }, refused))
    log.fault('pop.not-closed', new Fault('lookup.failed', { source: 'it' }, new Fault('record.away', {}, refused)))
    log.debug('hub.catch-up', { reason: 'nothing for +44 7700 900 123' })
    t.notMatch(text(), /0900123|900123|0 900 123|0123|960123|Testcase/)
    const [lookup, journal, closed] = lines.map(line => JSON.parse(line))
    t.equal(lookup.reason, 'no answer about …123, …123 or …123 (timeout 1500 ms)')
    t.match(lookup.stack, /^at .*log\.test\.ts/)
    t.match(journal, { code: 'journal.append-failed', cause: 'PostgreSQL refused the data (SQLSTATE 22P02)' })
    t.equal(reasonOf(new Fault('record.away', {}, new Error('Query read timeout'))), 'Query read timeout')
    t.match(closed, { code: 'lookup.failed', cause: journal.cause }, 'what was said first, under however many faults')
  }
)

t.test('ids, times and addresses of servers are no telephone numbers', async t => {
  const { log, lines } = makeWritten()
  const reason =
    'connect ECONNREFUSED 127.0.0.1:5432 for 01890a5d-ac96-774b-bcce-b302099a8057 at 2026-03-03T12:00:00.000Z'
  log.debug('x', { reason })
  t.equal(JSON.parse(lines[0] ?? '').reason, reason)
})

t.test('a fault goes at its own level, a bug as an error, and what is below the level is not written', async t => {
  const { log, lines } = makeWritten('warn')
  log.fault('sip.receive', new Fault('sip.malformed', { reason: 'x' }))
  log.fault('redis.lost', new Fault('redis.lost'))
  log.fault('bug', 'thrown text')
  log.info('quiet')
  t.same(
    lines.map(line => [JSON.parse(line).level, JSON.parse(line).code]),
    [
      [40, 'redis.lost'],
      [50, 'bug']
    ]
  )
})

t.test('a whole call with everything broken leaves nothing of the caller in the log', async t => {
  const { log, text, lines } = makeWritten()
  const metrics = makeMetrics()
  const clock = { now: () => NOON, monotonicMs: () => 0 }
  const sessionLog = new ArraySessionLog()
  sessionLog.isAway = true
  const journal = new ArrayJournal()
  journal.isAway = true
  const courier = new PopCourier({
    signOns: new SignOnDirectory(),
    sender: new ScreenSender({ sessionLog, sendDirect: () => {}, directPopMs: 1, log }),
    toBarePop,
    recordTaken: async () => true,
    recordClosed: async () => {},
    readCall: async () => undefined,
    onClosed: () => {},
    ...{ log, metrics, clock }
  })
  const marked = anOffer({
    name: 'marked-call-id',
    cli: toCli({ network: '+447700900987', presentation: '01632 960987', name: 'Marked Caller', isWithheld: false }),
    ddi: '01632960555',
    locationDocument: '<presence>Marked Street</presence>',
    locationReference: 'https://lis.invalid/Marked-reference',
    vehicleData: 'MarkedVehicle'
  })
  const door = makeTakeEvent({
    registry: new CallRegistry(),
    journal,
    deliver: (call, at) => courier.deliver(call, at),
    look: () => {},
    answersAtOnce: new Set(),
    node: 'n-1',
    ...{ log, metrics, clock }
  })
  t.equal(await door.take(marked), 'refused')
  const call = callAfter(marked)
  const asked = async () => {
    throw new Error(`${call.cli.network?.e164} has no answer`)
  }
  const lookups = [{ name: 'history' as const, source: 'Force record', deadlineMs: 50, ask: asked }]
  await runLookups({ lookups, guards: guardsOf(lookups), log, metrics, clock }, call, async () => {})
  t.ok(lines.length >= 3, 'it does say what went wrong')
  for (const secret of ['900987', '960987', '960 987', '960555', 'Marked', 'marked-call-id']) {
    t.notOk(text().includes(secret), secret)
  }
})
