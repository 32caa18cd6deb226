import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { SwitchCallId } from '../../../../../src/call/ids.ts'
import type { FindDialogs } from '../../../../../src/switches/switch-driver.ts'
import { type Bench, makeBench } from '../../../../support/sip-bench.ts'
import { callUp, kinds, RING, said } from '../../../../support/sip-switch.ts'
import { type Dialog, header, invite, makeBranch, makeDialog, request, toTagOf } from '../../../../support/sip-text.ts'

/** A call of a node that is gone, and the record that knows it. */
async function callOfAnotherNode(t: Test, { isRinging = false } = {}) {
  const other = makeBench(t)
  const dialog = isRinging ? await ringing(other) : await callUp(other)
  const record = new Map(
    other.events.flatMap(event =>
      event.kind === 'offered' ? [[event.switchCallId, { [event.switchCallId]: event.dialog }] as const] : []
    )
  )
  await other.receiver.stop()
  mock.timers.reset()
  const asked: string[] = []
  const find: FindDialogs = async names => {
    asked.push(...names)
    await tick()
    return new Map(names.flatMap(name => (record.has(name) ? [[name, record.get(name) ?? {}] as const] : [])))
  }
  return { dialog, find, asked }
}

async function ringing(bench: Bench): Promise<Dialog> {
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog), RING)
  return { ...dialog, toTag: toTagOf(answer) }
}

/** What came of it once the record had been asked. */
async function saidTo(bench: Bench, text: string, from = {}): Promise<readonly string[]> {
  const before = bench.answers.length
  await bench.say(text, from)
  for (let turn = 0; turn < 10; turn++) await tick()
  return said(bench.answers.slice(before))
}

t.test('a hang-up that reaches another node is answered 200 there, and ends the call', async t => {
  const { dialog, find, asked } = await callOfAnotherNode(t)
  const bench = makeBench(t, { findDialogs: find })
  const bye = request({ dialog, method: 'BYE', cseq: 2 })
  t.same(await saidTo(bench, bye), ['200 BYE'])
  t.match(bench.events, [{ kind: 'released', cause: 'ended' }])
  t.same(await saidTo(bench, bye), ['200 BYE'], 'and once more')
  t.equal(asked.length, 1)
})

t.test('the desk, hold and a refreshed session go on at the other node', async t => {
  const { dialog, find, asked } = await callOfAnotherNode(t)
  const bench = makeBench(t, { findDialogs: find })
  const info = request({ dialog, method: 'INFO', cseq: 2, headers: { 'X-Device': '4002' } })
  t.same(await saidTo(bench, info), ['200 INFO'])
  t.same(await saidTo(bench, request({ dialog, method: 'UPDATE', cseq: 3 })), ['200 UPDATE'])
  t.same(await saidTo(bench, invite(dialog, { cseq: 4 })), ['200 INVITE'])
  await bench.say(request({ dialog, method: 'ACK', cseq: 4 }))
  t.same(await saidTo(bench, request({ dialog, method: 'BYE', cseq: 5 })), ['200 BYE'])
  t.same(kinds(bench), ['alerting', 'released'])
  t.equal(asked.length, 1)
})

t.test('what comes together is asked for once and answered in its order', async t => {
  const { dialog, find, asked } = await callOfAnotherNode(t)
  const bench = makeBench(t, { findDialogs: find })
  void bench.say(request({ dialog, method: 'INFO', cseq: 2, headers: { 'X-Device': '4002' } }))
  t.same(await saidTo(bench, request({ dialog, method: 'BYE', cseq: 3 })), ['200 INFO', '200 BYE'])
  t.same(kinds(bench), ['alerting', 'released'])
  t.equal(asked.length, 1)
})

t.test('a CANCEL that reaches another node ends the ringing there', async t => {
  const { dialog, find } = await callOfAnotherNode(t, { isRinging: true })
  const { toTag, ...first } = dialog
  const bench = makeBench(t, { findDialogs: find })
  const cancel = request({ dialog: first, method: 'CANCEL', branch: makeBranch() })
  t.same(await saidTo(bench, cancel, RING), ['200 CANCEL', '487 INVITE'])
  t.match(bench.events, [{ kind: 'released', cause: 'abandoned' }])
  t.equal(toTagOf(bench.answers[1]), toTag)
})

t.test('made-up tags, another trunk’s switch and calls nobody has are told 481', async t => {
  const { dialog, find } = await callOfAnotherNode(t)
  const bench = makeBench(t, { findDialogs: find })
  const bye = { method: 'BYE', cseq: 2 }
  t.same(await saidTo(bench, request({ dialog: { ...dialog, toTag: 'guessed' }, ...bye })), ['481 BYE'])
  t.same(await saidTo(bench, request({ dialog, ...bye, branch: makeBranch() }), RING), ['481 BYE'])
  t.same(await saidTo(bench, request({ dialog: makeDialog({ toTag: 'x' }), ...bye })), ['481 BYE'])
  t.same(kinds(bench), [])
  t.match(bench.receiver.counts, { legs: 0 }, 'and nothing of them is held')
})

t.test(
  'while the record does not answer, the switch is told to ask again, and not that its dialog is over',
  async t => {
    const { dialog } = await callOfAnotherNode(t)
    const bench = makeBench(t, { findDialogs: () => Promise.reject(new Error('away')) })
    t.same(await saidTo(bench, request({ dialog, method: 'INFO', cseq: 2 })), ['500 INFO'])
    t.equal(header(bench.answers[0], 'retry-after'), '1')
  }
)

t.test('a call that was refused here and taken by another gateway is not over because the record is away', async t => {
  const { dialog, find } = await callOfAnotherNode(t)
  const { toTag, ...first } = dialog
  let isAway = true
  const findDialogs: FindDialogs = names => (isAway ? Promise.reject(new Error('away')) : find(names))
  const bench = makeBench(t, { findDialogs, take: async ({ kind }) => (kind === 'offered' ? 'refused' : 'durable') })
  t.same(await saidTo(bench, invite(first)), ['500 INVITE'])
  t.same(await saidTo(bench, request({ dialog, method: 'INFO', cseq: 2 })), ['500 INFO'])
  isAway = false
  t.same(await saidTo(bench, request({ dialog, method: 'BYE', cseq: 3 })), ['200 BYE'])
})

t.test('a flood of hang-ups of calls that never were is answered 481, most of it without a question', async t => {
  const asked: SwitchCallId[] = []
  const bench = makeBench(t, {
    findDialogs: async names => {
      asked.push(...names)
      return new Map()
    }
  })
  const FLOOD = 4_000
  for (let at = 0; at < FLOOD; at++) {
    await bench.say(request({ dialog: makeDialog({ toTag: 'x' }), method: 'BYE', cseq: 2 }))
  }
  for (let turn = 0; turn < 50; turn++) await tick()
  t.equal(bench.answers.filter(answer => answer.status === 481).length, FLOOD)
  t.ok(asked.length <= 1_000, `${asked.length} were asked for`)
  t.equal(await bench.faults(), 0)
})

t.test('an ACK or a first request is nobody’s question', async t => {
  const { find, asked } = await callOfAnotherNode(t)
  const bench = makeBench(t, { findDialogs: find })
  t.same(await saidTo(bench, request({ dialog: makeDialog({ toTag: 'x' }), method: 'ACK' })), [])
  t.same(await saidTo(bench, request({ dialog: makeDialog(), method: 'BYE' })), ['481 BYE'])
  t.same(await saidTo(bench, invite(makeDialog())), ['200 INVITE'])
  t.same(asked, [])
})
