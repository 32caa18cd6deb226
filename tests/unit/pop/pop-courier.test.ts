import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { CallId, HandlerId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import type { Card } from '../../../src/pop/card.ts'
import { PANEL_NAMES, type Panel, type PopEvent, type RevisedPanel } from '../../../src/pop/pop.ts'
import { PopCourier, SNAPSHOT_CARDS } from '../../../src/pop/pop-courier.ts'
import { ScreenSender } from '../../../src/pop/screen-sender.ts'
import type { ScreenEvent } from '../../../src/pop/session-log.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'
import { anOffer, aQueueOffer, callAfter, cliOf, NOON, then } from '../../support/call-events.ts'

interface Sent {
  readonly handler: HandlerId
  readonly eventId: string
  readonly ev: PopEvent
}

/** A courier whose session log is an array; `room` is what a control room looks like to it. */
function makeRoom(
  signOns: readonly SignOn[],
  { logIsAway = false, whileClosing = () => {}, whileTaking = () => {}, recorded = [] as readonly Call[] } = {}
) {
  const directory = new SignOnDirectory()
  for (const signOn of signOns) directory.put(signOn)
  const logged: Sent[] = []
  const direct: Sent[] = []
  const taken = new Map<CallId, HandlerId>()
  const closed: CallId[] = []
  const doubts: Card[] = []
  const writtenUp: string[] = []
  const into = (list: Sent[]) => (handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent) => {
    for (const handler of handlers) {
      const isNew = !list.some(sent => sent.handler === handler && sent.eventId === eventId)
      if (isNew && 'call' in ev) list.push({ handler, eventId, ev })
    }
  }
  const sender = new ScreenSender({
    sessionLog: {
      append: (handlers, eventId, ev) => {
        if (logIsAway) return new Promise(() => {})
        into(logged)(handlers, eventId, ev)
        return Promise.resolve()
      }
    },
    sendDirect: into(direct),
    directPopMs: 1,
    log: silentLog
  })
  const courier = new PopCourier({
    signOns: directory,
    sender,
    toBarePop,
    recordTaken: async ({ callId, handler, from }) => {
      whileTaking()
      if (!taken.has(callId) || taken.get(callId) === from) taken.set(callId, handler)
      return taken.get(callId) === handler
    },
    recordClosed: async ({ callId, handler }) => {
      whileClosing()
      writtenUp.push(`${handler} ${callId}`)
    },
    readCall: async callId => recorded.find(call => call.callId === callId),
    onDoubt: card => doubts.push(card),
    onClosed: callId => {
      closed.push(callId)
      courier.forget(callId)
    },
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: () => NOON + 60_000, monotonicMs: () => 0 }
  })
  const types = (handler: HandlerId) => logged.filter(sent => sent.handler === handler).map(sent => sent.ev.type)
  return { courier, directory, logged, direct, closed, doubts, writtenUp, types }
}

function at(desk: number, over: Partial<SignOn> = {}): SignOn {
  return {
    handler: `tvp-${desk}`,
    name: `Handler ${desk}`,
    force: 'tvp',
    role: 'handler',
    grants: [],
    lines: ['999', '101'],
    acdQueues: [],
    position: `tvp-desk-${desk}`,
    devices: [`400${desk}`],
    ...over
  }
}

function history(rev: number, status: Panel['status'] = 'found'): RevisedPanel {
  return { rev, panel: { panel: 'history', status, source: 'record', sinceOfferedMs: 0, items: [], more: 0 } }
}

t.test('a call that rings at a desk pops there and nowhere else', async t => {
  const room = makeRoom([at(1), at(2)])
  room.courier.deliver(callAfter(anOffer()), NOON)
  t.same(room.types('tvp-1'), ['call.pop'])
  t.same(room.types('tvp-2'), [])
  t.match(room.logged[0], { eventId: /^pop:[0-9a-f-]{36}$/, ev: { data: { offer: 'device' } } })
})

