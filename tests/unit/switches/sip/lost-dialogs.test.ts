import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type SwitchCallId, toSipSwitchCallId } from '../../../../src/call/ids.ts'
import { silentLog } from '../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../src/operations/metrics.ts'
import { LostDialogs } from '../../../../src/switches/sip/lost-dialogs.ts'
import type { FindDialogs } from '../../../../src/switches/switch-driver.ts'

const name = (at: number) => toSipSwitchCallId(`call-${at}`, 'f')

function makeLost(t: Test, find: FindDialogs, isRecordBehind = () => false) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 2, 3) })
  t.teardown(() => mock.timers.reset())
  const metrics = makeMetrics()
  const questions: (readonly SwitchCallId[])[] = []
  const lost = new LostDialogs({
    find: names => {
      questions.push(names)
      return find(names)
    },
    isRecordBehind,
    log: silentLog,
    metrics,
    clock: { now: () => Date.now(), monotonicMs: () => Date.now() }
  })
  const asked = async (result: string) => {
    const { values } = await metrics.sipDialogsAsked.get()
    return values.find(({ labels }) => labels['result'] === result)?.value ?? 0
  }
  return { lost, questions, asked }
}

t.test('a dialog of another node is found, and asked for once however often its switch speaks', async t => {
  const { lost, questions, asked } = makeLost(t, async () => new Map([[name(1), { toTag: 't' }]]))
  const first = lost.ask(name(1))
  t.equal(lost.ask(name(1)), first)
  t.same(await first, { kind: 'found', stored: { toTag: 't' } })
  t.equal(questions.length, 1)
  t.equal(await asked('found'), 1)
  t.equal(lost.size, 0)
})

t.test('a call that nobody has is not asked for again for a while', async t => {
  const { lost, questions } = makeLost(t, async () => new Map())
  t.same(await lost.ask(name(1)), { kind: 'none' })
  t.equal(lost.ask(name(1)), undefined)
  mock.timers.tick(33_000)
  t.same(await lost.ask(name(2)), { kind: 'none' })
  mock.timers.tick(17_000)
  t.same(await lost.ask(name(1)), { kind: 'none' })
  t.equal(questions.length, 3)
})

t.test(
  'a hang-up that another gateway gets while the call’s own cannot write waits until the record has the call',
  async t => {
    const record = new Map<SwitchCallId, Readonly<Record<string, unknown>>>()
    const { lost } = makeLost(
      t,
      async () => record,
      () => true
    )
    const asked = lost.ask(name(1))
    for (let second = 0; second < 5; second++) {
      await tick()
      mock.timers.tick(1_000)
    }
    t.equal(lost.ask(name(1)), asked, 'its repeats wait with it')
    record.set(name(1), { toTag: 't' })
    await tick()
    mock.timers.tick(1_000)
    t.same(await asked, { kind: 'found', stored: { toTag: 't' } })
  }
)

t.test('and is told that nobody has it before its switch gives up by itself', async t => {
  const { lost } = makeLost(
    t,
    async () => new Map(),
    () => true
  )
  const asked = lost.ask(name(1))
  for (let second = 0; second < 27; second++) {
    await tick()
    mock.timers.tick(1_000)
  }
  t.same(await asked, { kind: 'none' })
  t.equal(lost.size, 0)
})

t.test('one statement at a time, whatever comes meanwhile', async t => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { lost, questions } = makeLost(t, async () => {
    await promise
    return new Map()
  })
  for (let at = 0; at < 250; at++) lost.ask(name(at))
  await tick()
  t.equal(questions.length, 1)
  resolve()
  for (let turn = 0; turn < 20; turn++) await tick()
  t.same(
    questions.map(each => each.length),
    [1, 100, 100, 49]
  )
  t.equal(lost.size, 0)
})

t.test('a flood of calls that never were is not asked about beyond its limit', async t => {
  const { lost, asked, questions } = makeLost(t, async () => new Map())
  for (let at = 0; at < 5_000; at++) {
    void lost.ask(name(at))
    if (at % 100 === 0) await tick()
  }
  for (let turn = 0; turn < 40; turn++) await tick()
  t.equal(await asked('limit'), 4_000)
  t.equal(questions.flat().length, 1_000)
  mock.timers.tick(1_000)
  t.ok(lost.ask(name(9_999)), 'a second later others are asked for again')
})

t.test('a record that does not say in time, or breaks, is not an answer', async t => {
  const { lost, asked } = makeLost(t, () => new Promise(() => {}))
  const [first, second] = [lost.ask(name(1)), lost.ask(name(2))]
  mock.timers.tick(1_500)
  t.same(await first, { kind: 'late' })
  t.same(await second, { kind: 'late' })
  t.ok(lost.ask(name(1)), 'it is asked again')
  t.equal(await asked('late'), 2)
  mock.timers.reset()
  const broken = makeLost(t, () => Promise.reject(new Error('no link')))
  t.same(await broken.lost.ask(name(1)), { kind: 'late' })
  t.same(await broken.lost.ask(name(1)), { kind: 'late' })
})
