import t from 'tap'
import type { CallEvent } from '../../../src/call/call-event.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { address, type SignOn } from '../../../src/pop/address.ts'
import type { AlarmCause } from '../../../src/pop/alarm.ts'
import { makeCard } from '../../../src/pop/card.ts'
import { Escalation } from '../../../src/pop/escalation.ts'
import type { StepClaim } from '../../../src/pop/escalation-record.ts'
import { NextDesk } from '../../../src/pop/next-desk.ts'
import { anOffer, callAfter, then } from '../../support/call-events.ts'
import { HandTime, settle } from '../../support/hand-time.ts'

const at = (desk: number, over: Partial<SignOn> = {}): SignOn => ({
  ...{ handler: `h${desk}`, name: `${desk}`, force: 'tvp', role: 'handler', grants: [], lines: ['999', '101'] },
  ...{ acdQueues: [], position: `d${desk}`, devices: [`400${desk}`] },
  ...over
})
const NOBODY = 'Nobody else with a live screen is signed on for it.'
const LIMITS = { unackedMs: 5_000, takeWithinMs: 60_000, lines: [{ line: '999', takeWithinMs: 15_000 }], tries: 3 }

function makeRoom(signOns: readonly SignOn[], { live = signOns.map(({ handler }) => handler) } = {}) {
  const time = new HandTime()
  const claims: StepClaim[] = []
  const passedOn: string[] = []
  const raised: AlarmCause[] = []
  const ended: string[] = []
  const timers: string[] = []
  const taken = new Set<string>()
  const lives = new Set(live)
  const escalation: Escalation = new Escalation({
    record: {
      claim: async step => {
        const key = `${step.callId} ${step.kind} ${step.step}`
        const won = !taken.has(key)
        taken.add(key)
        if (won) claims.push(step)
        return { won, isAcked: false, isTaken: false }
      },
      keep: async step => void claims.push(step),
      stepsOf: async () => claims,
      progressOf: async () => []
    },
    alarms: { revise: cause => void raised.push(cause), end: key => void ended.push(key) },
    courier: {
      escalate: (callId, to, words) => {
        passedOn.push(...to)
        const card = escalation.watchOf(callId)?.card
        const all = new Set([...(card?.escalated?.to ?? []), ...to])
        if (card !== undefined) escalation.onCard({ ...card, escalated: { words, to: all } })
      },
      openCards: () => 0
    },
    signOnOf: handler => signOns.find(each => each.handler === handler),
    live: () => lives,
    setTimer: (_, kind, step, delayMs) => void timers.push(`${kind} ${step} in ${delayMs}`),
    limits: LIMITS,
    node: 'n-1',
    log: silentLog,
    metrics: makeMetrics(),
    clock: time
  })
  const show = (...events: readonly CallEvent[]) => {
    const call = callAfter(...events)
    escalation.onCard({ ...makeCard(call), audience: address(call, signOns) })
    return call
  }
  return { escalation, time, claims, passedOn, raised, ended, timers, taken, lives, show }
}

t.test('a pop goes on when its time has passed unmet, not before, and to one handler for each step', async t => {
  const room = makeRoom([at(1), at(2), at(3)])
  const call = room.show(anOffer({ receivedAt: room.time.now() }))
  await room.escalation.act(call.callId, 'unacked')
  t.same(room.claims, [], 'a timer that fires too early does nothing')
  await room.time.advance(5_000)
  await Promise.all([room.escalation.act(call.callId, 'unacked'), room.escalation.act(call.callId, 'unacked')])
  t.same(room.passedOn, ['h2'])
  t.match(room.raised, [{ code: 'pop-unacked', isUrgent: true, force: 'tvp' }])
  await room.time.advance(5_000)
  await room.escalation.act(call.callId, 'unacked')
  t.same(
    room.claims.map(({ step }) => step),
    [1, 2]
  )
  t.equal(await room.escalation.act('00000000-0000-8000-8000-000000000000' as never, 'unacked'), 'not-here')
})

t.test('an acknowledged pop stays where it is; a taken call, an ended one and a test call too', async t => {
  const room = makeRoom([at(1), at(2)])
  const acked = room.show(anOffer({ name: 'acked', receivedAt: room.time.now() }))
  room.escalation.onAcked([acked.popId, 'no pop'])
  const offer = anOffer({ name: 'answered', receivedAt: room.time.now() })
  room.show(offer)
  const answered = room.show(offer, then(offer, 'answered', { device: '4001' }))
  const gone = anOffer({ name: 'gone', receivedAt: room.time.now() })
  room.show(gone)
  const ended = room.show(gone, then(gone, 'released'))
  const test = room.show(anOffer({ name: 'test', test: true, receivedAt: room.time.now() }))
  await room.time.advance(60_000)
  await room.escalation.act(acked.callId, 'unacked')
  await room.escalation.act(answered.callId, 'not-taken')
  for (const call of [ended, test]) t.equal(await room.escalation.act(call.callId, 'unacked'), 'not-here')
  t.same(room.claims, [])
  t.ok(room.ended.includes(`pop-unacked:${acked.callId}`))
})