t.test('a second force sees the call only by a grant', async t => {
  const room = makeRoom([
    at(1, { force: 'hants', handler: 'hants-1' }),
    at(2, { force: 'hants', handler: 'hants-2', grants: ['tvp'] })
  ])
  room.courier.deliver(callAfter(aQueueOffer()), NOON)
  t.same(room.types('hants-1'), [])
  t.same(room.types('hants-2'), ['call.pop'])
})

t.test('a call at no desk is offered to all of its line, and panels wait until somebody takes it', async t => {
  const room = makeRoom([at(1), at(2), at(3, { lines: ['101'] })])
  const call = callAfter(aQueueOffer())
  room.courier.deliver(call, NOON)
  await room.courier.publishPanel(call, history(2))
  t.same(room.types('tvp-1'), ['call.pop'])
  t.same(room.types('tvp-3'), [], 'not their line')
  t.same(await room.courier.take('tvp-1', call.callId), { ok: true })
  t.same(room.types('tvp-1'), ['call.pop', 'call.pop', 'call.panel'])
  t.same(room.types('tvp-2'), ['call.pop', 'call.gone'])
  t.match(await room.courier.take('tvp-2', call.callId), { ok: false, code: 'call.taken' })
})

t.test('two hands at the same moment: one has the call, the other is told', async t => {
  const room = makeRoom([at(1), at(2)])
  const call = callAfter(aQueueOffer())
  room.courier.deliver(call, NOON)
  const both = await Promise.all([room.courier.take('tvp-1', call.callId), room.courier.take('tvp-2', call.callId)])
  t.equal(both.filter(done => done.ok).length, 1)
})

t.test('a call offered to the line and then put through to a desk pops there with the panels it has', async t => {
  const room = makeRoom([at(1), at(2)])
  const offer = aQueueOffer()
  room.courier.deliver(callAfter(offer), NOON)
  await room.courier.publishPanel(callAfter(offer), history(2))
  room.courier.deliver(callAfter(offer, then(offer, 'alerting', { device: '4002' })), NOON + 1_000)
  t.same(room.types('tvp-2'), ['call.pop', 'call.pop', 'call.panel'])
  t.same(room.types('tvp-1'), ['call.pop', 'call.gone'])
})

t.test('where a call rings at many desks the first hand has it, and no other takes it away', async t => {
  const room = makeRoom([at(1), at(2)])
  const offer = anOffer()
  const call = callAfter(offer, then(offer, 'alerting', { device: '4002' }))
  room.courier.deliver(call, NOON)
  t.same(await room.courier.take('tvp-1', call.callId), { ok: true })
  t.match(await room.courier.take('tvp-2', call.callId), { ok: false, code: 'call.taken' })
})

t.test('the desk a call was sent on to may take it; the sender writes up and closes their own part', async t => {
  const room = makeRoom([at(1), at(2)])
  const offer = anOffer()
  const answered = [offer, then(offer, 'answered', { device: '4001' })]
  room.courier.deliver(callAfter(...answered), NOON + 1_000)
  const sent = callAfter(...answered, then(offer, 'transferred', { device: '4002' }))
  room.courier.deliver(sent, NOON + 2_000)
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { handedOverTo: { device: '4002', answered: false } } }])
  t.match(await room.courier.close('tvp-1', sent.callId), { code: 'call.live' }, 'not before another has it')
  t.same(await room.courier.take('tvp-2', sent.callId), { ok: true })
  t.match(room.courier.snapshot('tvp-1'), [
    { pop: { wrapUp: true, handedOverTo: { handler: 'tvp-2', answered: true } } }
  ])
  t.same(await room.courier.close('tvp-1', sent.callId), { ok: true })
  t.same(room.closed, [], 'the call goes on')
  t.match(room.courier.snapshot('tvp-2'), [{ pop: { takenBy: 'tvp-2' } }])
})

t.test('a desk with more calls than a snapshot carries is told how many are left out, and has the newest', async t => {
  const room = makeRoom([at(1)])
  const calls = Array.from({ length: SNAPSHOT_CARDS + 3 }, (_, n) => callAfter(anOffer({ name: `call ${n}` })))
  for (const call of calls.slice(0, SNAPSHOT_CARDS)) room.courier.deliver(call, NOON)
  t.equal(room.courier.leftOut('tvp-1'), 0)
  for (const call of calls.slice(SNAPSHOT_CARDS)) room.courier.deliver(call, NOON)
  t.equal(room.courier.leftOut('tvp-1'), 3)
  t.same(
    room.courier.snapshot('tvp-1').map(({ call }) => call),
    calls.slice(3).map(({ callId }) => callId)
  )
  t.equal(room.courier.leftOut('tvp-2'), 0)
})

