import t, { type Test } from 'tap'
import type { CallEvent } from '../../src/call/call-event.ts'
import { makeEventId } from '../../src/call/ids.ts'
import type { Config, TrunkConfig } from '../../src/operations/config-schema.ts'
import { type LogFields, silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { EmbeddedSipDriver } from '../../src/switches/sip/embedded/embedded-sip-driver.ts'
import { EVENT_TRUNK, SIP_CONFIG } from '../support/sip-bench.ts'
import { type SipClient, udpClient } from '../support/sip-client.ts'
import { type Answer, header, invite, makeBranch, makeDialog, request, toTagOf } from '../support/sip-text.ts'
import { until } from '../support/until.ts'

/*
 * More than a switch may send, over real sockets, with the clock of the budgets in the test's hand: what is asserted
 * are counts, however slow the machine is.
 */

const LIMIT = 100
/** As many as a client's socket holds answers for. */
const AT_ONCE = 50

async function makeDriver(t: Test, { sip, trunk }: { sip?: Partial<Config['sip']>; trunk?: Partial<TrunkConfig> }) {
  const metrics = makeMetrics()
  const events: CallEvent[] = []
  const lines: LogFields[] = []
  let now = Date.now()
  const driver = new EmbeddedSipDriver({
    sip: { ...SIP_CONFIG, maxDialogs: 20_000, ...sip },
    trunks: [{ ...EVENT_TRUNK, peers: ['127.0.0.1', '127.0.0.3'], ...trunk }],
    makeEventId,
    log: { ...silentLog, fault: (_event, _thrown, fields = {}) => lines.push(fields) },
    metrics,
    clock: { now: () => now, monotonicMs: () => now }
  })
  await driver.start(async event => {
    events.push(event)
    return 'durable'
  })
  t.teardown(() => driver.stop())
  const refused = async (reason: string) =>
    (await metrics.sipRefused.get()).values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0
  const pass = (ms: number) => {
    now += ms
  }
  return { driver, events, lines, metrics, refused, pass }
}

type Line = '101' | '999'

/** Places calls a batch at a time and sees each to its end: ACK and BYE where it was taken, ACK where not. */
async function placeAll(client: SipClient, lines: readonly Line[]): Promise<{ line: Line; answer: Answer }[]> {
  const done: { line: Line; answer: Answer }[] = []
  for (let from = 0; from < lines.length; from += AT_ONCE) {
    const calls = lines.slice(from, from + AT_ONCE).map(line => ({ line, dialog: makeDialog(), branch: makeBranch() }))
    const via = (branch = makeBranch()) => `SIP/2.0/UDP 127.0.0.1:${client.port};branch=${branch}`
    const to = (line: Line, tag = '') => ({
      uri: `sip:${line}@callbox.invalid`,
      headers: { To: `<sip:${line}@callbox.invalid>${tag}` }
    })
    for (const { line, dialog, branch } of calls) await client.send(invite(dialog, { via: via(branch), ...to(line) }))
    // By name: an answer comes twice where the machine stands still for half a second before its ACK.
    const answerTo = (callId: string, method: string) =>
      client.answers.find(each => header(each, 'call-id') === callId && header(each, 'cseq')?.endsWith(method))
    const lacking = (method: string, of: typeof calls) =>
      of.filter(({ dialog }) => answerTo(dialog.callId, method) === undefined).length
    await until(() => (lacking('INVITE', calls) === 0 ? '' : 'not every INVITE has its answer'))
    const taken: typeof calls = []
    for (const call of calls) {
      const answer = answerTo(call.dialog.callId, 'INVITE')
      if (answer === undefined) continue
      done.push({ line: call.line, answer })
      const known = { ...call.dialog, toTag: toTagOf(answer) }
      const tagged = to(call.line, `;tag=${known.toTag}`)
      const isTaken = answer.status === 200
      const ack = via(isTaken ? undefined : call.branch)
      await client.send(request({ dialog: known, method: 'ACK', via: ack, ...tagged }))
      if (!isTaken) continue
      taken.push(call)
      await client.send(request({ dialog: known, method: 'BYE', cseq: 2, via: via(), ...tagged }))
    }
    await until(() => (lacking('BYE', taken) === 0 ? '' : 'a BYE has no answer'))
    client.answers.length = 0
  }
  return done
}

const statusesOf = (calls: readonly { line: Line; answer: Answer }[], line: Line) =>
  calls.filter(call => call.line === line).map(({ answer }) => answer.status)
const count = (statuses: readonly number[], status: number) => statuses.filter(each => each === status).length

for (const [what, parts] of Object.entries({
  'one switch': { trunk: { callsPerSecond: LIMIT, burst: LIMIT } },
  'all switches': { sip: { callsPerSecond: LIMIT } }
})) {
  t.test(`101 at three times the limit of ${what}: the limit is served, every 999 call is taken`, async t => {
    const { driver, events, lines, metrics, pass } = await makeDriver(t, parts)
    const client = await udpClient(t, driver.port)
    const calls: { line: Line; answer: Answer }[] = []
    const SECONDS = 5
    for (let second = 0; second < SECONDS; second++) {
      const ordinary = Array.from({ length: 3 * LIMIT }, (): Line => '101')
      const placed = ordinary.flatMap((line, n): Line[] => (n % 30 === 0 ? [line, '999'] : [line]))
      calls.push(...(await placeAll(client, placed)))
      pass(1_000)
    }
    const ordinary = statusesOf(calls, '101')
    const emergency = statusesOf(calls, '999')
    t.same([ordinary.length, emergency.length], [3 * LIMIT * SECONDS, 10 * SECONDS], 'each has one answer')
    t.equal(count(emergency, 200), emergency.length)
    const served = count(ordinary, 200)
    t.comment(`figure: ${served} of ${LIMIT * SECONDS} calls that the limit allows, ${emergency.length} to 999`)
    t.ok(served >= 0.9 * LIMIT * SECONDS, `${served} served`)
    t.ok(served <= LIMIT * SECONDS)
    t.equal(count(ordinary, 503), ordinary.length - served)
    const retries = calls
      .filter(({ answer }) => answer.status === 503)
      .map(({ answer }) => header(answer, 'retry-after'))
    t.same([...new Set(retries.map(each => /^[1-8]$/.test(each ?? '')))], [true], 'each 503 says when to come back')
    const kinds = events.map(({ kind }) => kind)
    const taken = served + emergency.length
    t.same(
      [kinds.filter(kind => kind === 'offered').length, kinds.filter(kind => kind === 'released').length],
      [taken, taken],
      'each call taken is in the record from its offer to its end'
    )
    const over = (await metrics.sipOverBudget.get()).values.find(({ labels }) => labels['line'] === '999')
    t.ok((over?.value ?? 0) > 0, `${over?.value} calls to 999 over the budget`)
    const refused = ordinary.length - served
    await until(() => {
      const said = lines.reduce((sum, fields) => sum + (fields.count ?? 0), 0)
      return said === refused ? '' : `the log has ${said} of ${refused}`
    })
    t.equal((await metrics.sipReceiveFaults.get()).values[0]?.value ?? 0, 0)
  })
}

t.test('a flood of broken messages from one switch: silence for it, answers for the other', async t => {
  const { driver, events, refused } = await makeDriver(t, { sip: { badPerSecond: 10 } })
  const broken = await udpClient(t, driver.port)
  const good = await udpClient(t, driver.port, '127.0.0.3')
  const text = () =>
    invite(makeDialog(), {
      via: `SIP/2.0/UDP 127.0.0.1:${broken.port};branch=${makeBranch()}`,
      headers: { CSeq: 'one INVITE' }
    })
  for (let n = 0; n < 1_000; n++) {
    await broken.send(text())
    if (n % 100 !== 0) continue
    const dialog = makeDialog()
    await good.send(invite(dialog, { via: `SIP/2.0/UDP 127.0.0.3:${good.port};branch=${makeBranch()}` }))
    t.equal((await good.final()).status, 200)
  }
  await until(async () => ((await refused('no-dialog-headers')) === 1_000 ? '' : 'not all have been read'))
  t.equal(await refused('bad-rate'), 980)
  await until(() => (broken.answers.length === 20 ? '' : `${broken.answers.length} answers`))
  t.same([...new Set(broken.answers.map(({ status }) => status))], [400])
  t.equal(events.length, 10)
})
