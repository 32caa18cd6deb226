import t from 'tap'
import { makeBench } from '../../../../support/sip-bench.ts'
import { answerTo, callUp, kinds, RING, requestsOf, said } from '../../../../support/sip-switch.ts'
import { header, invite, makeBranch, makeDialog, OFFER, request, toTagOf } from '../../../../support/sip-text.ts'

const TIMER = { Supported: 'timer', 'Session-Expires': '1800;refresher=uac' }

t.test('a blind transfer that the switch signals rings at the other desk, and is reported back once', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  await bench.say(request({ dialog, method: 'INFO', cseq: 2, headers: { 'X-Call-State': 'answered' } }))
  const headers = { 'Refer-To': '<sip:4007@pbx.invalid>' }
  const answers = await bench.say(request({ dialog, method: 'REFER', cseq: 3, headers }))
  t.same(said(answers), ['202 REFER', 'NOTIFY'])
  const [report] = requestsOf(answers)
  t.match(report?.text, /^NOTIFY sip:switch@192\.0\.2\.1:5060 SIP\/2\.0\r\n/)
  t.equal(header(report, 'event'), 'refer;id=3')
  t.match(header(report, 'subscription-state'), 'terminated')
  t.match(report?.body, 'SIP/2.0 200 OK')
  t.match(bench.events.slice(2), [
    { kind: 'transferred', device: '4007' },
    { kind: 'alerting', device: '4007' }
  ])
  t.equal(bench.receiver.counts.requests, 1)
  await bench.say(answerTo(report))
  t.equal(bench.receiver.counts.requests, 0)
})

t.test('a switch that wants no report of its REFER gets none', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  const headers = { 'Refer-To': '<sip:+441632960123@x>', 'Refer-Sub': 'false', Require: 'norefersub' }
  const answers = await bench.say(request({ dialog, method: 'REFER', cseq: 2, headers }))
  t.same(said(answers), ['200 REFER'])
  t.equal(header(answers[0], 'refer-sub'), 'false')
  const [moved, ...more] = bench.events.slice(1)
  t.match(moved, { kind: 'transferred' })
  t.notOk(moved !== undefined && 'device' in moved, 'an outside number is no desk')
  t.same(more, [])
})

t.test('a REFER that names nobody is refused, and so is one to a fork that only rings', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  t.same(said(await bench.say(request({ dialog, method: 'REFER', cseq: 2 }))), ['400 REFER'])
  const ringing = makeDialog()
  const toTag = toTagOf((await bench.say(invite(ringing), RING))[0])
  const headers = { 'Refer-To': '<sip:4007@pbx.invalid>' }
  const refer = request({ dialog: { ...ringing, toTag }, method: 'REFER', cseq: 2, headers })
  t.same(said(await bench.say(refer, RING)), ['603 REFER'])
  t.same(kinds(bench), ['offered', 'offered'])
})

t.test('INFO of a package we do not know gets 469, unless it names a desk all the same', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  const headers = { 'Info-Package': 'dtmf' }
  const [unknown] = await bench.say(request({ dialog, method: 'INFO', cseq: 2, headers }))
  t.equal(unknown?.status, 469)
  t.equal(header(unknown, 'recv-info'), '')
  const desk = request({ dialog, method: 'INFO', cseq: 3, headers: { ...headers, 'X-Device': '4007' } })
  t.same(said(await bench.say(desk)), ['200 INFO'])
  t.same(kinds(bench), ['offered', 'alerting'])
})

t.test('a session the switch refreshes goes on; one it stops refreshing ends with our BYE and is lost', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench, { headers: TIMER })
  t.equal(header(bench.answers[0], 'session-expires'), '1800;refresher=uac')
  t.equal(header(bench.answers[0], 'require'), 'timer')
  await bench.pass(900_000)
  const [refreshed] = await bench.say(request({ dialog, method: 'UPDATE', cseq: 2, headers: TIMER }))
  t.equal(header(refreshed, 'session-expires'), '1800;refresher=uac')
  await bench.pass(1_700_000)
  t.same(kinds(bench), ['offered'], 'at 1,700 s after the refresh it is up')
  const last = await bench.pass(90_000)
  t.match(bench.events.at(-1), { kind: 'released', cause: 'lost' })
  const [bye] = requestsOf(last)
  t.match(bye?.text, /^BYE sip:switch@192\.0\.2\.1:5060 SIP\/2\.0\r\n/)
  t.equal(toTagOf(bye), dialog.fromTag)
  t.match(header(bye, 'from'), `;tag=${dialog.toTag}`)
  t.equal(header(bye, 'call-id'), dialog.callId)
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0 })
})

