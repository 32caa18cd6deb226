import t from 'tap'
import { EVENT_TRUNK, makeBench, RING_TRUNK } from '../../../../support/sip-bench.ts'
import { header, invite, makeBranch, makeDialog, request, toTagOf } from '../../../../support/sip-text.ts'

const SLOW = { callsPerSecond: 10, burst: 10 }
const ORDINARY = { uri: 'sip:101@callbox.invalid', headers: { To: '<sip:101@callbox.invalid>' } }
const via = (rest = '') => `SIP/2.0/UDP 192.0.2.1:5060;branch=${makeBranch()}${rest}`

const ordinary = () => invite(makeDialog(), ORDINARY)
const slowTrunks = [
  { ...EVENT_TRUNK, ...SLOW },
  { ...RING_TRUNK, ...SLOW }
]

type Bench = ReturnType<typeof makeBench>

const values = async (counter: Bench['metrics']['sipRefused'] | Bench['metrics']['sipOverBudget']) =>
  Object.fromEntries((await counter.get()).values.map(each => [Object.values(each.labels).join(), each.value]))

/** Statuses of so many new 101 calls at once. */
async function flood(bench: Bench, calls: number): Promise<number[]> {
  const statuses: number[] = []
  for (let n = 0; n < calls; n++) statuses.push((await bench.say(ordinary()))[0]?.status ?? 0)
  return statuses
}

const count = (statuses: readonly number[], status: number) => statuses.filter(each => each === status).length

t.test('101 over its budget gets 503 and Retry-After; nothing of it is kept', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  t.equal(count(await flood(bench, 10), 200), 10)
  const [refused] = await bench.say(ordinary())
  t.equal(refused?.status, 503)
  t.match(header(refused, 'retry-after'), /^[1-8]$/)
  t.match(toTagOf(refused), /^[0-9a-f]{16}$/)
  t.equal(refused?.body, '')
  t.equal(bench.events.length, 10)
  t.match(bench.receiver.counts, { legs: 10, answers: 10 })
  t.equal(bench.receiver.guarded.refused, 1)
  t.same(await values(bench.metrics.sipRefused), { 'peer-rate': 1 })
  t.same(await values(bench.metrics.sipOverBudget), { 101: 1 })
  await bench.pass(1_000)
  t.equal(count(await flood(bench, 20), 200), 10, 'a second later there is room for a second’s worth')
})

t.test('a call to 999 is taken however many there are, and counted', async t => {
  const bench = makeBench(t, { trunks: slowTrunks, sip: { callsPerSecond: 10 } })
  await flood(bench, 30)
  for (let n = 0; n < 50; n++) t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200)
  t.same(await values(bench.metrics.sipOverBudget), { 101: 20, 999: 50 })
})

t.test('messages that lie unread for too long are as bad as a late loop: 101 is refused, 999 taken', async t => {
  let waitMs = 0
  const bench = makeBench(t, { sip: { maxLoopDelayMs: 50 }, unreadMs: () => waitMs })
  t.same(await flood(bench, 2), [200, 200])
  waitMs = 4_500
  t.same(await flood(bench, 2), [503, 503])
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200)
  t.same(await values(bench.metrics.sipRefused), { 'loop-delay': 2 })
  waitMs = 0
  t.same(await flood(bench, 1), [200])
})

t.test('in doubt it is a 999 call: a number nobody knows, a service number, a call the network marks', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  await flood(bench, 20)
  for (const uri of ['sip:01632960555@x', 'urn:service:sos.police', 'sip:000@x'])
    t.equal((await bench.say(invite(makeDialog(), { uri, headers: { To: `<${uri}>` } })))[0]?.status, 200, uri)
  const marked = { ...ORDINARY, headers: { ...ORDINARY.headers, 'Resource-Priority': 'wps.3, esnet.1' } }
  t.equal((await bench.say(invite(makeDialog(), marked)))[0]?.status, 200)
  t.equal((await bench.say(ordinary()))[0]?.status, 503)
})

t.test('a number nobody knows falls on a trunk without 999; the switch has another one that carries it', async t => {
  const numbers = EVENT_TRUNK.numbers.filter(({ line }) => line === '101')
  const both = [
    { ...RING_TRUNK, ...SLOW, peers: EVENT_TRUNK.peers, numbers },
    { ...EVENT_TRUNK, ...SLOW }
  ]
  const bench = makeBench(t, { trunks: both })
  await flood(bench, 30)
  t.equal((await bench.say(ordinary()))[0]?.status, 503)
  const unknown = { uri: 'sip:01632960555@x', headers: { To: '<sip:01632960555@x>' } }
  t.equal((await bench.say(invite(makeDialog(), unknown)))[0]?.status, 180)
})

