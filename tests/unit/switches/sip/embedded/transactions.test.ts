import t from 'tap'
import type { Taken } from '../../../../../src/switches/switch-driver.ts'
import { makeBench } from '../../../../support/sip-bench.ts'
import { answerTo, callUp, kinds, RING, requestsOf, said } from '../../../../support/sip-switch.ts'
import { header, invite, makeBranch, makeDialog, OFFER, request, toTagOf } from '../../../../support/sip-text.ts'

/*
 * RFC 3261 §17 with RFC 6026, timer by timer: what each is for, who keeps it here, and that it is kept. The same list
 * stands in docs/decisions/0004.
 */

const REFUSED = { Require: 'precondition' }
const TCP = { isReliable: true }

/** Each answer with the time at which it was sent, in steps of 100 ms. */
async function times(bench: ReturnType<typeof makeBench>, totalMs: number): Promise<number[]> {
  const at: number[] = []
  for (let ms = 100; ms <= totalMs; ms += 100) {
    for (const _ of await bench.pass(100)) at.push(ms)
  }
  return at
}

t.test('Timer G: a refusal goes again after 0.5, 1, 2 s and then each 4 s; Timer H ends it after 32 s', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog(), { headers: REFUSED }))
  t.same(await times(bench, 40_000), [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
})

t.test('Timer G over TCP: never, the connection does not lose what was sent', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog(), { headers: REFUSED }), TCP)
  t.same(await times(bench, 40_000), [])
})

t.test('Timer I: an INVITE that was on its way before the ACK of its refusal is absorbed', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  const text = invite(dialog, { branch, headers: REFUSED })
  await bench.say(text)
  t.same(said(await bench.say(text)), ['420 INVITE'], 'before the ACK it has its answer again')
  await bench.say(request({ dialog, method: 'ACK', branch }))
  await bench.say(request({ dialog, method: 'ACK', branch }))
  t.same(await bench.say(text), [])
  t.same(await times(bench, 40_000), [])
})

t.test('Timer I of a call that was cancelled, too', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  const text = invite(dialog, { branch })
  await bench.say(text, RING)
  await bench.say(request({ dialog, method: 'CANCEL', branch }), RING)
  t.same(said(await bench.say(text, RING)), ['487 INVITE'])
  await bench.say(request({ dialog, method: 'ACK', branch }), RING)
  t.same(await bench.say(text, RING), [])
  t.same(kinds(bench), ['offered', 'released'])
})

t.test('Timer J: a repeated request has its answer again for 32 s over UDP and does nothing twice', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  const info = request({ dialog, method: 'INFO', cseq: 2, headers: { 'X-Device': '4001' } })
  const first = await bench.say(info)
  await bench.pass(31_000)
  t.same(
    (await bench.say(info)).map(answer => answer.text),
    first.map(answer => answer.text),
    'byte for byte'
  )
  await bench.pass(2_000)
  t.same(said(await bench.say(info)), ['500 INFO'], 'then it is a request out of order')
  t.same(kinds(bench), ['offered', 'alerting'])
})

t.test('Timer L: an INVITE that comes again after its 200 and its ACK is absorbed', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  const text = invite(dialog, { branch })
  const [answer] = await bench.say(text)
  t.same(await bench.say(text), [], 'before the ACK the dialog repeats its 200 by itself')
  await bench.say(request({ dialog: { ...dialog, toTag: toTagOf(answer) }, method: 'ACK' }))
  await bench.pass(20_000)
  t.same(await bench.say(text), [])
  t.same(kinds(bench), ['offered'])
})

t.test(
  '§13.3.1.4: a 200 goes again until its ACK, over TCP too; after 32 s the leg gets a BYE and is lost',
  async t => {
    for (const from of [{}, TCP]) {
      await t.test('isReliable' in from ? 'TCP' : 'UDP', async t => {
        const bench = makeBench(t)
        await bench.say(invite(makeDialog()), from)
        const sent = await times(bench, 31_900)
        t.same(sent, [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
        const end = await bench.pass(300)
        t.same(said(end), ['BYE'])
        t.match(bench.events.at(-1), { kind: 'released', cause: 'lost' })
        await bench.say(answerTo(end[0]), from)
        t.equal(bench.receiver.counts.requests, 0)
      })
    }
  }
)

t.test('Timers E and F: our own BYE goes again until it is answered, at most for 32 s; over TCP once', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog()))
  await bench.pass(32_000)
  t.same(await times(bench, 40_000), [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  t.match(bench.receiver.counts, { requests: 0, legs: 0, transactions: 0 })
  await bench.say(invite(makeDialog()), TCP)
  await bench.pass(32_000)
  t.same(await times(bench, 40_000), [])
})

t.test('Timer E after a 100: each 4 s; Timer K: a second answer is nobody’s', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog()))
  const [bye] = requestsOf(await bench.pass(32_000))
  await bench.say(answerTo(bye, '100 Trying'))
  t.same(await times(bench, 9_000), [500, 4_500, 8_500])
  await bench.say(answerTo(bye, '481 Gone'))
  await bench.say(answerTo(bye))
  t.same(await times(bench, 10_000), [])
  t.same(
    (await bench.metrics.sipRefused.get()).values.map(({ labels, value }) => [labels['reason'], value]),
    [['response', 1]]
  )
})