t.test('the desk that answers has the call without a command', async t => {
  const room = makeRoom([at(1), at(2)])
  const offer = anOffer()
  room.courier.deliver(callAfter(offer), NOON)
  room.courier.deliver(callAfter(offer, then(offer, 'answered', { device: '4001' })), NOON + 1_000)
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { state: 'answered', takenBy: 'tvp-1' } }])
  t.match(await room.courier.take('tvp-2', callAfter(offer).callId), { ok: false, code: 'call.taken' })
})

t.test('an older answer never replaces a newer one', async t => {
  const room = makeRoom([at(1)])
  const call = callAfter(anOffer())
  room.courier.deliver(call, NOON)
  await room.courier.publishPanel(call, history(12))
  await room.courier.publishPanel(call, history(11, 'late'))
  t.match(room.courier.snapshot('tvp-1'), [{ panels: [{ rev: 12, panel: { status: 'found' } }] }])
  t.same(room.types('tvp-1'), ['call.pop', 'call.panel'])
})

t.test(
  'a snapshot gives every panel its own revision, so that a panel on its way can be told from a newer one',
  async t => {
    const room = makeRoom([at(1)])
    const call = callAfter(anOffer())
    room.courier.deliver(call, NOON)
    await room.courier.publishPanel(call, history(12))
    const [card] = room.courier.snapshot('tvp-1')
    const sent = room.logged.find(({ ev }) => ev.type === 'call.panel')
    t.equal(card?.panels[0]?.rev, sent?.ev.rev)
    t.not(card?.rev, card?.panels[0]?.rev, 'the card counts by another row of numbers')
  }
)

t.test('an answer for a call whose card another node keeps still reaches the desk', async t => {
  const room = makeRoom([at(1), at(2)])
  await room.courier.publishPanel(callAfter(anOffer()), history(2))
  t.same(room.types('tvp-1'), ['call.panel'])
  t.same(room.types('tvp-2'), [])
  t.same(room.courier.snapshot('tvp-1'), [], 'the card stays with its node')
})

t.test('with Redis away the pop and its panels still reach the screens of this node', async t => {
  const room = makeRoom([at(1)], { logIsAway: true })
  const call = callAfter(anOffer())
  room.courier.deliver(call, NOON)
  await room.courier.publishPanel(call, history(2))
  t.same(
    room.direct.map(sent => sent.ev.type),
    ['call.pop', 'call.panel']
  )
})

t.test('an ended call stays with whoever had it until a person closes it', async t => {
  const room = makeRoom([at(1), at(2)])
  const offer = anOffer()
  const live = callAfter(offer)
  room.courier.deliver(live, NOON)
  t.match(await room.courier.close('tvp-1', live.callId), { ok: false, code: 'call.live' })
  room.courier.deliver(callAfter(offer, then(offer, 'released')), NOON + 1_000)
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { state: 'released' } }])
  t.same(room.types('tvp-2'), [], 'its end does not offer it to the line')
  t.match(await room.courier.close('tvp-2', live.callId), { ok: false, code: 'call.not-entitled' })
  t.same(await room.courier.close('tvp-1', live.callId), { ok: true })
  t.same(room.types('tvp-1'), ['call.pop', 'call.state', 'call.gone'])
  t.same(room.courier.snapshot('tvp-1'), [])
  t.same(room.closed, [live.callId])
})

t.test('a card that another gateway took over while the record closed it leaves the screen all the same', async t => {
  const offer = anOffer()
  const ended = callAfter(offer, then(offer, 'released'))
  const letGo = () => room.courier.forget(ended.callId)
  const room = makeRoom([at(1), at(2)], { whileClosing: () => letGo() })
  room.courier.deliver(callAfter(offer), NOON)
  room.courier.deliver(ended, NOON + 1_000)
  t.same(await room.courier.close('tvp-1', ended.callId), { ok: true })
  t.equal(room.types('tvp-1').at(-1), 'call.gone')
})

