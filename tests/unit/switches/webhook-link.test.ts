import t from 'tap'
import type { SwitchConfig } from '../../../src/operations/switch-schema.ts'
import { makeWebhookBench, LINK_NOON as NOON } from '../../support/webhook-bench.ts'

/* A switch that posts what happens: each event once, in its order, and what was not heard put right. */

const NUMBERS: SwitchConfig['numbers'] = [
  { number: '999', line: '999', force: 'tvp', route: 'primary' },
  { number: '101', line: '101', force: 'hants', route: 'primary', acdQueue: 'hants-101' }
]

function makeLink(isRefused?: () => boolean) {
  const bench = makeWebhookBench({ numbers: NUMBERS, batchesPerSecond: 10 }, isRefused)
  let ids = 0
  const post = (list: readonly object[], epoch?: string) => {
    const stamped = list.map(event => ({ id: `e${++ids}`, ...event }))
    return bench.link.receive(Buffer.from(JSON.stringify({ epoch, events: stamped })), NOON)
  }
  const states = () =>
    [...bench.registry.calls()].map(({ state, cause }) => (cause === undefined ? state : `${state} ${cause}`))
  return { ...bench, post, states }
}

const OFFER = { type: 'offered', call: 'c1', to: '999', from: '+447700900123', device: '4001' }

t.test('a call from its offer to its end, with who calls as the network says it', async t => {
  const { link, take, post, events, states } = makeLink()
  t.same(await post([OFFER]), { kind: 'busy' }, 'before the gateway takes calls it is told to come again')
  await link.start(take)
  t.match(await post([OFFER]), { kind: 'read', taken: 1, wantsSnapshot: true })
  t.match(events[0], {
    ...{ kind: 'offered', trunk: 'acd', force: 'tvp', line: '999', ddi: '999', device: '4001', receivedAt: NOON },
    cli: { trust: 'asserted', network: { e164: '+447700900123' } }
  })
  const rest = ['answered', 'held', 'retrieved'].map(type => ({ type, call: 'c1', device: '4001' }))
  t.match(await post([...rest, { type: 'released', call: 'c1' }]), { taken: 4, nonsense: [] })
  t.same(states(), ['released ended'])
  t.match(await post([{ type: 'answered', call: 'c1' }]), { ignored: 1 })
})

t.test('a withheld number, a caller in a menu, a queue: as the table of numbers and the switch have it', async t => {
  const { link, take, post, events } = makeLink()
  await link.start(take)
  await post([
    {
      type: 'offered',
      call: 'c1',
      to: '101',
      withheld: true,
      from: '07700 900124',
      chosen: 'report',
      reference: 'ucid-7'
    },
    { type: 'offered', call: 'c2', to: '01632 960999', shown: '07700 900125', queue: 'other' }
  ])
  t.match(events[0], {
    ...{ force: 'hants', line: '101', acdQueue: 'hants-101', ivrPath: 'report' },
    ...{ cli: { trust: 'withheld' }, said: { headers: { reference: 'ucid-7' } } }
  })
  t.match(
    events[1],
    { force: 'tvp', line: '999', acdQueue: 'other', cli: { trust: 'presentation-only' } },
    'a number of no row'
  )
})

t.test('a name or an id with characters that no record takes is a call all the same', async t => {
  const { link, take, events } = makeLink()
  await link.start(take)
  const odd = JSON.stringify({ id: 'e', ...OFFER, call: 'c\u00001', name: 'Ann\ud800\u0007', reference: '\udc00' })
  t.match(await link.receive(Buffer.from(`{"events":[${odd}]}`), NOON), { taken: 1, nonsense: [] })
  const [offered] = events
  t.match(offered, { switchCallId: 'c1', cli: { name: 'Ann\ufffd' }, said: { headers: { reference: '\ufffd' } } })
  t.ok(JSON.stringify(offered).isWellFormed())
})

t.test('what is sent again counts once; what was not kept is tried again', async t => {
  let isAway = true
  const { link, take, events } = makeLink(() => isAway)
  await link.start(take)
  const body = Buffer.from(JSON.stringify({ events: [{ id: 'one', ...OFFER }] }))
  t.match(await link.receive(body, NOON), { refused: 1 })
  isAway = false
  t.match(await link.receive(body, NOON), { taken: 1, repeated: 0 })
  t.match(await link.receive(body, NOON), { taken: 0, repeated: 1 })
  t.equal(events.length, 2)
  const twice = await Promise.all(
    [1, 2].map(() => link.receive(Buffer.from(JSON.stringify({ events: [{ id: 'two', ...OFFER, call: 'c2' }] })), NOON))
  )
  t.equal(
    twice.reduce((sum, each) => sum + (each.kind === 'read' ? each.taken : 0), 0),
    1,
    'also at the same moment'
  )
})

