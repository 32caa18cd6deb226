import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { CallEvent } from '../../../../../src/call/call-event.ts'
import type { Taken } from '../../../../../src/switches/switch-driver.ts'
import { type Bench, EVENT_TRUNK, makeBench, RING_TRUNK } from '../../../../support/sip-bench.ts'
import {
  type Answer,
  type Dialog,
  header,
  invite,
  makeBranch,
  makeDialog,
  OFFER,
  type RequestOptions,
  request,
  toTagOf
} from '../../../../support/sip-text.ts'

const RING = { address: '192.0.2.2' }
const HOLD = OFFER.replace('a=rtpmap', 'a=sendonly\r\na=rtpmap')

/** An event leg that is up and acknowledged. */
async function callUp(bench: Bench, over: Partial<RequestOptions> = {}): Promise<Dialog> {
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog, over))
  const known = { ...dialog, toTag: toTagOf(answer) }
  await bench.say(request({ dialog: known, method: 'ACK' }))
  return known
}

function kinds(bench: Bench): readonly string[] {
  return bench.events.map(event => event.kind)
}

/** A gateway whose journal is opened and shut by hand. */
function makeJournal() {
  const waiting: ((taken: Taken) => void)[] = []
  const take = (_: CallEvent) => new Promise<Taken>(resolve => waiting.push(resolve))
  return { take, answer: (taken: Taken) => waiting.shift()?.(taken) }
}

t.test('an event leg is answered 200 when the journal has it, not before', async t => {
  const journal = makeJournal()
  const bench = makeBench(t, { take: journal.take })
  t.same(await bench.say(invite(makeDialog())), [])
  t.same(kinds(bench), ['offered'])
  journal.answer('durable')
  const [answer] = await bench.pass(1)
  t.equal(answer?.status, 200)
  t.equal(header(answer, 'contact'), '<sip:callbox@127.0.0.1:5060>')
  t.equal(
    header(answer, 'allow')?.replaceAll(',', ', '),
    'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER'
  )
  t.equal(toTagOf(answer).length, 16)
  t.match(answer?.body, /^v=0\r\no=callbox \d+ \d+ IN IP4 127\.0\.0\.1\r\ns=-\r\nc=IN IP4 127\.0\.0\.1\r\nt=0 0\r\n/)
})

t.test('Record-Route comes back in its order in 180 and in 200', async t => {
  const bench = makeBench(t)
  const headers = { 'Record-Route': '<sip:p2.invalid;lr>\r\nRecord-Route: <sip:p1.invalid;lr>' }
  for (const from of [{}, RING]) {
    const [answer] = await bench.say(invite(makeDialog(), { headers }), from)
    t.same(answer?.headers.get('record-route'), ['<sip:p2.invalid;lr>', '<sip:p1.invalid;lr>'])
    t.match(header(answer, 'contact'), 'sip:callbox@')
    t.not(toTagOf(answer), '')
  }
})

t.test('a ring leg is answered 180 and never 200, whatever the switch does with it', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  const [ringing] = await bench.say(invite(dialog, { branch }), RING)
  t.equal(ringing?.status, 180)
  const known = { ...dialog, toTag: toTagOf(ringing) }
  await bench.say(invite(dialog, { branch }), RING)
  await bench.say(request({ dialog: known, method: 'INFO', cseq: 2, headers: { 'X-Call-State': 'answered' } }), RING)
  await bench.say(request({ dialog: known, method: 'UPDATE', cseq: 3, headers: { 'X-Device': '4002' } }), RING)
  await bench.say(invite(known, { cseq: 4 }), RING)
  await bench.say(request({ dialog: known, method: 'ACK' }), RING)
  await bench.say(invite(known, { cseq: 5 }), RING)
  await bench.pass(120_000)
  await bench.say(request({ dialog: known, method: 'BYE', cseq: 6 }), RING)
  await bench.pass(40_000)
  const toInvite = bench.answers.filter(answer => / INVITE$/.test(header(answer, 'cseq') ?? ''))
  t.notOk(toInvite.some(answer => answer.status >= 200 && answer.status < 300))
  t.match(kinds(bench), ['offered', 'answered', 'alerting', 'released'])
  t.ok(
    toInvite.some(answer => answer.status === 487),
    'the INVITE that rang has its own answer after the BYE'
  )
})

t.test('a ring leg is rung again each minute, so that a proxy does not give it up', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog()), RING)
  t.equal((await bench.pass(60_000))[0]?.status, 180)
})