t.test('a clock that is set an hour on passes nothing on, and one that is set back holds nothing up', async t => {
  for (const ms of [3_600_000, -3_600_000]) {
    const room = makeRoom([at(1), at(2)])
    const call = room.show(anOffer({ receivedAt: room.time.now() }))
    room.time.setOn(ms)
    await room.escalation.act(call.callId, 'unacked')
    t.same(room.passedOn, [], 'nobody has waited')
    await room.time.advance(5_000)
    await room.escalation.act(call.callId, 'unacked')
    t.same(room.passedOn, ['h2'])
  }
})

t.test('a timer is set when a fifth of the time has passed unmet, once for each step', async t => {
  const room = makeRoom([at(1), at(2)])
  room.show(anOffer({ receivedAt: room.time.now() }))
  room.escalation.tick()
  t.same(room.timers, [])
  await room.time.advance(1_000)
  room.escalation.tick()
  room.escalation.tick()
  t.same(room.timers, ['unacked 1 in 4000'])
  await room.time.advance(2_000)
  room.escalation.tick()
  t.same(room.timers, ['unacked 1 in 4000', 'not-taken 1 in 12000'])
})

t.test('while the record is away the gateway acts by its own memory, once, and writes it afterwards', async t => {
  const room = makeRoom([at(1), at(2)])
  const call = room.show(anOffer({ receivedAt: room.time.now() }))
  room.escalation.isRecordAway = true
  await room.time.advance(5_000)
  room.escalation.tick()
  room.escalation.tick()
  await settle()
  t.same([room.passedOn, room.claims.length], [['h2'], 0])
  room.escalation.isRecordAway = false
  await room.escalation.act(call.callId, 'unacked')
  t.same(room.passedOn, ['h2'], 'the sweeper finds no row, and the gateway knows better')
  room.taken.add(`${call.callId} unacked 1`)
  await room.escalation.writeOwed()
  t.match(room.claims, [{ kind: 'unacked', step: 1, handler: 'h2' }])
})

t.test('nobody is left: the supervisors hear it once, and the next step waits for somebody', async t => {
  const room = makeRoom([at(1), at(2)], { live: ['h1'] })
  const call = room.show(anOffer({ receivedAt: room.time.now() }))
  await room.time.advance(11_000)
  for (let n = 0; n < 3; n++) await room.escalation.act(call.callId, 'unacked')
  t.same([room.claims.length, room.passedOn], [1, []])
  room.lives.add('h2')
  await room.escalation.act(call.callId, 'unacked')
  t.same([room.claims.length, room.passedOn], [2, ['h2']])
})

t.test('a 999 call that could be given to nobody is given to the first screen that comes, at once', async t => {
  const room = makeRoom([at(1), at(2), at(3), at(4)], { live: [] })
  const call = room.show(anOffer({ receivedAt: room.time.now() }))
  await room.time.advance(5_000)
  await room.escalation.act(call.callId, 'unacked')
  room.escalation.tick()
  await settle()
  t.same([room.raised[0]?.data, room.passedOn], [{ line: '999', seconds: 5, from: 'd1', next: NOBODY }, []])
  await room.time.advance(1_000)
  room.lives.add('h2')
  room.escalation.tick()
  room.escalation.tick()
  await settle()
  t.same(room.passedOn, ['h2'], 'not when the next step would have been due')
  t.match(room.raised.at(-1)?.data, { seconds: 6, next: 'It has gone on to d2.' })

  for (const desk of ['h3', 'h4']) room.lives.add(desk)
  await room.time.advance(4_000)
  await room.escalation.act(call.callId, 'unacked')
  t.same(room.passedOn, ['h2'], 'who was given it late has as long as anybody')
  await room.time.advance(1_000)
  for (let n = 0; n < 2; n++) {
    await room.escalation.act(call.callId, 'unacked')
    await room.time.advance(5_000)
  }
  t.same(room.passedOn, ['h2', 'h3', 'h4'], 'and as many are asked as if somebody had been there')
})

t.test('a force is back: its first screen is not given every call that had waited for one', async t => {
  const room = makeRoom([at(1), at(2), at(3)], { live: [] })
  const calls = ['a', 'b', 'c', 'd'].map(name => room.show(anOffer({ name, receivedAt: room.time.now() })))
  await room.time.advance(5_000)
  for (const { callId } of calls) await room.escalation.act(callId, 'unacked')
  room.lives.add('h2')
  room.escalation.tick()
  await settle()
  t.same(room.passedOn, ['h2'])
  room.lives.add('h3')
  room.escalation.tick()
  await settle()
  t.same(room.passedOn.length, 3, 'one for each screen, twice a second')
})