t.test(
  'a call that another gateway took over while the record gave it to a handler leaves the screens of the others',
  async t => {
    const call = callAfter(aQueueOffer())
    const room = makeRoom([at(1), at(2)], { whileTaking: () => room.courier.forget(call.callId) })
    room.courier.deliver(call, NOON)
    t.same(await room.courier.take('tvp-1', call.callId), { ok: true })
    t.equal(room.types('tvp-2').at(-1), 'call.gone')
  }
)

t.test(
  'a handler whose take has lost its answer has the call all the same, and it leaves the screens of the others',
  async t => {
    const call = callAfter(aQueueOffer())
    const room = makeRoom([at(1), at(2)], {
      whileTaking: () => {
        throw new Error('broke off')
      }
    })
    room.courier.deliver(call, NOON)
    await t.rejects(room.courier.take('tvp-1', call.callId))
    const [asked] = room.doubts
    if (asked === undefined) return t.fail('nobody asks the record')
    room.courier.takenByRecord(asked, 'tvp-1')
    t.equal(room.types('tvp-2').at(-1), 'call.gone')
    t.match(room.courier.snapshot('tvp-1'), [{ pop: { offer: 'device', takenBy: 'tvp-1' } }])
  }
)

t.test('what the record says of a take comes too late for a call that the switch has put through since', async t => {
  const offer = anOffer()
  const room = makeRoom([at(1), at(2)])
  room.courier.deliver(callAfter(offer), NOON)
  const before = room.courier.card(callAfter(offer).callId)
  if (before === undefined) return t.fail('no card')
  room.courier.deliver(callAfter(offer, then(offer, 'answered')), NOON + 1_000)
  room.courier.takenByRecord(before, 'tvp-2')
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { takenBy: 'tvp-1' } }])
})

t.test(
  'the others’ screens let go of a call that was taken here and adopted elsewhere before that was known',
  async t => {
    const call = callAfter(aQueueOffer())
    const room = makeRoom([at(1), at(2)])
    room.courier.deliver(call, NOON)
    const before = room.courier.card(call.callId)
    if (before === undefined) return t.fail('no card')
    room.courier.forget(call.callId)
    room.courier.takenByRecord(before, 'tvp-1')
    t.equal(room.types('tvp-2').at(-1), 'call.gone')
    t.equal(room.courier.card(call.callId), undefined, 'its card is the other gateway’s')
  }
)

t.test('a card that a colleague closed a moment before is closed by this handler too, in the record', async t => {
  const offer = anOffer()
  const ended = callAfter(offer, then(offer, 'released'))
  const room = makeRoom([at(1), at(2, { lines: ['101'] })], { recorded: [ended] })
  t.same(await room.courier.close('tvp-1', ended.callId), { ok: true })
  t.same(room.writtenUp, [`tvp-1 ${ended.callId}`])
  t.match(await room.courier.close('tvp-2', ended.callId), { ok: false, code: 'call.not-entitled' })
  t.equal(room.writtenUp.length, 1, 'nobody writes up a call they may not see')
})

t.test('a card that this gateway does not have is not closed before the record knows the call', async t => {
  const call = callAfter(anOffer())
  const room = makeRoom([at(1)], {
    whileClosing: () => {
      throw new Error('no such call')
    }
  })
  await t.rejects(room.courier.close('tvp-1', call.callId))
})

t.test('what a screen may have missed is said again, with its panels, and rings nobody', async t => {
  const room = makeRoom([at(1)])
  const call = callAfter(anOffer())
  room.courier.deliver(call, NOON)
  await room.courier.publishPanel(call, history(2))
  const said = room.logged.length
  room.courier.sayAgain(call.callId)
  t.same(
    room.logged.slice(said).map(({ ev }) => ev.type),
    ['call.state', 'call.panel']
  )
})