t.test('an INVITE asked again while it rings has its last provisional answer again', async t => {
  let answer: (taken: Taken) => void = () => {}
  const bench = makeBench(t, {
    take: () =>
      new Promise(resolve => {
        answer = resolve
      })
  })
  const text = invite(makeDialog(), { branch: makeBranch() })
  t.same(await bench.say(text, RING), [])
  t.same(await bench.say(text, RING), [], 'nothing has been said yet')
  t.same(said(await bench.pass(200)), ['100 INVITE'])
  t.same(said(await bench.say(text, RING)), ['100 INVITE'])
  answer('durable')
  t.same(said(await bench.pass(1)), ['180 INVITE'])
  t.same(said(await bench.say(text, RING)), ['180 INVITE'])
})

t.test('a CANCEL that comes after the 200 changes nothing (§9.2), and one that comes first wins', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(dialog, { branch }))
  const cancel = request({ dialog, method: 'CANCEL', branch })
  t.same(said(await bench.say(cancel)), ['200 CANCEL'])
  t.same(said(await bench.say(cancel)), ['200 CANCEL'])
  t.same(kinds(bench), ['offered'])
  const [other, otherBranch] = [makeDialog(), makeBranch()]
  await bench.say(invite(other, { branch: otherBranch }), RING)
  const gone = await bench.say(request({ dialog: other, method: 'CANCEL', branch: otherBranch }), RING)
  t.same([...said(gone)].sort(), ['200 CANCEL', '487 INVITE'])
  t.equal(new Set(gone.map(toTagOf)).size, 1, 'with one To-tag')
})

t.test('an ACK of another CSeq, or of nobody, acknowledges nothing and is never answered', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog))
  const known = { ...dialog, toTag: toTagOf(answer) }
  t.same(await bench.say(request({ dialog: known, method: 'ACK', cseq: 2 })), [])
  t.same(await bench.say(request({ dialog, method: 'ACK' })), [])
  t.same(said(await bench.pass(500)), ['200 INVITE'], 'the 200 still waits')
  t.same(await bench.say(request({ dialog: known, method: 'ACK' })), [])
  t.same(await times(bench, 40_000), [])
})

t.test(
  'a second re-INVITE while the first waits for its ACK: 500 with Retry-After; its repeat is absorbed',
  async t => {
    const bench = makeBench(t)
    const dialog = await callUp(bench)
    const again = invite(dialog, { cseq: 2, branch: makeBranch() })
    t.same(said(await bench.say(again)), ['200 INVITE'])
    t.same(await bench.say(again), [])
    const [early] = await bench.say(invite(dialog, { cseq: 3 }))
    t.equal(early?.status, 500)
    t.match(header(early, 'retry-after'), /^\d+$/)
    await bench.say(request({ dialog, method: 'ACK', cseq: 2 }))
    t.same(said(await bench.say(invite(dialog, { cseq: 4 }))), ['200 INVITE'])
  }
)

t.test('a re-INVITE whose 200 is never acknowledged does not end the call', async t => {
  const bench = makeBench(t)
  const dialog = await callUp(bench)
  await bench.say(invite(dialog, { cseq: 2 }))
  await bench.pass(40_000)
  t.same(kinds(bench), ['offered'])
  t.same(said(await bench.say(request({ dialog, method: 'BYE', cseq: 3 }))), ['200 BYE'])
})

t.test('a ring leg is never re-invited: 491 or 500, and 481 when it is over', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [ringing] = await bench.say(invite(dialog), RING)
  const known = { ...dialog, toTag: toTagOf(ringing) }
  const [inside] = await bench.say(invite(known, { cseq: 2 }), RING)
  t.ok(inside?.status === 491 || inside?.status === 500, `${inside?.status}`)
  t.same([...said(await bench.say(request({ dialog: known, method: 'BYE', cseq: 3 }), RING))].sort(), [
    '200 BYE',
    '487 INVITE'
  ])
  t.same(said(await bench.say(invite(known, { cseq: 4 }), RING)), ['481 INVITE'])
})

t.test('the same INVITE by two ways: 482, whether the first still waits, rings or is up', async t => {
  const bench = makeBench(t)
  for (const from of [RING, {}]) {
    const dialog = makeDialog()
    await bench.say(invite(dialog), from)
    t.same(said(await bench.say(invite(dialog), from)), ['482 INVITE'])
  }
  t.same(kinds(bench), ['offered', 'offered'])
})

t.test('what rings is bounded: after ten minutes it has 480, as a proxy’s Timer C would end it', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog(), { body: OFFER }), RING)
  const all = said(await bench.pass(620_000))
  t.equal(all.filter(each => each === '180 INVITE').length, 9, 'rung again each minute')
  t.ok(all.includes('480 INVITE'))
  t.match(bench.events.at(-1), { kind: 'released', cause: 'lost' })
})