t.test('a call taken up from the record goes on from the steps that stand there', async t => {
  const room = makeRoom([at(1), at(2), at(3)])
  const call = callAfter(anOffer({ receivedAt: room.time.now() }))
  const restored = { ...call, generation: 2 }
  room.taken.add(`${call.callId} unacked 1`)
  room.claims.push({
    ...{ callId: call.callId, popId: call.popId, generation: 1, kind: 'unacked', step: 1, node: 'n-0' },
    ...{ handler: 'h3', at: room.time.now() }
  })
  room.escalation.onCard({ ...makeCard(restored), audience: address(restored, [at(1)]) })
  await room.time.advance(5_000)
  await room.escalation.act(call.callId, 'unacked')
  t.same(room.passedOn, [], 'before the steps are read nothing is done')
  room.escalation.tick()
  await settle()
  await room.escalation.act(call.callId, 'unacked')
  t.same(room.passedOn, ['h3'], 'who had it has it again, and nobody else')
})

t.test('a gateway was killed: its screens have the time of a pop to come back before others are asked', async t => {
  const room = makeRoom([at(1), at(2), at(3)])
  const takeUp = async (name: string) => {
    const restored = { ...callAfter(anOffer({ name, receivedAt: room.time.now() - 60_000 })), generation: 2 }
    room.escalation.onCard({ ...makeCard(restored), audience: address(restored, [at(1)]), isUnheard: true })
    room.escalation.tick()
    await settle()
    return restored
  }
  const [back, away] = [await takeUp('back'), await takeUp('away')]
  room.escalation.tick()
  await settle()
  for (const { callId } of [back, away]) await room.escalation.act(callId, 'unacked')
  t.same(room.passedOn, [], 'however long ago they were offered')
  await room.time.advance(4_000)
  room.escalation.onAcked([back.popId])
  await room.time.advance(1_000)
  for (const { callId } of [back, away]) await room.escalation.act(callId, 'unacked')
  t.same(
    room.claims.map(({ callId, step }) => [callId, step]),
    [[away.callId, 1]],
    'and no longer than that: one is acknowledged again, the other is on nobody’s screen'
  )
})

t.test('next is who is entitled, has a live screen, has fewest cards and waited longest', async t => {
  const call = callAfter(anOffer())
  const desks: Record<string, { openCards: number; lastPopAt: number }> = {
    h3: { openCards: 1, lastPopAt: 5 },
    h4: { openCards: 1, lastPopAt: 3 }
  }
  const live = new Set(['h1', 'h3', 'h4', 'h5', 'h6-signed-off'])
  const asked = new Set<string>()
  const all = [at(1), at(2), at(3), at(4), at(5, { force: 'hants' })]
  const signOnOf = (handler: string) => {
    asked.add(handler)
    return all.find(each => each.handler === handler)
  }
  const openCards = (handler: string) => desks[handler]?.openCards ?? 0
  const lastPopAt = (handler: string) => desks[handler]?.lastPopAt ?? 0
  const fresh = () => new NextDesk({ live: () => live, signOnOf, openCards, lastPopAt, monotonicMs: () => 0 })
  const next = (has: string[]) => fresh().choose(call, new Set(has))
  t.equal(next([]), 'h1')
  t.equal(next(['h1']), 'h4')
  t.equal(next(['h1', 'h4']), 'h3')
  t.equal(next(['h1', 'h3', 'h4']), undefined)
  t.notOk(asked.has('h2'), 'a force that has lost all its links costs nothing: only live screens are looked at')
})

t.test('pops that are due in one moment go to one desk after the other, ranked once for all of them', async t => {
  let now = 0
  let looks = 0
  const live = new Set(['h1', 'h2', 'h3'])
  const all = [at(1), at(2), at(3)]
  const desk = new NextDesk({
    live: () => live,
    signOnOf: handler => all.find(each => each.handler === handler),
    openCards: handler => {
      looks += 1
      return handler === 'h1' ? 1 : 0
    },
    lastPopAt: () => 0,
    monotonicMs: () => now
  })
  const call = callAfter(anOffer())
  const choose = (has: string[] = []) => desk.choose(call, new Set(has))
  t.same([choose(), choose(), choose(), choose()], ['h2', 'h3', 'h1', 'h2'])
  t.equal(looks, 3)
  live.delete('h3')
  t.equal(choose(['h1']), 'h2', 'a screen that has gone since is left out')
  now += 500
  t.equal(choose(), 'h2', 'and soon everybody is looked at again')
  t.equal(looks, 5)
})
