import t from 'tap'
import type { WhoseCall } from '../../../../../src/switches/switch-driver.ts'
import { type Bench, makeBench } from '../../../../support/sip-bench.ts'
import { callUp, RING } from '../../../../support/sip-switch.ts'
import { invite, makeDialog, request, toTagOf } from '../../../../support/sip-text.ts'

async function lostBy(bench: Bench): Promise<readonly string[]> {
  const { values } = await bench.metrics.sipLost.get()
  return values.flatMap(({ labels, value }) => Array(value).fill(labels['why']))
}

t.test('what ended without a word of the switch is counted by what we waited for', async t => {
  const session = { Supported: 'timer', 'Session-Expires': '90' }
  const cases: [string, (bench: Bench) => unknown, number][] = [
    ['no-ack', bench => bench.say(invite(makeDialog())), 33_000],
    ['no-refresh', bench => callUp(bench, { headers: session }), 80_000],
    ['no-prack', bench => bench.say(invite(makeDialog(), { headers: { Require: '100rel' } }), RING), 33_000],
    ['no-end', bench => bench.say(invite(makeDialog()), RING), 611_000]
  ]
  for (const [why, begin, ms] of cases) {
    await t.test(why, async t => {
      const bench = makeBench(t)
      await begin(bench)
      await bench.pass(ms)
      t.same(await lostBy(bench), [why])
      t.match(bench.events.at(-1), { kind: 'released', cause: 'lost' })
      await bench.pass(60_000)
      t.equal(bench.events.length, 2, 'and said once')
    })
  }
  await t.test('no-retry', async t => {
    const bench = makeBench(t, { take: async () => 'refused' })
    await bench.say(invite(makeDialog()))
    await bench.pass(21_000)
    t.same(await lostBy(bench), ['no-retry'])
  })
})

t.test('what the record does not take of a call that is up is said in the log and breaks nothing', async t => {
  let taken: 'durable' | 'refused' = 'durable'
  const bench = makeBench(t, { take: async () => taken })
  const dialog = await callUp(bench)
  taken = 'refused'
  const info = request({ dialog, method: 'INFO', cseq: 2, headers: { 'X-Device': '4001' } })
  t.equal((await bench.say(info))[0]?.status, 200)
  await bench.receiver.settled()
})

t.test(
  'two gateways answered one call, the ACK did not come here: it goes on, may end here, and may be over',
  async t => {
    for (const whose of ['shared', 'elsewhere'] as const) {
      await t.test(whose, async t => {
        const bench = makeBench(t, { whoseCall: () => whose })
        const dialog = makeDialog()
        const [answer] = await bench.say(invite(dialog))
        await bench.pass(60_000)
        t.notOk(
          bench.answers.some(({ text }) => text.startsWith('BYE')),
          'its switch is not told that it is over'
        )
        const [, ...after] = bench.events
        if (whose === 'elsewhere') t.same(after, [], 'nor are the screens told anything, by one that does not have it')
        else {
          t.match(after, [{ kind: 'corrected', isUnacknowledged: true }], 'perhaps nobody had it: its screens say so')
          t.equal(after.length, 1)
        }
        t.same(await lostBy(bench), [])
        const bye = request({ dialog: { ...dialog, toTag: toTagOf(answer) }, method: 'BYE', cseq: 2 })
        t.equal((await bench.say(bye))[0]?.status, 200)
        t.equal(bench.events.at(-1)?.kind, 'released')
      })
    }
  }
)

t.test('a switch that has spoken inside a call needs no ACK for us to know that the call lives', async t => {
  const bench = makeBench(t, { whoseCall: () => 'shared' })
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog))
  const inside = { ...dialog, toTag: toTagOf(answer) }
  await bench.say(request({ dialog: inside, method: 'INFO', cseq: 2, headers: { 'X-Device': '4001' } }))
  await bench.pass(60_000)
  t.notOk(bench.events.some(event => event.kind === 'corrected'))
})

t.test('a call that another gateway took over is not ended here because its switch refreshes it there', async t => {
  let whose: ReturnType<WhoseCall> = 'ours'
  const bench = makeBench(t, { whoseCall: () => whose })
  await callUp(bench, { headers: { Supported: 'timer', 'Session-Expires': '90' } })
  whose = 'elsewhere'
  await bench.pass(100_000)
  t.notOk(bench.answers.some(({ text }) => text.startsWith('BYE')))
  t.same(
    bench.events.map(({ kind }) => kind),
    ['offered']
  )
  t.equal(bench.receiver.counts.legs, 0, 'and leaves nothing behind')
})