t.test('a refresh without a time keeps it, and a re-INVITE of a switch that no longer refreshes ends it', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench, { headers: TIMER })
  const kept = await bench.say(request({ dialog, method: 'UPDATE', cseq: 2, headers: { Supported: 'timer' } }))
  t.equal(header(kept[0], 'session-expires'), '1800;refresher=uac')
  const [ended] = await bench.say(invite(dialog, { cseq: 3 }))
  t.equal(header(ended, 'session-expires'), undefined)
  await bench.say(request({ dialog, method: 'ACK', cseq: 3 }))
  await bench.pass(3_600_000)
  t.same(kinds(bench), ['offered'])
})

t.test('a session shorter than the RFC allows is asked to be longer, at its start and inside the dialog', async t => {
  const bench = makeBench(t)
  const headers = { Supported: 'timer', 'Session-Expires': '60' }
  const asked = makeDialog()
  const [first] = await bench.say(invite(asked, { headers }))
  t.equal(first?.status, 422)
  t.equal(header(first, 'min-se'), '90')
  t.same(kinds(bench), [])
  t.match(bench.receiver.counts, { legs: 0, ongoing: 0 })
  t.same(said(await bench.say(invite(asked, { cseq: 2, headers: TIMER }))), ['200 INVITE'], 'and then it is a call')
  const dialog = await callUp(bench)
  t.same(said(await bench.say(request({ dialog, method: 'UPDATE', cseq: 2, headers }))), ['422 UPDATE'])
  t.same(said(await bench.say(invite(dialog, { cseq: 3, headers }))), ['422 INVITE'])
  t.same(
    said(await bench.say(invite(makeDialog(), { headers }), RING)),
    ['180 INVITE'],
    'a fork has no session with us'
  )
})

t.test('one offer at a time: an UPDATE while ours waits for its answer is refused with 491', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog, { body: '' }))
  const known = { ...dialog, toTag: toTagOf(answer) }
  t.same(said(await bench.say(request({ dialog: known, method: 'UPDATE', cseq: 2, body: OFFER }))), ['491 UPDATE'])
  await bench.say(request({ dialog: known, method: 'ACK', body: OFFER }))
  t.same(said(await bench.say(request({ dialog: known, method: 'UPDATE', cseq: 3, body: OFFER }))), ['200 UPDATE'])
})

t.test('a hang-up before the ACK ends the call once, and no BYE of ours follows', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog))
  const known = { ...dialog, toTag: toTagOf(answer) }
  t.same(said(await bench.say(request({ dialog: known, method: 'BYE', cseq: 2 }))), ['200 BYE'])
  t.same(await bench.pass(40_000), [])
  t.same(kinds(bench), ['offered', 'released'])
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0, transactions: 0 })
})

t.test('of a dialog known from the record, what is older than its INVITE is refused', async t => {
  const dialog = makeDialog({ toTag: 'abc123abc123' })
  const record = { ...dialog, trunk: 'event-switch', ddi: '999', cseq: 7 }
  const bench = makeBench(t, { restored: [record] })
  t.same(said(await bench.say(request({ dialog, method: 'INFO', cseq: 7 }))), ['500 INFO'])
  t.same(said(await bench.say(request({ dialog, method: 'UPDATE', cseq: 8 }))), ['200 UPDATE'])
  t.same(said(await bench.say(request({ dialog, method: 'INFO', cseq: 8 }))), ['500 INFO'])
  t.same(said(await bench.say(invite(dialog, { cseq: 6 }))), ['500 INVITE'])
  const tooShort = { Supported: 'timer', 'Session-Expires': '1' }
  t.same(said(await bench.say(invite(dialog, { cseq: 9, headers: tooShort }))), ['422 INVITE'])
  t.same(said(await bench.say(request({ dialog, method: 'BYE', cseq: 10 }))), ['200 BYE'])
  t.same(kinds(bench), ['released'])
})