t.test(
  'a card that its handler put away while no gateway had the call leaves their screen with its adoption',
  async t => {
    const room = makeRoom([at(1), at(2)])
    const offer = anOffer()
    const ended = callAfter(offer, then(offer, 'answered', { device: '4001' }), then(offer, 'released'))
    const hands = [
      { handler: 'tvp-1', isClosed: false },
      { handler: 'tvp-2', isClosed: true }
    ]
    room.courier.restore({ ...ended, generation: 2 }, { takenBy: 'tvp-1', hands })
    t.same(room.types('tvp-2'), ['call.gone'])
    t.notOk(room.types('tvp-1').includes('call.gone'), 'and stays before who has still to write it up')
  }
)

t.test('a call adopted twice leaves the screens of those who have it no more by the record', async t => {
  const room = makeRoom([at(1), at(2)])
  const call = callAfter(aQueueOffer())
  room.courier.deliver(call, NOON)
  room.courier.restore({ ...call, generation: 2 }, { takenBy: 'tvp-1', hands: [{ handler: 'tvp-1', isClosed: false }] })
  t.equal(room.types('tvp-2').at(-1), 'call.gone')
})

t.test('a call let go of and adopted again leaves the screens of those who have it no more by the record', async t => {
  const room = makeRoom([at(1), at(2), at(3)])
  const call = callAfter(aQueueOffer())
  room.courier.deliver(call, NOON)
  room.courier.forget(call.callId)
  room.courier.restore({ ...call, generation: 2 }, { takenBy: 'tvp-1', hands: [{ handler: 'tvp-1', isClosed: false }] })
  t.equal(room.types('tvp-2').at(-1), 'call.gone')
  t.equal(room.types('tvp-3').at(-1), 'call.gone')
  t.equal(room.types('tvp-1').at(-1), 'call.state', 'and stays with whoever took it')
})

t.test('a part that was closed while the call was adopted a second time stays closed', async t => {
  const room = makeRoom([at(1), at(2)])
  const offer = anOffer()
  const ended = callAfter(offer, then(offer, 'answered'), then(offer, 'released'))
  const hands = ['tvp-1', 'tvp-2'].map(handler => ({ handler, isClosed: false }))
  room.courier.restore({ ...ended, generation: 2 }, { takenBy: 'tvp-1', hands })
  t.same(await room.courier.close('tvp-2', ended.callId), { ok: true })
  room.courier.restore({ ...ended, generation: 3 }, { takenBy: 'tvp-1', hands })
  t.equal(room.types('tvp-2').at(-1), 'call.gone')
  t.same(room.courier.snapshot('tvp-2'), [])
})

t.test('a call that a gateway adopted, once it is closed, is taken from every screen that may have it', async t => {
  const room = makeRoom([at(1), at(2), at(3, { lines: ['101'] })])
  const offer = anOffer()
  const ended = { ...callAfter(offer, then(offer, 'answered'), then(offer, 'released')), generation: 2 }
  room.courier.restore(ended, { takenBy: 'tvp-1', hands: [{ handler: 'tvp-1', isClosed: false }] })
  t.same(room.types('tvp-2'), [], 'by the record it is nobody else’s')
  t.same(await room.courier.close('tvp-1', ended.callId), { ok: true })
  t.same(room.types('tvp-2'), ['call.gone'], 'but the gateway before may have shown it to the line')
  t.same(room.types('tvp-3'), [], 'nobody hears of a call they may not see')
})

t.test('a call that came while nobody was signed on pops at the first who signs on', async t => {
  const room = makeRoom([])
  room.courier.deliver(callAfter(aQueueOffer()), NOON)
  t.same(room.logged, [])
  room.directory.put(at(1))
  room.courier.signOnsChanged()
  t.same(room.types('tvp-1'), ['call.pop'])
})

t.test('signing off hands the ringing call to the others of the line', async t => {
  const room = makeRoom([at(1), at(2)])
  room.courier.deliver(callAfter(anOffer()), NOON)
  room.directory.end('tvp-1')
  room.courier.signOnsChanged()
  t.same(room.types('tvp-2'), ['call.pop'])
  t.match(room.courier.snapshot('tvp-2'), [{ pop: { offer: 'queue' } }])
})