t.test('one switch over its budget takes nothing from another', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  await flood(bench, 50)
  t.equal((await bench.say(ordinary(), { address: '192.0.2.2' }))[0]?.status, 180)
})

t.test('all together may not send more than the gateway was built for', async t => {
  const bench = makeBench(t, { sip: { callsPerSecond: 15 } })
  t.equal(count(await flood(bench, 20), 200), 15)
  t.equal((await bench.say(ordinary(), { address: '192.0.2.2' }))[0]?.status, 503)
  t.same(await values(bench.metrics.sipRefused), { 'total-rate': 6 })
})

t.test('what belongs to a call passes while new ones are refused: ACK, INFO, re-INVITE, CANCEL, BYE', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  const dialog = makeDialog()
  const [up] = await bench.say(invite(dialog, ORDINARY))
  const [ringing] = await bench.say(invite(makeDialog(), ORDINARY), { address: '192.0.2.2' })
  t.equal(ringing?.status, 180)
  await flood(bench, 100)
  const known = { ...dialog, toTag: toTagOf(up) }
  const inside = (method: string, cseq: number) => request({ dialog: known, method, cseq })
  t.same(await bench.say(inside('ACK', 1)), [])
  t.match(await bench.say(inside('INFO', 2)), [{ status: 200 }])
  t.match(await bench.say(invite(known, { cseq: 3 })), [{ status: 200 }])
  await bench.say(inside('ACK', 3))
  t.match(await bench.say(inside('BYE', 4)), [{ status: 200 }])
  const other = makeDialog()
  const branch = makeBranch()
  await bench.say(invite(other, { branch }))
  t.match(await bench.say(request({ dialog: other, method: 'CANCEL', branch })), [{ status: 200 }])
})

t.test('a repeat of a call that was taken is no new call', async t => {
  const bench = makeBench(t, { trunks: [{ ...EVENT_TRUNK, callsPerSecond: 1, burst: 1 }] })
  const taken = ordinary()
  t.match(await bench.say(taken), [{ status: 200 }])
  await bench.say(taken)
  await bench.say(taken)
  t.equal(bench.events.length, 1)
  t.same(await values(bench.metrics.sipRefused), {})
})

t.test('a repeat of a call that was refused stays refused: the switch may have gone on with our first 503', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  await flood(bench, 10)
  const refused = ordinary()
  const [first] = await bench.say(refused)
  await bench.pass(500)
  const [again] = await bench.say(refused)
  t.same([first?.status, again?.status], [503, 503])
  t.equal(toTagOf(again), toTagOf(first))
  t.same(await values(bench.metrics.sipOverBudget), { 101: 1 }, 'one call')
  await bench.pass(33_000)
  t.match(await bench.say(refused), [{ status: 200 }], 'after half a minute it can only be another')
})

t.test('a call that was open before a restart is none of the flood', async t => {
  const dialog = makeDialog()
  const stored = { callId: dialog.callId, fromTag: dialog.fromTag, toTag: 'abcdef0123456789' }
  const restored = [{ ...stored, trunk: EVENT_TRUNK.id, ddi: '101', wasHeld: false }]
  const bench = makeBench(t, { trunks: slowTrunks, restored })
  await flood(bench, 30)
  t.match(await bench.say(invite(dialog, ORDINARY)), [{ status: 200 }])
})

t.test('pings have a budget of their own, so that a flood of calls does not make us look dead', async t => {
  const bench = makeBench(t, { trunks: slowTrunks, sip: { pingsPerSecond: 5 } })
  await flood(bench, 50)
  const ping = () => bench.say(request({ dialog: makeDialog(), method: 'OPTIONS' }))
  for (let n = 0; n < 10; n++) t.match(await ping(), [{ status: 200 }])
  const [refused] = await ping()
  t.equal(refused?.status, 503)
  t.match(header(refused, 'retry-after'), /^\d$/)
  t.match(await values(bench.metrics.sipRefused), { 'ping-rate': 1 })
  t.match(await bench.say(invite(makeDialog())), [{ status: 200 }])
})

t.test('broken messages are answered up to a rate, then meet silence; a good call beside them is taken', async t => {
  const bench = makeBench(t, { sip: { badPerSecond: 5 } })
  const broken = () => bench.say(invite(makeDialog(), { headers: { To: 'nobody' } }))
  const statuses: number[] = []
  for (let n = 0; n < 30; n++) statuses.push((await broken())[0]?.status ?? 0)
  t.same([count(statuses, 400), count(statuses, 0)], [10, 20])
  t.match(await values(bench.metrics.sipRefused), { 'no-dialog-headers': 30, 'bad-rate': 20 })
  t.match(await bench.say(invite(makeDialog())), [{ status: 200 }])
  const [required] = await bench.say(invite(makeDialog(), { headers: { Require: 'made-up' } }))
  t.equal(required?.status, 420, 'an INVITE that can be read is told why it is not taken')
  t.equal(bench.receiver.counts.answers, 1, 'and nothing is kept of it')
  await bench.pass(1_000)
  t.equal((await broken())[0]?.status, 400)
})