t.test('a caller who leaves: Reason says whether somebody else has the call', async t => {
  const cases: [string, string][] = [
    ['SIP;cause=200;text="Call completed elsewhere"', 'answered-elsewhere'],
    ['Q.850;cause=26', 'answered-elsewhere'],
    ['Q.850;cause=16;text="Normal", SIP ; cause = 200', 'answered-elsewhere'],
    ['SIP;cause=487;text="cause=200"', 'abandoned'],
    ['', 'abandoned']
  ]
  for (const [reason, cause] of cases) {
    await t.test(reason === '' ? 'no Reason on a trunk that gives one' : reason, async t => {
      const bench = makeBench(t)
      const [dialog, branch] = [makeDialog(), makeBranch()]
      await bench.say(invite(dialog, { branch }), RING)
      const answers = await bench.say(request({ dialog, method: 'CANCEL', branch, headers: { Reason: reason } }), RING)
      t.same(answers.map(answer => answer.status).sort(), [200, 487])
      t.match(bench.events.at(-1), { kind: 'released', cause })
    })
  }
})

t.test('without a Reason, on a trunk that does not say why, the outcome is unknown', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  const journal = invite(dialog, { branch })
  await bench.say(journal)
  await bench.say(request({ dialog, method: 'CANCEL', branch }))
  t.same(kinds(bench), ['offered'], 'an answered INVITE is not cancelled (RFC 3261 §9.2)')
  t.equal(bench.answers.at(-1)?.status, 200)
})

t.test('a caller who leaves while the journal writes gets 200 and 487, and no 200 after it', async t => {
  const journal = makeJournal()
  const bench = makeBench(t, { take: journal.take })
  const [dialog, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(dialog, { branch }))
  const answers = await bench.say(request({ dialog, method: 'CANCEL', branch }))
  t.same(answers.map(answer => answer.status).sort(), [200, 487])
  journal.answer('durable')
  t.same(await bench.pass(100), [])
  t.match(bench.events, [{ kind: 'offered' }, { kind: 'released', cause: 'no-outcome' }])
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0 })
})

t.test('of a refused call nothing more is heard unless it is offered again: its card is not left live', async t => {
  let taken: Taken = 'refused'
  const bench = makeBench(t, { take: async () => taken })
  const [gone, back] = [makeDialog(), makeDialog()]
  await bench.say(invite(gone))
  await bench.say(invite(back))
  taken = 'durable'
  t.match(await bench.say(invite(back, { cseq: 2 })), [{ status: 200 }], 'offered again it is a call like any other')
  await bench.pass(25_000)
  const ended = bench.events.flatMap(event =>
    event.kind === 'released' ? [`${event.switchCallId} ${event.cause}`] : []
  )
  t.equal(ended.filter(each => each.startsWith(gone.callId)).join(), `${gone.callId};${gone.fromTag} lost`)
  t.same(
    ended.filter(each => each.startsWith(back.callId)),
    []
  )
})

t.test('what the journal refuses is refused to the switch: 503 to push 101 away, 500 to let 999 come back', async t => {
  const bench = makeBench(t, { take: async () => 'refused' })
  const [nonEmergency] = await bench.say(invite(makeDialog(), { uri: 'sip:101@x', headers: { To: '<sip:101@x>' } }))
  t.equal(nonEmergency?.status, 503)
  t.equal(header(nonEmergency, 'retry-after'), '5')
  const [emergency] = await bench.say(invite(makeDialog()))
  t.equal(emergency?.status, 500)
  t.equal(header(emergency, 'retry-after'), undefined)
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0 })
})

t.test('a trunk that does not wait for the journal is answered at once', async t => {
  const bench = makeBench(t, { take: async () => 'received' })
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200)
})

t.test('hold and retrieve by re-INVITE and by UPDATE, each answered with our Contact and description', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  const [held] = await bench.say(invite(dialog, { cseq: 2, body: HOLD }))
  t.equal(held?.status, 200)
  t.match(header(held, 'contact'), 'sip:callbox@')
  await bench.say(request({ dialog, method: 'ACK', cseq: 2 }))
  const [back] = await bench.say(request({ dialog, method: 'UPDATE', cseq: 3, body: OFFER }))
  t.equal(back?.status, 200)
  t.match(header(back, 'contact'), 'sip:callbox@')
  t.match(back?.body, 'a=inactive')
  t.same(kinds(bench), ['offered', 'held', 'retrieved'])
  const origins = bench.answers.flatMap(
    answer => /^o=callbox (\d+) (\d+)/m.exec(answer.body)?.slice(1, 3).join(' ') ?? []
  )
  t.equal(new Set(origins).size, 1, 'what did not change keeps its version')
})