t.test('after a restart the pop rings nobody twice, and the state is said anew', async t => {
  const offer = anOffer()
  const call = callAfter(offer)
  const before = makeRoom([at(1)])
  before.courier.deliver(call, NOON)
  const after = makeRoom([at(1)])
  after.courier.restore({ ...call, generation: 2 })
  t.equal(after.logged[0]?.eventId, before.logged[0]?.eventId, 'the log drops the repeat by its id')
  t.match(after.logged[1]?.ev, { type: 'call.state' })
  t.ok((after.logged[1]?.ev.rev ?? 0) > (before.logged[0]?.ev.rev ?? 0))
})

t.test('it rings at the desk of somebody to whom it was passed on before: that is a pop of their own', async t => {
  const offer = anOffer()
  const room = makeRoom([at(1), at(2)])
  room.courier.deliver(callAfter(offer), NOON)
  const words = { from: 'Desk 1', why: 'unacked' as const, at: NOON + 5_000 }
  room.courier.escalate(callAfter(offer).callId, ['tvp-2'], words)
  room.courier.deliver(callAfter(offer, then(offer, 'alerting', { device: '4002' })), NOON + 6_000)
  const [passedOn, own] = room.logged.filter(sent => sent.handler === 'tvp-2')
  t.match(passedOn?.ev, { type: 'call.pop', data: { offer: 'queue', escalated: words } })
  t.match(own?.ev, { type: 'call.pop', data: { offer: 'device' } })
  t.notMatch(own?.ev, { data: { escalated: {} } })
})

t.test('whom a call was passed on to is not rung a second time by the gateway that takes the call up', async t => {
  const call = callAfter(anOffer())
  const words = { from: 'Desk 1', why: 'not-taken' as const, at: NOON + 15_000 }
  const before = makeRoom([at(1), at(2)])
  before.courier.deliver(call, NOON)
  before.courier.escalate(call.callId, ['tvp-2'], words)
  const rung = before.logged.find(sent => sent.handler === 'tvp-2')
  const after = makeRoom([at(1), at(2)])
  after.courier.restore({ ...call, generation: 2 })
  after.courier.escalate(call.callId, ['tvp-2'], words, { isAgain: true })
  const told = after.logged.filter(sent => sent.handler === 'tvp-2')
  t.equal(rung?.ev.type, 'call.pop')
  t.equal(told[0]?.eventId, rung?.eventId, 'where the pop never arrived it rings; else the log drops it by its id')
  t.match(told.at(-1)?.ev, { type: 'call.state', data: { escalated: words } })
  after.courier.escalate(call.callId, ['tvp-2'], words, { isAgain: true })
  t.same(after.types('tvp-2'), ['call.pop', 'call.state'], 'and nothing more, however often the record is read')
})

t.test(
  'a call passed on by a gateway that had taken it up rings there once, though a third gateway takes it up',
  async t => {
    const call = callAfter(anOffer())
    const words = { from: 'Desk 1', why: 'unacked' as const, at: NOON + 5_000 }
    const second = makeRoom([at(1), at(2)])
    second.courier.restore({ ...call, generation: 2 })
    second.courier.escalate(call.callId, ['tvp-2'], words)
    const third = makeRoom([at(1), at(2)])
    const steps = [{ kind: words.why, handler: 'tvp-2', at: words.at }]
    third.courier.restore({ ...call, generation: 3 }, { steps })
    const [rung] = second.logged.filter(sent => sent.handler === 'tvp-2')
    const told = third.logged.filter(sent => sent.handler === 'tvp-2')
    t.match([rung?.ev.type, told[0]?.eventId], ['call.pop', rung?.eventId], 'the log drops the repeat by its id')
    t.match(told.slice(1), [{ ev: { type: 'call.state', data: { escalated: { why: words.why, at: words.at } } } }])
  }
)