t.test('Retry-After grows with the pressure', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  const retryAfter = async () => Number(header((await bench.say(ordinary()))[0], 'retry-after') ?? 0)
  await flood(bench, 10)
  t.equal(await retryAfter(), 1, 'at first nobody knows how long it lasts')
  await flood(bench, 90)
  await bench.pass(1_000)
  await flood(bench, 10)
  t.equal(await retryAfter(), 7, 'nine of ten were too many')
})

t.test(
  'a caller whose switch only asks where to send the call is not turned away: 302 to where it goes without us',
  async t => {
    const redirect = { budgetMs: 200, defaultTarget: 'sip:hunt-101@192.0.2.9' }
    const numbers = EVENT_TRUNK.numbers.filter(({ line }) => line === '101')
    const bench = makeBench(t, { trunks: [{ ...EVENT_TRUNK, ...SLOW, mode: 'redirect', redirect, numbers }] })
    await flood(bench, 20)
    const [answer] = await bench.say(ordinary())
    t.equal(answer?.status, 302)
    t.equal(header(answer, 'contact'), '<sip:hunt-101@192.0.2.9>')
    t.equal(header(answer, 'retry-after'), undefined)
  }
)

t.test('a switch that does overload control is told how much to keep back, in every answer', async t => {
  const bench = makeBench(t, { trunks: slowTrunks })
  const call = () => bench.say(invite(makeDialog(), { ...ORDINARY, via: via(';oc;oc-algo="loss"') }))
  const [calm] = await call()
  t.equal(calm?.status, 200)
  t.match(header(calm, 'via'), /;oc=0;oc-algo="loss";oc-validity=0;oc-seq=\d+\.\d{3}$/)
  for (let n = 0; n < 19; n++) await call()
  await bench.pass(1_000)
  const [told] = await call()
  t.match(header(told, 'via'), /;oc=50;oc-algo="loss";oc-validity=2000;oc-seq=\d+\.\d{3}$/)
  const ping = request({ dialog: makeDialog(), method: 'OPTIONS', via: via(';oc') })
  t.match(header((await bench.say(ping))[0], 'via'), /;oc=50;/)
  const [plain] = await bench.say(invite(makeDialog(), ORDINARY))
  t.notMatch(header(plain, 'via'), /;oc/, 'who does not ask is not told')
  await bench.pass(2_000)
  const [later] = await call()
  t.match(header(later, 'via'), /;oc=0;/, 'and does not keep back')
})

t.test('the last tenth of the dialogs is for 999, and for what may be 999', async t => {
  const bench = makeBench(t, { sip: { maxDialogs: 100 } })
  const statuses = await flood(bench, 100)
  t.same([count(statuses, 200), count(statuses, 503)], [90, 10])
  t.match(await values(bench.metrics.sipRefused), { dialogs: 10 })
  const unknown = { uri: 'sip:01632960555@x', headers: { To: '<sip:01632960555@x>' } }
  t.match(await bench.say(invite(makeDialog(), unknown)), [{ status: 200 }])
  t.match(await bench.say(invite(makeDialog())), [{ status: 200 }])
})

t.test('transactions that nobody ends are bounded: 101 is refused, 999 is not', async t => {
  const bench = makeBench(t, { sip: { maxDialogs: 100 }, take: () => new Promise(() => {}) })
  for (let n = 0; n < 100; n++) {
    const branch = makeBranch()
    const dialog = makeDialog()
    await bench.say(invite(dialog, { branch }))
    // Leaves the dialog's place, while its transaction waits for the ACK to its 487.
    await bench.say(request({ dialog, method: 'CANCEL', branch }))
  }
  t.ok(bench.receiver.counts.transactions >= 100)
  t.match(await bench.say(ordinary()), [{ status: 503 }])
  t.match(await values(bench.metrics.sipRefused), { transactions: 1 })
  await bench.say(invite(makeDialog()))
  t.equal(bench.events.filter(event => event.kind === 'offered').length, 101)
})

t.test('a peer that has gone quiet is forgotten', async t => {
  const bench = makeBench(t)
  await flood(bench, 1)
  t.equal(bench.receiver.guarded.peers, 1)
  await bench.pass(65_000)
  t.equal(bench.receiver.guarded.peers, 0)
})
