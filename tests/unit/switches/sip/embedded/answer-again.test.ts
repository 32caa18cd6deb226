import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { TrunkConfig } from '../../../../../src/operations/config-schema.ts'
import { type Bench, EVENT_TRUNK, makeBench, RING_TRUNK } from '../../../../support/sip-bench.ts'
import { kinds, RING, said } from '../../../../support/sip-switch.ts'
import { type Answer, header, invite, makeBranch, makeDialog, request, toTagOf } from '../../../../support/sip-text.ts'

/** What the record has of a call whose gateway was killed before it could answer. */
async function killedBeforeAnswer(t: Test, text: string, from = {}, trunks?: readonly TrunkConfig[]) {
  const never = () => new Promise<never>(() => {})
  const before = makeBench(t, { take: never, ...(trunks === undefined ? {} : { trunks }) })
  await before.say(text, from)
  const [event] = before.events
  const dialog = event?.kind === 'offered' ? event.dialog : undefined
  await before.receiver.stop()
  mock.timers.reset()
  return JSON.parse(JSON.stringify({ [event?.switchCallId ?? '']: dialog }))
}

/** Time before the first second answer, and the answers of that while. */
async function afterRestart(bench: Bench): Promise<readonly Answer[]> {
  return bench.pass(100)
}

t.test('killed between the record and the answer: the switch that had its 100 gets its 200 after all', async t => {
  const dialog = makeDialog()
  const branch = makeBranch()
  const via = `SIP/2.0/UDP 192.0.2.1:5080;branch=${branch};rport, SIP/2.0/UDP 192.0.2.77:5090;branch=${makeBranch()}`
  const text = invite(dialog, { via, headers: { 'Record-Route': '<sip:192.0.2.1:5080;lr>' } })
  const stored = await killedBeforeAnswer(t, text, { port: 5_099 })
  const bench = makeBench(t, { restored: [stored] })
  const [answer, ...more] = await afterRestart(bench)
  t.same(more, [])
  t.equal(answer?.status, 200)
  t.equal(answer?.port, 5_099, 'to where the INVITE came from, as its rport asks')
  t.equal(answer?.headers.get('via')?.length, 2)
  t.match(answer?.headers.get('via')?.[0], branch)
  t.equal(header(answer, 'record-route'), '<sip:192.0.2.1:5080;lr>')
  t.equal(header(answer, 'from'), `<sip:+447700900123@switch.invalid>;tag=${dialog.fromTag}`)
  t.match(answer?.body, /m=audio 9 RTP\/AVP 8\r\na=inactive/)
  const again = await bench.pass(1_600)
  t.same(said(again), ['200 INVITE', '200 INVITE'], 'until it is acknowledged')
  const known = { ...dialog, toTag: toTagOf(answer) }
  await bench.say(request({ dialog: known, method: 'ACK' }))
  t.same(await bench.pass(40_000), [])
  t.same(said(await bench.say(request({ dialog: known, method: 'BYE', cseq: 2 }))), ['200 BYE'])
  t.same(kinds(bench), ['released'])
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0 })
})

t.test('an INVITE that comes again by itself is the same call, answered once', async t => {
  const dialog = makeDialog()
  const text = invite(dialog, { branch: makeBranch() })
  const bench = makeBench(t, { restored: [await killedBeforeAnswer(t, text)] })
  const [answer] = await bench.say(text)
  t.equal(answer?.status, 200)
  await bench.say(request({ dialog: { ...dialog, toTag: toTagOf(answer) }, method: 'ACK' }))
  t.same(await bench.pass(40_000), [])
  t.same(kinds(bench), ['offered'])
})

t.test('a switch that had its answer long ago does not acknowledge it again: its call goes on', async t => {
  const dialog = makeDialog()
  const bench = makeBench(t, { restored: [await killedBeforeAnswer(t, invite(dialog))] })
  const [answer] = await afterRestart(bench)
  await bench.pass(40_000)
  t.same(kinds(bench), [], 'nothing is lost')
  t.match(bench.receiver.counts, { legs: 1, dialogs: 0 })
  const known = { ...dialog, toTag: toTagOf(answer) }
  t.same(said(await bench.say(request({ dialog: known, method: 'INFO', cseq: 4 }))), ['200 INFO'])
  t.same(said(await bench.say(request({ dialog: known, method: 'BYE', cseq: 5 }))), ['200 BYE'])
  t.same(kinds(bench), ['released'])
})

t.test('a second answer is the first one, byte for byte, so that a switch knows it for a repeat', async t => {
  const before = makeBench(t)
  const headers = { Supported: 'timer', 'Session-Expires': '1800;refresher=uac', 'Record-Route': '<sip:192.0.2.1;lr>' }
  const [first] = await before.say(invite(makeDialog(), { headers }))
  const [event] = before.events
  const stored = event?.kind === 'offered' ? JSON.parse(JSON.stringify(event.dialog)) : {}
  await before.receiver.stop()
  mock.timers.reset()
  const bench = makeBench(t, { restored: [stored] })
  const [second] = await afterRestart(bench)
  t.equal(second?.text, first?.text)
})

t.test('a proxy that goes on to us by another branch is answered there, with the same dialog', async t => {
  const dialog = makeDialog()
  const bench = makeBench(t, { restored: [await killedBeforeAnswer(t, invite(dialog))] })
  const [first] = await afterRestart(bench)
  const branch = makeBranch()
  const [second] = await bench.say(invite(dialog, { branch }))
  t.equal(second?.status, 200)
  t.match(header(second, 'via'), branch)
  t.equal(toTagOf(second), toTagOf(first))
  await bench.say(request({ dialog: { ...dialog, toTag: toTagOf(second) }, method: 'ACK' }))
  t.same(await bench.pass(40_000), [], 'and the first branch hears no more')
  t.match(bench.receiver.counts, { legs: 1, dialogs: 1 })
})