t.test(
  'the end of a call reaches whom it was passed on to, though it is the first that its new gateway is told',
  async t => {
    const offer = anOffer()
    const room = makeRoom([at(1), at(2)])
    const steps = [{ kind: 'not-taken' as const, handler: 'tvp-2', at: NOON + 15_000 }]
    room.courier.restore({ ...callAfter(offer), generation: 2 }, { steps })
    room.courier.deliver({ ...callAfter(offer, then(offer, 'released')), generation: 2 }, NOON + 20_000)
    const last = room.logged.findLast(sent => sent.handler === 'tvp-2')
    t.match(last?.ev, { type: 'call.state', data: { state: 'released' } })
  }
)

t.test('who was passed a call, let it go and is given it once more is rung once more', async t => {
  const call = callAfter(anOffer())
  const words = { from: 'Desk 1', why: 'unacked' as const, at: NOON + 5_000 }
  const room = makeRoom([at(1), at(2)])
  room.courier.deliver(call, NOON)
  room.courier.escalate(call.callId, ['tvp-2'], words)
  room.directory.end('tvp-2')
  room.courier.signOnsChanged()
  room.directory.put(at(2))
  room.courier.signOnsChanged()
  t.same(room.types('tvp-2'), ['call.pop', 'call.gone', 'call.pop'])
})

t.test(
  'a call that moves to another desk after a restart pops there, though that desk had been offered it before',
  async t => {
    const offer = aQueueOffer()
    const before = makeRoom([at(1), at(2)])
    before.courier.deliver(callAfter(offer), NOON)
    const had = before.logged.filter(({ handler }) => handler === 'tvp-2').map(({ eventId }) => eventId)
    const answered = callAfter(
      offer,
      then(offer, 'alerting', { device: '4001' }),
      then(offer, 'answered', { device: '4001' })
    )
    const after = makeRoom([at(1), at(2)])
    after.courier.restore({ ...answered, generation: 2 })
    const moved = callAfter(
      offer,
      then(offer, 'alerting', { device: '4001' }),
      then(offer, 'answered', { device: '4001' }),
      then(offer, 'transferred', { device: '4002' })
    )
    after.courier.deliver({ ...moved, generation: 2 }, NOON + 2_000)
    const pop = after.logged.find(({ handler, ev }) => handler === 'tvp-2' && ev.type === 'call.pop')
    t.ok(pop, 'it pops')
    t.notOk(had.includes(pop?.eventId ?? ''), 'and the log does not take it for the pop of before')
  }
)

t.test('a call forgotten by the registry leaves nothing behind', async t => {
  const room = makeRoom([at(1)])
  const call = callAfter(anOffer())
  room.courier.deliver(call, NOON)
  room.courier.forget(call.callId)
  t.same(room.courier.snapshot('tvp-1'), [])
  t.same(await room.courier.close('tvp-1', call.callId), { ok: true }, 'closing again is harmless')
  t.match(await room.courier.take('tvp-1', call.callId), { ok: false, code: 'call.unknown' })
})

t.test('a call whose end fell into a restart is said to be unheard, and a person may close it', async t => {
  const offer = anOffer()
  const call = callAfter(offer)
  const room = makeRoom([at(1)])
  room.courier.restore({ ...call, generation: 2 })
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { state: 'alerting', unheard: true } }])
  t.same(await room.courier.close('tvp-1', call.callId), { ok: true })
  t.equal(room.types('tvp-1').at(-1), 'call.gone')
})

t.test('a restored call that its switch speaks of again is live like any other', async t => {
  const offer = anOffer()
  const room = makeRoom([at(1)])
  room.courier.restore({ ...callAfter(offer), generation: 2 })
  const answered = callAfter(offer, then(offer, 'answered', { device: '4001' }))
  room.courier.deliver({ ...answered, generation: 2 }, NOON + 1_000)
  t.notOk(room.courier.snapshot('tvp-1')[0]?.pop.unheard)
  t.match(await room.courier.close('tvp-1', answered.callId), { ok: false, code: 'call.live' })
})

t.test('a call whose last words came from a gateway that died still says that it may be over', async t => {
  const offer = anOffer()
  const room = makeRoom([at(1)])
  room.courier.restore({ ...callAfter(offer), generation: 2 })
  const answered = callAfter(offer, then(offer, 'answered', { device: '4001' }))
  room.courier.deliver({ ...answered, generation: 2, isUnheard: true }, NOON + 1_000)
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { state: 'answered', unheard: true } }])
})

