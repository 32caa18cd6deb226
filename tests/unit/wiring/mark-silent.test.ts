import t from 'tap'
import type { CallEvent } from '../../../src/call/call-event.ts'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import type { Offer } from '../../../src/pop/address.ts'
import type { Taken } from '../../../src/switches/switch-driver.ts'
import { makeMarkSilent } from '../../../src/wiring/mark-silent.ts'
import { anOffer, NOON, then } from '../../support/call-events.ts'

/** A call at a desk, what its screens show, and a door that keeps what went through. */
function makeDesk({ offer = 'device' as Offer, answer = 'durable' as Taken } = {}) {
  const registry = new CallRegistry()
  const taken: CallEvent[] = []
  const alarmed: string[] = []
  const offered = anOffer()
  const made = registry.apply(offered)
  if (made.kind === 'ignored') throw new Error(made.reason)
  const { callId } = made.call
  const { markSilent } = makeMarkSilent(
    {
      registry,
      delivery: { courier: { card: () => ({ audience: new Map([['ann', offer]]) }) as never } },
      door: {
        take: async event => {
          taken.push(event)
          if (answer === 'durable') registry.apply(event)
          return answer
        }
      }
    },
    { onSilent: call => alarmed.push(call.callId) },
    { now: () => NOON + 5_000, monotonicMs: () => 0 }
  )
  const flags = () => registry.get(callId)?.flags
  return { registry, offered, callId, taken, alarmed, markSilent, flags }
}

t.test('a handler says that their caller does not speak: the call says so from then on, and who said it', async t => {
  const { markSilent, callId, taken, alarmed, flags } = makeDesk()
  t.same(await markSilent('ann', callId), { ok: true })
  t.match(flags(), { silent: true })
  t.match(taken, [{ kind: 'corrected', silent: true, handler: 'ann', receivedAt: NOON + 5_000 }])
  t.same(await markSilent('ann', callId), { ok: true }, 'the key again')
  t.equal(taken.length, 1, 'is nothing new')
  t.same(alarmed, [], 'its card raises the alarm while it lives')
})

t.test('a silent call is often known as one only when it is written up; the alarm is raised then too', async t => {
  const { registry, offered, markSilent, callId, flags, alarmed } = makeDesk()
  registry.apply(then(offered, 'answered'))
  registry.apply(then(offered, 'released'))
  t.same(await markSilent('ann', callId), { ok: true })
  t.match(flags(), { silent: true })
  t.same(alarmed, [callId])
})

t.test(
  'a call that is not the handler’s, or is gone, or whose name means another call by now, is not marked',
  async t => {
    const { markSilent, callId, taken } = makeDesk({ offer: 'queue' })
    t.match(await markSilent('ann', callId), { code: 'call.not-entitled' }, 'an offer to many is nobody’s own')
    t.match(await markSilent('bob', callId), { code: 'call.not-entitled' })
    const desk = makeDesk()
    desk.registry.apply(then(desk.offered, 'released'))
    desk.registry.apply(anOffer({ receivedAt: NOON + 90_000, isNoRepeat: true }))
    t.match(await desk.markSilent('ann', desk.callId), { code: 'call.unknown' })
    desk.registry.forget(desk.callId)
    t.match(await desk.markSilent('ann', desk.callId), { code: 'call.unknown' })
    t.same([...taken, ...desk.taken], [])
  }
)

t.test('while neither record nor spool takes it the handler is told to try again', async t => {
  const { markSilent, callId } = makeDesk({ answer: 'refused' })
  t.match(await markSilent('ann', callId), { ok: false, code: 'call.try-again' })
})