t.test('a fork gets its 180 once more, and never a 200', async t => {
  const dialog = makeDialog()
  const branch = makeBranch()
  const stored = await killedBeforeAnswer(t, invite(dialog, { branch }), RING)
  const bench = makeBench(t, { restored: [stored] })
  t.same(said(await afterRestart(bench)), ['180 INVITE'])
  t.same(await bench.pass(50_000), [])
  const cancelled = await bench.say(request({ dialog, method: 'CANCEL', branch }), RING)
  t.same([...said(cancelled)].sort(), ['200 CANCEL', '487 INVITE'])
  t.match(bench.events, [{ kind: 'released', cause: 'abandoned' }])
})

t.test('a fork whose 180 must be acknowledged is not given up for a PRACK that came before', async t => {
  const text = invite(makeDialog(), { headers: { Require: '100rel' } })
  const bench = makeBench(t, { restored: [await killedBeforeAnswer(t, text, RING)] })
  t.same(said(await afterRestart(bench)), ['180 INVITE'])
  t.notOk((await bench.pass(60_000)).some(answer => answer.status >= 300))
  t.same(kinds(bench), [])
})

t.test('a fork that is tried again by another branch rings there', async t => {
  const dialog = makeDialog()
  const bench = makeBench(t, { restored: [await killedBeforeAnswer(t, invite(dialog), RING)] })
  await afterRestart(bench)
  t.same([...said(await bench.say(invite(dialog), RING))].sort(), ['180 INVITE', '487 INVITE'])
  t.match(bench.receiver.counts, { legs: 1 })
})

t.test('who asked where to send a call is told the default', async t => {
  const asking: TrunkConfig = {
    ...EVENT_TRUNK,
    mode: 'redirect',
    separateDialog: false,
    redirect: { budgetMs: 300, defaultTarget: 'sip:queue@192.0.2.9' },
    numbers: EVENT_TRUNK.numbers.filter(row => row.number === '101')
  }
  const to101 = { uri: 'sip:101@x.invalid', headers: { To: '<sip:101@x.invalid>' } }
  const stored = await killedBeforeAnswer(t, invite(makeDialog(), to101), {}, [asking])
  const bench = makeBench(t, { trunks: [asking], restored: [stored] })
  const [answer] = await afterRestart(bench)
  t.equal(answer?.status, 302)
  t.equal(header(answer, 'contact'), '<sip:queue@192.0.2.9>')
  t.match(bench.events, [{ kind: 'released', cause: 'no-outcome' }])
})

t.test('a session that was too short is refused again, not taken', async t => {
  const text = invite(makeDialog(), { headers: { Supported: 'timer', 'Session-Expires': '1' } })
  const bench = makeBench(t, { restored: [await killedBeforeAnswer(t, text)] })
  t.equal((await afterRestart(bench))[0]?.status, 422)
})

t.test('what is said inside the dialog first proves that the answer had come', async t => {
  const dialog = makeDialog()
  const stored = await killedBeforeAnswer(t, invite(dialog))
  const [memory] = Object.values(stored) as [{ toTag: string }]
  const bench = makeBench(t, { restored: [stored] })
  const info = request({ dialog: { ...dialog, toTag: memory.toTag }, method: 'INFO', cseq: 2 })
  t.same(said(await bench.say(info)), ['200 INFO'])
  t.same(await bench.pass(40_000), [])
})

t.test('after three minutes nobody waits, and nobody is answered', async t => {
  const stored = await killedBeforeAnswer(t, invite(makeDialog()))
  const [memory] = Object.values(stored) as [{ invite: { receivedAt: number } }]
  memory.invite.receivedAt -= 181_000
  const bench = makeBench(t, { restored: [stored] })
  t.same(await bench.pass(40_000), [])
  t.match(bench.receiver.counts, { legs: 1 })
})

t.test('a thousand calls a second are answered again, the newest first', async t => {
  const offers = Array.from({ length: 60 }, () => invite(makeDialog()))
  const stored = []
  for (const text of offers) stored.push(await killedBeforeAnswer(t, text))
  const bench = makeBench(t, { restored: stored })
  const first = await bench.pass(20)
  t.equal(first.length, 20)
  const newest = Object.keys(stored.at(-1)).map(name => name.split(';')[0])
  t.equal(header(first[0], 'call-id'), newest[0])
  await bench.pass(20)
  t.equal((await bench.pass(20)).length, 20)
  t.equal(await bench.faults(), 0)
})

t.test('what cannot be read any more, or has no way back, is left as the record knows it', async t => {
  const stored = await killedBeforeAnswer(t, invite(makeDialog()))
  const [[name, memory]] = Object.entries(stored) as [[string, Record<string, object>]]
  const odd = (over: object) => ({ [name]: { ...memory, invite: { ...memory['invite'], ...over } } })
  for (const over of [{ text: 'nothing' }, { text: 'INVITE sip:x SIP/2.0\r\n\r\n' }, { text: 7 }, { port: 'x' }]) {
    const bench = makeBench(t, { restored: [odd(over)] })
    t.same(await bench.pass(1_000), [])
    t.match(bench.receiver.counts, { legs: 1 })
    t.equal(await bench.faults(), 0)
    await bench.receiver.stop()
    mock.timers.reset()
  }
  const none = makeBench(t, { restored: [stored], trunks: [RING_TRUNK] })
  t.match(none.receiver.counts, { legs: 0 })
})