t.test('a call that had settled long before a restart is on the screen again without a word', async t => {
  const offer = anOffer()
  const room = makeRoom([at(1)])
  const ended = callAfter(offer, then(offer, 'released'))
  room.courier.restore({ ...ended, generation: 2 }, { isOld: true })
  t.same(room.logged, [])
  t.match(room.courier.snapshot('tvp-1'), [{ pop: { state: 'released' } }])
  t.ok(room.courier.wasPopped('tvp-1', ended.popId))
})

t.test('a call whose answers never came is found, so that they can be asked for again', async t => {
  const room = makeRoom([at(1)])
  const [lost, answered, next] = ['lost', 'answered', 'next'].map((name, n) =>
    callAfter(anOffer({ name, cli: cliOf(n) }))
  )
  if (lost === undefined || answered === undefined || next === undefined) throw new Error('three calls')
  for (const call of [lost, answered, next]) room.courier.deliver(call, call.offeredAt)
  for (const panel of PANEL_NAMES) {
    const revised = history(2)
    await room.courier.publishPanel(answered, { ...revised, panel: { ...revised.panel, panel } })
  }
  t.same(
    room.courier.withoutPanels(10).map(({ callId }) => callId),
    [lost.callId, next.callId]
  )
  t.same(room.courier.withoutPanels(1), [lost], 'no more than asked for')
})

t.test('a call whose notes could not be asked for is found; one that has none, or has its answer, is not', async t => {
  const room = makeRoom([at(1)])
  const names = ['failed', 'none', 'unwritten', 'answered late']
  const [failed, none, unwritten, late] = names.map((name, n) => callAfter(anOffer({ name, cli: cliOf(n) })))
  if (failed === undefined || none === undefined || unwritten === undefined || late === undefined)
    throw new Error('four')
  for (const call of [failed, none, unwritten, late]) room.courier.deliver(call, call.offeredAt)
  const notes = (rev: number, status: Panel['status']): RevisedPanel => {
    const { panel } = history(rev, status)
    return { rev, panel: { ...panel, panel: 'notes' } }
  }
  await room.courier.publishPanel(failed, notes(2, 'failed'))
  await room.courier.publishPanel(none, notes(2, 'none'))
  await room.courier.publishPanel(late, notes(2, 'late'))
  t.same(room.courier.withoutNotes(10), [failed, late])
  t.same(room.courier.withoutNotes(1), [failed], 'no more than asked for')
  await room.courier.publishPanel(late, notes(3, 'found'))
  t.same(room.courier.withoutNotes(10), [failed])
})

t.test('a call of another gateway that was passed on to a handler is on their screen, with the words why', async t => {
  const room = makeRoom([at(1), at(2), at(3)])
  const call = callAfter(anOffer())
  const steps = [{ kind: 'unacked', handler: 'tvp-2', at: NOON + 5_000 }] as const
  const known = { steps }
  const words = { from: 'tvp-desk-1', why: 'unacked', at: NOON + 5_000 }
  t.match(room.courier.foreignCard(call, known, 'tvp-2'), { pop: { offer: 'queue', escalated: words }, panels: [] })
  t.match(room.courier.foreignCard(call, known, 'tvp-1'), { pop: { offer: 'device' } })
  t.notOk(room.courier.foreignCard(call, known, 'tvp-1')?.pop.escalated, 'where it rings it is as before')
  t.equal(room.courier.foreignCard(call, known, 'tvp-3'), undefined)
  t.equal(room.courier.foreignCard(call, {}, 'tvp-2'), undefined, 'nobody passed it on')
  t.notOk(room.courier.foreignCard(call, known, 'tvp-1')?.pop.unheard)
  const lost = { ...call, isUnheard: true }
  t.ok(room.courier.foreignCard(lost, known, 'tvp-1')?.pop.unheard, 'of a gateway that died, it says so')
  const ended = callAfter(anOffer(), then(anOffer(), 'released'))
  t.equal(room.courier.foreignCard(ended, known, 'tvp-2'), undefined)
})