t.test('a description of ours that changes has the next version of the same session', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  const two = `${OFFER}m=video 40002 RTP/AVP 31\r\n`
  const [again] = await bench.say(invite(dialog, { cseq: 2, body: two }))
  const read = (answer: Answer | undefined) =>
    /^o=callbox (\d+) (\d+)/m
      .exec(answer?.body ?? '')
      ?.slice(1, 3)
      .map(Number)
  const [id = 0, version = 0] = read(bench.answers[0]) ?? []
  t.same(read(again), [id, version + 1])
})

t.test('a desk named later rings, and a corrected number and place are corrections', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  const pidf = '<presence/>'
  await bench.say(request({ dialog, method: 'INFO', cseq: 2, headers: { 'X-Device': '4007' } }))
  await bench.say(
    request({ dialog, method: 'INFO', cseq: 3, headers: { 'P-Asserted-Identity': '<tel:+447700900456>' } })
  )
  await bench.say(
    request({ dialog, method: 'UPDATE', cseq: 4, body: pidf, headers: { 'Content-Type': 'application/pidf+xml' } })
  )
  t.match(bench.events.slice(1), [
    { kind: 'alerting', device: '4007' },
    { kind: 'corrected', cli: { network: { e164: '+447700900456' } } },
    { kind: 'corrected', locationDocument: pidf }
  ])
  t.same(
    bench.answers.slice(1).map(answer => answer.status),
    [200, 200, 200]
  )
})

t.test('a switch that lost the ACK of its re-INVITE may put the next caller on hold all the same', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  await bench.say(invite(dialog, { cseq: 2, body: HOLD }))
  const [soon] = await bench.say(invite(dialog, { cseq: 3, body: OFFER }))
  t.equal(soon?.status, 500, 'while the first waits for its ACK')
  t.match(header(soon, 'retry-after'), /^\d+$/)
  await bench.pass(33_000)
  const [later] = await bench.say(invite(dialog, { cseq: 4, body: OFFER }))
  t.equal(later?.status, 200)
})

t.test('a request older than the last is refused with 500 and changes nothing', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  await bench.say(request({ dialog, method: 'INFO', cseq: 9, headers: { 'X-Call-State': 'held' } }))
  for (const method of ['INFO', 'UPDATE', 'BYE']) {
    t.equal((await bench.say(request({ dialog, method, cseq: 8 })))[0]?.status, 500, method)
  }
  t.equal((await bench.say(request({ dialog, method: 'BYE', cseq: 10 })))[0]?.status, 200)
})

t.test('nobody hangs up or cancels a call of another trunk', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  for (const method of ['BYE', 'INFO', 'UPDATE']) {
    t.equal((await bench.say(request({ dialog, method, cseq: 5 }), RING))[0]?.status, 481, method)
  }
  const [ringing, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(ringing, { branch }), RING)
  t.equal((await bench.say(request({ dialog: ringing, method: 'CANCEL', branch })))[0]?.status, 481)
  t.same(kinds(bench), ['offered', 'offered'])
})

t.test('a number in no table is taken on the ring-leg trunk, where a 180 can hurt nobody', async t => {
  const trunks = [
    EVENT_TRUNK,
    {
      ...RING_TRUNK,
      peers: ['192.0.2.1'],
      numbers: [{ ...RING_TRUNK.numbers[0], number: '1', line: '999', force: 'tvp', route: 'primary' as const }]
    }
  ]
  const bench = makeBench(t, { trunks })
  const [answer] = await bench.say(invite(makeDialog(), { uri: 'sip:5550000@x', headers: { To: '<sip:5550000@x>' } }))
  t.equal(answer?.status, 180)
  t.match(bench.events[0], { trunk: 'ring-switch', ddi: '5550000' })
  const unknown = (await bench.metrics.sipUnknownNumbers.get()).values
  t.match(unknown, [{ labels: { trunk: 'ring-switch' }, value: 1 }])
})

t.test('when nearly all dialogs are in use the last tenth is for emergency calls', async t => {
  const bench = makeBench(t, { sip: { maxDialogs: 10 } })
  for (let n = 0; n < 9; n++) await bench.say(invite(makeDialog()))
  const [nonEmergency] = await bench.say(invite(makeDialog(), { uri: 'sip:101@x', headers: { To: '<sip:101@x>' } }))
  t.equal(nonEmergency?.status, 503)
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200)
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 500)
})