t.test('a refreshed session from before a restart still ends, by the way the switch was last heard', async t => {
  const dialog = makeDialog({ toTag: 'abc123abc123' })
  const target = { uri: 'sip:switch@192.0.2.1:5060', routes: ['<sip:p1.invalid;lr>'] }
  const record = { ...dialog, trunk: 'event-switch', ddi: '999', cseq: 1, target, sessionSeconds: 300 }
  const heard = makeBench(t, { restored: [record] })
  await heard.say(request({ dialog, method: 'INFO', cseq: 2 }))
  const [bye] = requestsOf(await heard.pass(280_000))
  t.match(bye?.text, /^BYE sip:switch@192\.0\.2\.1:5060 /)
  t.equal(header(bye, 'route'), '<sip:p1.invalid;lr>')
  t.match(heard.events.at(-1), { kind: 'released', cause: 'lost' })
})

t.test('a PRACK that crosses a restart is taken; nothing rings twice', async t => {
  const dialog = makeDialog({ toTag: 'abc123abc123' })
  const bench = makeBench(t, { restored: [{ ...dialog, trunk: 'ring-switch', ddi: '999', cseq: 1 }] })
  const prack = request({ dialog, method: 'PRACK', cseq: 2, headers: { RAck: '1 1 INVITE' } })
  t.same(said(await bench.say(prack, RING)), ['200 PRACK'])
})

t.test('a ringing that must be acknowledged goes again until its PRACK', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [ringing] = await bench.say(invite(dialog, { headers: { Require: '100rel' } }), RING)
  t.equal(header(ringing, 'require'), '100rel')
  const rseq = header(ringing, 'rseq')
  const known = { ...dialog, toTag: toTagOf(ringing) }
  const prack = (cseq: number, rack: string, body = '') =>
    bench.say(request({ dialog: known, method: 'PRACK', cseq, body, headers: { RAck: rack } }), RING)
  t.equal((await bench.pass(4_000)).length, 3, 'after 0.5, 1.5 and 3.5 s')
  t.same(said(await prack(2, `${Number(rseq) + 1} 1 INVITE`)), ['481 PRACK'])
  t.same(said(await prack(3, `${rseq} 2 INVITE`)), ['481 PRACK'])
  t.same(said(await prack(4, 'x')), ['481 PRACK'])
  t.same(said(await prack(5, `${rseq} 1 INVITE`)), ['200 PRACK'])
  t.same(said(await prack(6, `${rseq} 1 INVITE`)), ['481 PRACK'], 'it is acknowledged once')
  t.same(await bench.pass(50_000), [])
  t.equal(bench.receiver.counts.legs, 1, 'and rings on')
})

t.test('a PRACK with an offer is refused, but it has acknowledged', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [ringing] = await bench.say(invite(dialog, { headers: { Require: '100rel' } }), RING)
  const known = { ...dialog, toTag: toTagOf(ringing) }
  const headers = { RAck: `${header(ringing, 'rseq')} 1 INVITE` }
  t.same(said(await bench.say(request({ dialog: known, method: 'PRACK', cseq: 2, body: OFFER, headers }), RING)), [
    '488 PRACK'
  ])
  t.same(await bench.pass(20_000), [])
})

t.test('a ringing nobody acknowledges is given up after 32 s with 504, which wins no fork and ends none', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog(), { headers: { Require: '100rel' } }), RING)
  const again = await bench.pass(31_900)
  t.equal(again.length, 6)
  t.ok(again.every(answer => answer.status === 180))
  t.equal((await bench.pass(200))[0]?.status, 504)
  t.match(bench.events.at(-1), { kind: 'released', cause: 'lost' })
  t.match(bench.receiver.counts, { legs: 0 })
})

t.test('a caller who leaves before the PRACK: 200 and 487, and the ringing stops', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(dialog, { branch, headers: { Require: '100rel' } }), RING)
  const gone = await bench.say(request({ dialog, method: 'CANCEL', branch }), RING)
  t.same([...said(gone)].sort(), ['200 CANCEL', '487 INVITE'])
  await bench.say(request({ dialog, method: 'ACK', branch }), RING)
  t.same(await bench.pass(40_000), [])
})

t.test('a switch that only could acknowledge is not asked to', async t => {
  const bench = makeBench(t)
  const [ringing] = await bench.say(invite(makeDialog(), { headers: { Supported: '100rel' } }), RING)
  t.equal(header(ringing, 'rseq'), undefined)
  const [up] = await bench.say(invite(makeDialog(), { headers: { Require: '100rel' } }))
  t.equal(up?.status, 200, 'an event leg is answered at once, with nothing to acknowledge')
})
