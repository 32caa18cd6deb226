import t from 'tap'
import { generationOf } from '../../src/pop/revision.ts'
import { aSwitch, atDesk, demoConfig, supervisor } from '../support/control-room.ts'
import { send, storePids } from '../support/faults.ts'
import { makeGateway } from '../support/gateway.ts'
import { beside, RovingCall } from '../support/gateways.ts'
import { until } from '../support/until.ts'

/** A call at one gateway is passed on; whom it goes to, and who supervises, have their screens at another. */
const ESCALATION = { unackedMs: 1_500, takeWithinMs: 60_000, lines: [], tries: 2, nothingAckedMs: 60_000 }
const NUMBER = '+447700900321'
const CALL = { ddi: '999', asserted: NUMBER, shown: NUMBER, device: '4001' } as const
const WORDS = { offer: 'queue', escalated: { from: 'tvp-d01', why: 'unacked' } }

t.test('a call passed on by one gateway says so at another, and says it still when the screen opens anew', async t => {
  const first = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const second = await beside(t, first, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const deaf = await atDesk(t, first, 1)
  const next = await atDesk(t, second, 2)
  const tvp = await supervisor(t, second)
  const call = (await aSwitch(t, first)).place(CALL)
  t.equal(await call.answered, 200)
  await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'), 15_000)
  const [id = ''] = deaf.pops
  t.match(next.wordsOf(id), WORDS)
  const words = () => tvp.alarmOf('pop-unacked')?.words ?? 'the supervisor hears nothing'
  // Where the first gateway did not know yet who is at the other, the alarm says first that nobody is.
  await until(() => (words().endsWith('It has gone on to tvp-d02.') ? '' : words()), 15_000)
  t.equal(new Set(tvp.alarms.map(({ alarm }) => alarm)).size, 1, 'one alarm, in the words of now')
  next.ackAll()
  await until(() => (tvp.ended.includes('pop-unacked') ? '' : 'acknowledged, and the alarm is still open'), 15_000)

  const again = await atDesk(t, second, 2)
  const { cards } = await again.page.next('snapshot')
  t.match(cards, [{ call: id, pop: WORDS }], 'the gateway that opened the screen does not hold the call')
  call.hangUp()
})

const isOfNext = (rev: number) => generationOf(rev) > 1

t.test('a call passed on by one gateway and ended at another is over on every screen', async t => {
  const first = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const second = await beside(t, first, { config: await demoConfig(t, { escalation: ESCALATION }) })
  await atDesk(t, first, 1)
  const next = await atDesk(t, first, 2)
  const call = new RovingCall(t, 322)
  t.equal(await call.open(first, '4001'), 200)
  await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'), 15_000)
  t.equal((await call.ask(second, 'BYE')).status, 200)
  await until(() => {
    const state = next.wordsOf(call.callId)?.state
    return state === 'released' ? '' : `whom it was passed on to has it as ${state}`
  }, 15_000)
})

t.test('a call passed on rings there once, though its gateway dies and another takes the call up', async t => {
  const first = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const second = await beside(t, first, { config: await demoConfig(t, { escalation: ESCALATION }) })
  await atDesk(t, first, 1)
  const next = await atDesk(t, first, 2)
  const call = new RovingCall(t, 323)
  t.equal(await call.open(second, '4001'), 200)
  await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'), 15_000)
  await second.kill()
  await until(() => {
    // By a word of it, or with all cards anew: its log becomes another one when a gateway dies.
    const isTakenUp = next.page.received.some(message => {
      if (message.t === 'snapshot') return message.cards.some(card => card.call === call.callId && isOfNext(card.rev))
      return message.t === 'ev' && message.ev.type === 'call.state' && message.ev.call === call.callId
    })
    return isTakenUp ? '' : 'nobody has taken it up'
  }, 30_000)
  const third = await atDesk(t, first, 3)
  await until(() => (third.pops.length > 0 ? '' : 'it has not gone on from whoever has it now'), 15_000)
  const rung = next.page.events.filter(({ ev }) => ev.type === 'call.pop' && ev.call === call.callId)
  t.equal(new Set(rung.map(({ eventId }) => eventId)).size, 1)
  t.equal((await call.ask(first, 'BYE')).status, 200)
})

t.test('without Redis the words why come through the other doorbell too', async t => {
  const first = await makeGateway(t, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const second = await beside(t, first, { config: await demoConfig(t, { escalation: ESCALATION }) })
  const deaf = await atDesk(t, first, 1)
  const next = await atDesk(t, second, 2)
  const tvp = await supervisor(t, second)
  const redis = await storePids(first, 'redis-server')
  t.teardown(() => send(redis, 'SIGCONT'))
  send(redis, 'SIGSTOP')
  const call = (await aSwitch(t, first)).place(CALL)
  t.equal(await call.answered, 200)
  await until(() => (next.pops.length > 0 ? '' : 'it has not gone on'), 15_000)
  t.match(next.wordsOf(deaf.pops[0] ?? ''), WORDS)
  await until(() => (tvp.raised.includes('pop-unacked') ? '' : 'the supervisor hears nothing'), 15_000)
  send(redis, 'SIGCONT')
  call.hangUp()
})
