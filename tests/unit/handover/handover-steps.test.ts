import t from 'tap'
import { dueSteps, stepsAt } from '../../../src/handover/handover-steps.ts'
import { aHandover } from '../../support/handovers.ts'

t.test('a hand-over that nobody has is due to be told: not delivered, not accepted, past its target', async t => {
  const sent = aHandover()
  t.same(dueSteps(sent, sent.deliverBy - 1), [])
  t.same(dueSteps(sent, sent.deliverBy), ['not-delivered'])
  t.same(dueSteps(sent, sent.acceptBy), ['not-delivered', 'not-accepted'])
  t.same(dueSteps(sent, sent.targetAt), ['not-delivered', 'not-accepted', 'past-target'])
})

t.test('where a command and control is attached, a dispatcher’s screen alone is not the other side', async t => {
  const onScreen = aHandover({ state: 'delivered', deliveredAt: 1_001_000 })
  t.same(dueSteps(onScreen, onScreen.deliverBy), ['not-delivered'])
  t.same(dueSteps({ ...onScreen, toControl: false }, onScreen.deliverBy), [])
  t.same(dueSteps({ ...onScreen, controlAt: 1_002_000 }, onScreen.deliverBy), [])
})

t.test('accepted and idle counts from the acceptance, until somebody is on the way', async t => {
  const times = { deliveredAt: 1_001_000, controlAt: 1_001_000, acceptedAt: 1_010_000 }
  const accepted = aHandover({ state: 'accepted', ...times })
  t.equal(stepsAt(accepted).idle, 1_130_000)
  t.same(dueSteps(accepted, 1_130_000), ['idle'])
  t.same(dueSteps(aHandover({ state: 'en-route', ...times, enRouteAt: 1_020_000 }), 1_130_000), [])
})

t.test('a refusal is due at once, and nothing is waited for that was refused', async t => {
  const refused = aHandover({ state: 'refused', deliveredAt: 1, controlAt: 1, refusedAt: 1_003_000 })
  t.same(dueSteps(refused, 1_003_000), ['refused'])
  t.same(dueSteps(refused, refused.acceptBy), ['refused'])
  t.same(dueSteps({ ...refused, acceptedAt: 1_002_000 }, 1_900_000), ['past-target', 'refused'])
})

t.test('what is over is due for nothing', async t => {
  t.same(dueSteps(aHandover({ state: 'closed', overAt: 1_000_001 }), 9_999_999), [])
})