t.test('what rings for ten minutes and what stays up for half a day is lost, and said so', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog()), RING)
  await callUp(bench)
  await bench.pass(611_000)
  t.match(bench.events.at(-1), { kind: 'released', cause: 'lost', trunk: 'ring-switch' })
  t.equal(bench.answers.at(-1)?.status, 480)
  t.equal(bench.receiver.counts.legs, 1)
  for (let hours = 0; hours < 12; hours++) await bench.pass(3_600_000)
  t.match(bench.events.at(-1), { kind: 'released', cause: 'lost', trunk: 'event-switch' })
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0 })
})

t.test('after a restart, what the switch says inside an open call is answered 200, not 481', async t => {
  const before = makeBench(t)
  const dialog = await callUp(before)
  const memory = before.events[0]
  const restored = memory?.kind === 'offered' && memory.dialog !== undefined ? [memory.dialog] : []
  t.equal(restored.length, 1)
  t.ok(JSON.stringify(restored).length < 8_192)
  const { invite: _, ...rest } = restored[0] ?? {}
  t.notMatch(JSON.stringify(rest), '7700900123', 'it holds no number but that of From, which an answer repeats')
  await before.receiver.stop()
  const { mock } = await import('node:test')
  mock.timers.reset()
  await t.test('INFO, UPDATE and re-INVITE, then the hang-up', async t => {
    const after = makeBench(t, { restored })
    const say = async (text: string) => (await after.say(text))[0]
    const info = request({ dialog, method: 'INFO', cseq: 5, headers: { 'X-Device': '4002' } })
    t.equal((await say(info))?.status, 200)
    t.equal((await say(request({ dialog, method: 'UPDATE', cseq: 6, body: HOLD })))?.status, 200)
    const again = await say(invite(dialog, { cseq: 7 }))
    t.equal(again?.status, 200)
    t.equal(toTagOf(again), dialog.toTag)
    await after.say(request({ dialog, method: 'ACK', cseq: 7 }))
    t.equal((await say(request({ dialog, method: 'BYE', cseq: 8 })))?.status, 200)
    t.same(kinds(after), ['alerting', 'held', 'retrieved', 'released'])
    t.match(after.receiver.counts, { legs: 0, dialogs: 0 })
  })
  await t.test('the hang-up alone, and once more', async t => {
    const after = makeBench(t, { restored })
    const bye = request({ dialog, method: 'BYE', cseq: 8 })
    t.equal((await after.say(bye))[0]?.status, 200)
    t.equal((await after.say(bye))[0]?.status, 200)
    t.same(kinds(after), ['released'])
  })
  await t.test('another To-tag is another dialog', async t => {
    const after = makeBench(t, { restored })
    t.equal((await after.say(request({ dialog: { ...dialog, toTag: 'x' }, method: 'BYE', cseq: 8 })))[0]?.status, 481)
  })
  await t.test('a trunk that is no longer configured has no calls', async t => {
    const after = makeBench(t, { restored, trunks: [RING_TRUNK] })
    t.equal((await after.say(request({ dialog, method: 'BYE', cseq: 8 }), RING))[0]?.status, 481)
  })
})

t.test('a crash before the answer: the INVITE that comes again gets the To-tag it was recorded with', async t => {
  const dialog = makeDialog()
  const record = {
    callId: dialog.callId,
    fromTag: dialog.fromTag,
    toTag: 'abc123abc123',
    trunk: 'event-switch',
    ddi: '999'
  }
  const bench = makeBench(t, { restored: [record] })
  const [answer] = await bench.say(invite(dialog))
  t.equal(answer?.status, 200)
  t.equal(toTagOf(answer), 'abc123abc123')
})

t.test('a CANCEL that crosses a restart ends the call', async t => {
  const dialog = makeDialog()
  const record = {
    callId: dialog.callId,
    fromTag: dialog.fromTag,
    toTag: 'abc123abc123',
    trunk: 'ring-switch',
    ddi: '999'
  }
  const bench = makeBench(t, { restored: [record, { of: 'another driver' }] })
  const answers = await bench.say(request({ dialog, method: 'CANCEL' }), RING)
  t.same(
    answers.map(answer => `${answer.status} ${header(answer, 'cseq')} ${toTagOf(answer)}`),
    ['200 1 CANCEL abc123abc123', '487 1 INVITE abc123abc123']
  )
  t.match(bench.events, [{ kind: 'released', cause: 'abandoned' }])
})

