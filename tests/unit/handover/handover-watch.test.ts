import t from 'tap'
import type { HandoverStep } from '../../../src/handover/handover-steps.ts'
import { HandoverWatch } from '../../../src/handover/handover-watch.ts'
import type { AlarmCause } from '../../../src/pop/alarm.ts'
import type { Handover } from '../../../src/pop/handover.ts'
import { aHandover, HANDOVER_ID } from '../../support/handovers.ts'

function makeWatch(handover: Handover = aHandover()) {
  const world = { now: handover.madeAt, isAway: false, claimed: new Set<string>() }
  const raised: AlarmCause[] = []
  const timers: [HandoverStep, number][] = []
  const known = { rev: 1, handover }
  const watch = new HandoverWatch({
    record: {
      read: async () => {
        if (world.isAway) throw new Error('away')
        return known
      },
      claim: async (id, step) => {
        if (world.isAway) throw new Error('away')
        const isFirst = !world.claimed.has(`${id} ${step}`)
        world.claimed.add(`${id} ${step}`)
        return isFirst
      }
    },
    alarms: { raise: cause => void raised.push(cause) },
    open: () => [known],
    isUrgent: (force, grade) => force === 'tvp' && grade === '1',
    dispatchersOf: () => ['tvp-x01', 'tvp-h01'],
    setTimer: (_, step, delayMs) => void timers.push([step, delayMs]),
    node: 'one',
    clock: { now: () => world.now, monotonicMs: () => world.now }
  })
  return { watch, world, raised, timers, known }
}

t.test('a timer is set for each step that may come of a hand-over', async t => {
  const { watch, timers, known } = makeWatch()
  watch.onWritten(known)
  t.same(timers, [
    ['not-delivered', 10_000],
    ['not-accepted', 15_000],
    ['past-target', 900_000]
  ])
})

t.test('a step that is due is an alarm to whoever handed over and to dispatchers, once', async t => {
  const { watch, world, raised } = makeWatch()
  await watch.fire(HANDOVER_ID, 'not-accepted')
  t.same(raised, [], 'the timer of another clock came early')
  world.now += 15_000
  await watch.fire(HANDOVER_ID, 'not-accepted')
  await watch.fire(HANDOVER_ID, 'not-accepted')
  t.match(raised, [
    {
      code: 'handover-not-accepted',
      key: `handover-not-accepted:${HANDOVER_ID}`,
      force: 'tvp',
      isUrgent: true,
      handlers: ['tvp-h01', 'tvp-x01'],
      data: { line: '999', grade: 'Immediate', seconds: 15, minutes: 15 }
    }
  ])
})

t.test('without the record the gateway raises what is due by its own memory, each once', async t => {
  const { watch, world, raised } = makeWatch()
  world.isAway = true
  world.now += 15_000
  await t.rejects(watch.fire(HANDOVER_ID, 'not-accepted'), { message: 'away' }, 'so that it is fired again')
  watch.tick()
  t.same(raised, [], 'nobody has said yet that the record is away')
  watch.isRecordAway = true
  watch.tick()
  watch.tick()
  t.same(
    raised.map(({ code }) => code),
    ['handover-not-delivered', 'handover-not-accepted']
  )
})