t.test('numbers that are missing are a gap until a snapshot has put every call right', async t => {
  const { link, take, post, gaps, states } = makeLink()
  await link.start(take)
  t.match(await post([{ type: 'snapshot', seq: 1, calls: [] }], 'a'), { wantsSnapshot: false })
  t.match(
    await post(
      [
        { ...OFFER, seq: 2 },
        { ...OFFER, call: 'c2', device: '4002', from: '07700900124', seq: 3 }
      ],
      'a'
    ),
    { wantsSnapshot: false }
  )
  t.match(await post([{ type: 'heartbeat', seq: 6 }], 'a'), { wantsSnapshot: true })
  t.same(gaps, ['2 of its messages did not arrive.'])
  t.equal(link.state().state, 'retrying')
  const standing = [
    { ...OFFER, type: undefined, call: 'c2', from: '07700900124', device: '4002', state: 'answered' },
    { ...OFFER, type: undefined, call: 'c3', from: '07700900125', device: '4003', state: 'held' }
  ]
  t.match(await post([{ type: 'snapshot', seq: 7, calls: standing }], 'a'), { wantsSnapshot: false, nonsense: [] })
  t.same(states().sort(), ['answered', 'held', 'released lost'])
  t.same(gaps.slice(1), [undefined])
  t.equal(link.state().state, 'up')
  t.match(await post([{ type: 'heartbeat', seq: 1 }], 'b'), { wantsSnapshot: true }, 'a switch that began anew')
})

t.test('a call that was held and is not any more is answered by the snapshot, and what is right stays', async t => {
  const { link, take, post, states, registry } = makeLink()
  await link.start(take)
  await post([OFFER, { type: 'answered', call: 'c1', device: '4001' }, { type: 'held', call: 'c1' }])
  const call = { ...OFFER, type: undefined, state: 'answered' }
  await post([{ type: 'snapshot', calls: [call] }])
  t.same(states(), ['answered'])
  const before = [...registry.calls()][0]?.seq
  await post([{ type: 'snapshot', calls: [call] }])
  t.equal([...registry.calls()][0]?.seq, before, 'told twice, nothing changes')
})

t.test('a switch that says nothing for too long is gone, and is whole again by a snapshot', async t => {
  const { link, take, post, gaps, time } = makeLink()
  await link.start(take)
  link.tick()
  t.equal(link.state().state, 'down', 'it may speak to another gateway')
  await post([{ type: 'snapshot', calls: [] }])
  time.now += 31_000
  link.tick()
  link.tick()
  t.same(gaps, ['It has said nothing for 31 s.'])
  t.match(await post([{ type: 'heartbeat' }]), { wantsSnapshot: true })
  t.equal(gaps.length, 1)
  await post([{ type: 'snapshot', calls: [] }])
  t.same(gaps.slice(1), [undefined])
})

t.test('a gateway that gets heartbeats alone asks for nothing, and is whole again by the next', async t => {
  const { link, take, post, gaps, time } = makeLink()
  await link.start(take)
  t.match(await post([{ type: 'heartbeat' }]), { wantsSnapshot: false })
  time.now += 31_000
  link.tick()
  t.match(await post([{ type: 'heartbeat' }]), { wantsSnapshot: false })
  t.same(gaps, ['It has said nothing for 31 s.', undefined])
  t.match(
    await post([{ type: 'answered', call: 'c9' }]),
    { ignored: 1, wantsSnapshot: true },
    'now it is this one that has them'
  )
})

t.test('what makes no sense costs itself, and a flood is told to come again', async t => {
  const { link, take, post } = makeLink()
  await link.start(take)
  t.same(await link.receive(Buffer.from('no JSON'), NOON), { kind: 'unreadable' })
  t.same(await link.receive(Buffer.from('{"events":[]}'), NOON), { kind: 'unreadable' })
  t.match(await post([{ type: 'ringing' }, OFFER, { type: 'answered' }, { ...OFFER, mood: 'bad' }]), {
    taken: 1,
    nonsense: [
      { event: 1, text: 'its type is none of the known ones' },
      { event: 3, text: /must have required propert/ },
      { event: 4, text: /must NOT have additional properties/ }
    ]
  })
  for (let n = 0; n < 40; n++) await post([{ type: 'heartbeat' }])
  t.same(await post([{ type: 'heartbeat' }]), { kind: 'too-many' })
})