t.test('a ring leg from before a restart is not answered by a re-INVITE either', async t => {
  const dialog = makeDialog({ toTag: 'abc123abc123' })
  const record = {
    callId: dialog.callId,
    fromTag: dialog.fromTag,
    toTag: 'abc123abc123',
    trunk: 'ring-switch',
    ddi: '999'
  }
  const bench = makeBench(t, { restored: [record] })
  t.equal((await bench.say(invite(dialog, { cseq: 2 }), RING))[0]?.status, 481)
})

t.test('UPDATE with an offer while a ring leg rings must be tried again later', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [ringing] = await bench.say(invite(dialog), RING)
  const known = { ...dialog, toTag: toTagOf(ringing) }
  const [answer] = await bench.say(request({ dialog: known, method: 'UPDATE', cseq: 2, body: OFFER }), RING)
  t.equal(answer?.status, 500)
  t.equal(header(answer, 'retry-after'), '1')
})

t.test('a call that breaks off inside us is counted and let go, and the next one is taken', async t => {
  const bench = makeBench(t)
  bench.breakSending(true)
  await bench.say(invite(makeDialog()))
  t.equal(await bench.faults(), 1)
  t.equal(bench.receiver.counts.legs, 0)
  bench.breakSending(false)
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200)
})

t.test('a handset that is lifted, told of as a phone that calls itself, is no call', async t => {
  const bench = makeBench(t)
  const self = { From: '<sip:4001@pbx>;tag=1', To: '<sip:4001@pbx>' }
  t.equal((await bench.say(invite(makeDialog(), { uri: 'sip:4001@x', headers: self })))[0]?.status, 480)
  t.same(kinds(bench), [])
  t.match(bench.receiver.counts, { legs: 0, ongoing: 0 })
})

t.test('nobody who calls is taken for it, whatever number they show', async t => {
  const bench = makeBench(t)
  const shown = { From: '<sip:999@x>;tag=1', To: '<sip:999@x>' }
  t.equal((await bench.say(invite(makeDialog(), { headers: shown })))[0]?.status, 200, 'a number of the table')
  const self = { From: '<sip:4001@pbx>;tag=1', To: '<sip:4001@pbx>' }
  const behind = { ...self, 'P-Asserted-Identity': '<tel:+447700900123>' }
  t.equal((await bench.say(invite(makeDialog(), { uri: 'sip:4001@x', headers: behind })))[0]?.status, 200)
  const nobody = { From: '<sip:pbx>;tag=1', To: '<sip:pbx>' }
  t.equal((await bench.say(invite(makeDialog(), { uri: 'sip:pbx', headers: nobody })))[0]?.status, 200)
  const namesake = { From: '<sip:4001@one>;tag=1', To: '<sip:4001@two>' }
  t.equal((await bench.say(invite(makeDialog(), { uri: 'sip:4001@x', headers: namesake })))[0]?.status, 200)
  const outside = { From: '<sip:07700900123@pbx>;tag=1', To: '<sip:07700900123@pbx>' }
  t.equal((await bench.say(invite(makeDialog(), { uri: 'sip:07700900123@x', headers: outside })))[0]?.status, 200)
  t.same(kinds(bench), Array(5).fill('offered'))
})

/** The tag of a gateway's answer to this INVITE, and what the gateway says to a hang-up of a dialog with `byeTag`. */
async function tagAt(t: Test, tagSecret: Buffer, dialog: Dialog, branch: string, byeTag?: string) {
  const bench = makeBench(t, { tagSecret })
  const [answer] = await bench.say(invite(dialog, { branch }))
  const tag = toTagOf(answer)
  const [bye] = await bench.say(request({ dialog: { ...dialog, toTag: byeTag ?? tag }, method: 'BYE', cseq: 2 }))
  await bench.receiver.stop()
  mock.timers.reset()
  return { tag, byeStatus: bye?.status }
}

t.test('a switch that asked two gateways, because one stood still, may hang up at either', async t => {
  const [dialog, branch, secret] = [makeDialog(), makeBranch(), Buffer.alloc(32, 1)]
  const first = await tagAt(t, secret, dialog, branch)
  t.same(await tagAt(t, secret, dialog, branch, first.tag), { tag: first.tag, byeStatus: 200 })
})

t.test('a tag is not to be guessed, and another INVITE of the same name has another', async t => {
  const [dialog, branch, secret] = [makeDialog(), makeBranch(), Buffer.alloc(32, 1)]
  const { tag } = await tagAt(t, secret, dialog, branch)
  t.not((await tagAt(t, Buffer.alloc(32, 2), dialog, branch)).tag, tag)
  t.not((await tagAt(t, secret, dialog, makeBranch())).tag, tag)
})
