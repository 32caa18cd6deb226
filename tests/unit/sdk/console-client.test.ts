import t from 'tap'
import { WebSocket as NodeSocket } from 'ws'
import { ConsoleClient } from '../../../src/sdk/console-client.ts'
import type { LinkState } from '../../../src/sdk/link-state.ts'
import type { SocketConstructor } from '../../../src/sdk/socket-like.ts'
import { ev, FakeGateway, welcome } from '../../support/fake-gateway.ts'
import { HandTime, settle } from '../../support/hand-time.ts'
import { barePop, callId, goneEvent, panelEvent, panelOf, popEvent, stateEvent } from '../../support/pop-words.ts'

/** Both kinds of socket a client may be given fit its port; the compiler is the test. */
export const FITTING: readonly SocketConstructor[] = [WebSocket, NodeSocket]

interface Desk {
  readonly urls?: readonly string[]
  readonly random?: () => number
  readonly isSignedOn?: () => boolean
  readonly canAsk?: () => boolean
  /** How long the gateway asks to stay away; 0 gives a ticket. */
  readonly waitMs?: () => number
}

const URL = 'ws://gateway/api/v1/ws'

function makeDesk({
  urls = [URL],
  random = () => 0.5,
  isSignedOn = () => true,
  canAsk = () => true,
  waitMs = () => 0
}: Desk = {}) {
  const gateway = new FakeGateway()
  const time = new HandTime()
  const links: LinkState[] = []
  const shown: string[] = []
  let tickets = 0
  const client = new ConsoleClient({
    url: urls,
    WebSocketImpl: gateway.Socket,
    getTicket: async () => {
      if (!canAsk()) throw new Error('gateway away')
      if (waitMs() > 0) return { kind: 'later', retryMs: waitMs() }
      return isSignedOn() ? { kind: 'ticket', ticket: `ticket-${++tickets}` } : { kind: 'not-signed-on' }
    },
    client: 'test/1',
    onLink: link => links.push(link),
    onScreen: (_, { message }) => shown.push(message.t === 'ev' ? message.eventId : 'snapshot'),
    time,
    random,
    makeId: () => 'command-1'
  })
  /** Connected, with an empty snapshot at `seq`. */
  const live = async (seq = 0) => {
    client.start()
    await settle()
    gateway.last.open()
    gateway.last.say(welcome({ seq }))
    gateway.last.say({ t: 'snapshot', epoch: 'one', seq, cards: [] })
  }
  /** The next try, welcomed where it left off. */
  const resume = async () => {
    await time.advance(8_000)
    gateway.last.open()
    const cursor = gateway.last.of('hello')[0]?.resume
    gateway.last.say(welcome({ epoch: cursor?.epoch ?? '', seq: cursor?.seq ?? 0, resumed: true }))
  }
  return { gateway, time, client, links, shown, live, resume }
}

t.test('a console says hello with a fresh ticket and shows what the snapshot holds', async t => {
  const { gateway, client } = makeDesk()
  client.start()
  client.start()
  await settle()
  t.equal(gateway.sockets.length, 1, 'starting twice opens one socket')
  t.equal(gateway.last.protocol, 'cticonsole.v1.json')
  gateway.last.open()
  t.same(gateway.last.sent, [{ t: 'hello', v: 1, ticket: 'ticket-1', client: 'test/1' }])
  gateway.last.say(welcome({ seq: 7 }))
  t.equal(client.link.kind, 'connecting', 'not live before it shows anything')
  const panels = [{ rev: 3, panel: panelOf(1, 'history') }]
  gateway.last.say({
    t: 'snapshot',
    epoch: 'one',
    seq: 7,
    cards: [{ call: callId(1), rev: 5, pop: barePop(1), panels }]
  })
  t.equal(client.link.kind, 'live')
  t.equal(client.screen.cards.get(callId(1))?.panels.history?.rev, 3)
  t.match(gateway.last.of('ack').at(-1), { seq: 7, pops: [`p_${callId(1)}`] })
})

t.test('a snapshot that comes in parts is shown when it is whole, and only then acknowledged', async t => {
  const { gateway, client } = makeDesk()
  client.start()
  await settle()
  gateway.last.open()
  gateway.last.say(welcome({ seq: 7 }))
  const part = (n: number, name: 'history' | 'location', more: boolean) => ({
    t: 'snapshot',
    epoch: 'one',
    seq: 7,
    cards: [{ call: callId(n), rev: 5, pop: barePop(n), panels: [{ rev: 3, panel: panelOf(n, name) }] }],
    more
  })
  gateway.last.say(part(1, 'history', true))
  t.equal(client.screen.cards.size, 0)
  t.same(gateway.last.of('ack'), [])
  gateway.last.say(part(1, 'location', true))
  gateway.last.say(part(2, 'history', false))
  t.equal(client.link.kind, 'live')
  t.same([...client.screen.cards.keys()], [callId(1), callId(2)])
  t.same(Object.keys(client.screen.cards.get(callId(1))?.panels ?? {}).sort(), ['history', 'location'])
  t.match(gateway.last.of('ack').at(-1), { seq: 7 })
  client.stop()
})

t.test('a pop is acknowledged at once, the rest together', async t => {
  const { gateway, time, live } = makeDesk()
  await live()
  gateway.last.say(ev(1, popEvent(1, 1)))
  t.same(gateway.last.of('ack').at(-1), { t: 'ack', seq: 1, pops: [`p_${callId(1)}`] })
  const before = gateway.last.of('ack').length
  for (let seq = 2; seq <= 10; seq++) gateway.last.say(ev(seq, stateEvent(1, seq)))
  t.equal(gateway.last.of('ack').length, before)
  await time.advance(250)
  t.same(gateway.last.of('ack').slice(before), [{ t: 'ack', seq: 10 }])
  for (let seq = 11; seq <= 42; seq++) gateway.last.say(ev(seq, stateEvent(1, seq)))
  t.same(gateway.last.of('ack').at(-1), { t: 'ack', seq: 42 }, 'thirty-two wait no longer')
})

t.test('a call that comes onto the screen by its state alone is acknowledged like a pop', async t => {
  const { gateway, client, live } = makeDesk()
  await live()
  gateway.last.say(ev(1, stateEvent(1, 2)))
  t.same([...client.screen.cards.keys()], [callId(1)])
  t.same(gateway.last.of('ack').at(-1), { t: 'ack', seq: 1, pops: [`p_${callId(1)}`] })
})

t.test('after a cut the console resumes behind the last event it holds, and misses nothing', async t => {
  const { gateway, client, live, resume, shown } = makeDesk()
  await live()
  gateway.last.say(ev(1, popEvent(1, 1)))
  gateway.last.drop()
  t.equal(client.link.kind, 'stale')
  await resume()
  t.same(gateway.last.of('hello')[0]?.resume, { epoch: 'one', seq: 1, eventId: 'e-1' })
  t.equal(gateway.last.of('hello')[0]?.ticket, 'ticket-2', 'a ticket is good once')
  t.equal(client.link.kind, 'live')
  t.match(gateway.last.of('ack')[0], { seq: 1, pops: [`p_${callId(1)}`] }, 'the cut may have swallowed it')
  gateway.last.say(ev(2, panelEvent(1, 1, 'history')))
  t.same(shown, ['snapshot', 'e-1', 'e-2'])
})

t.test('a gap is asked for again from the last good place, never jumped over', async t => {
  const { gateway, client, live, resume } = makeDesk()
  await live()
  gateway.last.say(ev(1, popEvent(1, 1)))
  const first = gateway.last
  first.say(ev(3, popEvent(3, 1)))
  t.equal(first.readyState, 2, 'closed by us')
  first.say(ev(2, popEvent(2, 1)))
  t.equal(client.screen.cards.size, 1, 'what the old socket still says does not count')
  await resume()
  t.equal(gateway.last.of('hello')[0]?.resume?.seq, 1)
  gateway.last.say(ev(2, popEvent(2, 1)))
  gateway.last.say(ev(3, popEvent(3, 1)))
  t.equal(client.screen.cards.size, 3)
})

t.test('what was replaced on a slow link is no gap, and what is missing all the same is one', async t => {
  const { gateway, client, live, shown } = makeDesk()
  await live()
  gateway.last.say(ev(1, popEvent(1, 1)))
  gateway.last.say({ ...ev(4, panelEvent(1, 3, 'history')), after: 1 })
  t.same(shown, ['snapshot', 'e-1', 'e-4'])
  t.equal(client.link.kind, 'live')
  gateway.last.say({ ...ev(9, panelEvent(1, 4, 'history')), after: 7 })
  t.equal(client.link.kind, 'stale', 'five to seven never came')
  client.stop()
})

t.test('of several gateways the next is tried when one does not serve, or says goodbye', async t => {
  const urls = ['ws://one/ws', 'ws://two/ws', 'ws://three/ws']
  const { gateway, time, live, resume } = makeDesk({ urls, random: () => 1 })
  const tried = () => gateway.sockets.map(({ url }) => url.slice(5, -3))
  await live()
  gateway.last.drop()
  await time.advance(250)
  t.same(tried(), ['one', 'one'], 'a network that broke for a moment')
  gateway.last.drop()
  await time.advance(500)
  t.same(tried().at(-1), 'two')
  gateway.last.drop(1013)
  await resume()
  t.same(tried().at(-1), 'three')
  gateway.last.say({ t: 'bye', code: 'restart', retryMs: 100 })
  gateway.last.drop(1012)
  await time.advance(100)
  t.same(tried().at(-1), 'one')
})

const NEXT = { ticket: 'next-1', gateways: ['https://gateway', 'https://two.example', 'https://three.example'] }

t.test('a console whose gateway is gone goes to one that it named, by the ticket it was given for that', async t => {
  const { gateway, time, live, client } = makeDesk({ urls: ['wss://gateway/api/v1/ws'], random: () => 0.5 })
  const tried = () => gateway.sockets.map(({ url }) => url)
  await live()
  const beat = { t: 'hb', seq: 0, ts: '2026-11-25T14:02:00Z', service: { level: 0 } } as const
  gateway.last.say({ ...beat, next: NEXT })
  gateway.last.drop()
  await time.advance(125)
  gateway.last.drop()
  await time.advance(250)
  t.equal(tried().at(-1), 'wss://two.example/api/v1/ws')
  gateway.last.open()
  t.equal(gateway.last.of('hello')[0]?.ticket, 'next-1')
  t.ok(gateway.last.of('hello')[0]?.resume, 'and goes on where it was')
  gateway.last.say(welcome({ seq: 0, resumed: true }))
  t.equal(client.link.kind, 'live')
  gateway.last.drop()
  await time.advance(500)
  t.equal(tried().at(-1), 'wss://gateway/api/v1/ws', 'a ticket is good once: without another only its own is left')
  client.stop()
})

t.test('a ticket for the others that is too old is not tried, nor is one without gateways', async t => {
  const { gateway, time, live, client } = makeDesk({ urls: ['wss://gateway/api/v1/ws'], random: () => 1 })
  await live()
  gateway.last.say({ ...welcome({ resumed: true }), next: { ticket: 'x', gateways: ['https://gateway'] } })
  for (let n = 0; n < 3; n++) {
    gateway.last.drop()
    await time.advance(8_000)
  }
  t.same([...new Set(gateway.sockets.map(({ url }) => url))], ['wss://gateway/api/v1/ws'])
  gateway.last.open()
  gateway.last.say({ ...welcome({ resumed: true }), next: NEXT })
  await time.advance(7_000)
  const hb = { t: 'hb', seq: 0, ts: '2026-11-25T14:02:00Z', service: { level: 0 } } as const
  for (let n = 0; n < 4; n++) {
    gateway.last.say(hb)
    await time.advance(7_000)
  }
  for (let n = 0; n < 4; n++) {
    gateway.last.drop()
    await time.advance(8_000)
  }
  t.same([...new Set(gateway.sockets.map(({ url }) => url))], ['wss://gateway/api/v1/ws'])
  client.stop()
})

t.test('a console that is told its turn comes then, to the same gateway, and not for ever later', async t => {
  let waitMs = 0
  const { gateway, time, live, links } = makeDesk({ urls: ['ws://one/ws', 'ws://two/ws'], waitMs: () => waitMs })
  await live()
  waitMs = 12_345
  gateway.last.drop()
  await time.advance(250)
  t.equal(links.at(-1)?.kind, 'stale', 'and the screen says since when')
  waitMs = 0
  await time.advance(12_344 - 125)
  t.equal(gateway.sockets.length, 1, 'before its turn it does not ask')
  await time.advance(1)
  t.same(
    gateway.sockets.map(({ url }) => url),
    ['ws://one/ws', 'ws://one/ws']
  )
  waitMs = 86_400_000
  gateway.last.drop()
  await time.advance(500)
  waitMs = 0
  await time.advance(30_000)
  t.equal(gateway.sockets.length, 3, 'whatever a gateway says, half a minute is the most')
})

t.test('a tab in the background says so whenever it comes back, and a tab in front has nothing to say', async t => {
  const { gateway, client, live, resume } = makeDesk()
  await live()
  t.same(gateway.last.of('hb'), [])
  client.setVisibility('hidden')
  client.setVisibility('hidden')
  t.same(gateway.last.of('hb'), [{ t: 'hb', vis: 'hidden' }])
  gateway.last.drop()
  await resume()
  t.same(gateway.last.of('hb'), [{ t: 'hb', vis: 'hidden' }])
  client.setVisibility('visible')
  t.same(gateway.last.of('hb').at(-1), { t: 'hb', vis: 'visible' })
  client.stop()
})

t.test('a pop that came past the log is shown once, and its place in the log only moves the cursor', async t => {
  const { gateway, client, live, shown, resume } = makeDesk()
  await live()
  gateway.last.say(ev(undefined, popEvent(1, 1), 'pop:1'))
  t.match(gateway.last.of('ack').at(-1), { seq: 0, pops: [`p_${callId(1)}`] })
  gateway.last.say(ev(1, popEvent(1, 1), 'pop:1'))
  t.same(shown, ['snapshot', 'pop:1'])
  t.equal(client.screen.cards.size, 1)
  gateway.last.drop()
  await resume()
  t.same(gateway.last.of('hello')[0]?.resume, { epoch: 'one', seq: 1, eventId: 'pop:1' })
})

t.test('when the log was lost the snapshot of the new one replaces everything', async t => {
  const { gateway, client, live, time } = makeDesk()
  await live()
  gateway.last.say(ev(1, popEvent(1, 1)))
  gateway.last.say({
    t: 'snapshot',
    epoch: 'two',
    seq: 4,
    cards: [{ call: callId(2), rev: 1, pop: barePop(2), panels: [] }]
  })
  t.same([...client.screen.cards.keys()], [callId(2)])
  gateway.last.say(ev(5, goneEvent(2, 2), 'gone'))
  t.equal(client.screen.cards.size, 0)
  gateway.last.drop()
  await time.advance(8_000)
  gateway.last.open()
  t.same(gateway.last.of('hello')[0]?.resume, { epoch: 'two', seq: 5, eventId: 'gone' })
})

t.test('a welcome that claims another place than ours is not believed', async t => {
  const { gateway, client, live, time } = makeDesk()
  await live(3)
  gateway.last.drop()
  await time.advance(8_000)
  gateway.last.open()
  gateway.last.say(welcome({ epoch: 'other', seq: 3, resumed: true }))
  t.equal(client.link.kind, 'stale')
})

t.test('a silent link is noticed within eight seconds, and the time of its last word is kept', async t => {
  const { gateway, client, time, live } = makeDesk()
  await live()
  await time.advance(4_000)
  gateway.last.say({ t: 'hb', seq: 0, ts: new Date(time.now() + 60_000).toISOString(), service: { level: 0 } })
  t.match(gateway.last.of('hb').at(-1), { vis: 'visible', echo: /^2026-11-25T14:03:04/ })
  t.equal(client.serverNow(), time.now() + 60_000, 'times are told by the gateway, whatever the desk thinks')
  const spokenAt = client.serverNow()
  await time.advance(4_000)
  gateway.last.say({ t: 'hb', seq: 0, ts: new Date(time.now() + 60_000).toISOString(), service: { level: 0 } })
  await time.advance(7_999)
  t.equal(client.link.kind, 'live')
  await time.advance(1)
  t.same(client.link, { kind: 'stale', sinceAt: spokenAt + 4_000, attempt: 1 })
})

t.test('tries come at random within a bound that doubles up to eight seconds, and no try hangs for ever', async t => {
  const waits: number[] = []
  const { gateway, client, time } = makeDesk({ canAsk: () => false, random: () => 1 })
  client.start()
  let last = 0
  for (let n = 0; n < 8; n++) {
    await settle()
    const before = client.link.kind === 'connecting' ? client.link.attempt : 0
    while (client.link.kind === 'connecting' && client.link.attempt === before) await time.advance(10)
    waits.push(time.monotonicMs() - last)
    last = time.monotonicMs()
  }
  t.same(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  t.equal(gateway.sockets.length, 0)
  client.stop()
  t.equal(time.pending, 0, 'nothing is left running')
})

t.test('a socket that never opens is given up', async t => {
  const { gateway, client, time } = makeDesk({ random: () => 0 })
  client.start()
  await time.advance(8_000)
  t.equal(gateway.sockets.length, 2)
  t.equal(gateway.sockets[0]?.closedWith, 4430)
})

t.test('a gateway that is slow at every step because many come back is not asked all over again', async t => {
  const { gateway, client, time } = makeDesk({ random: () => 0 })
  client.start()
  await time.advance(7_000)
  gateway.last.open()
  await time.advance(7_000)
  t.equal(gateway.sockets.length, 1, 'it has said nothing for 7 s, but it has opened the socket meanwhile')
  gateway.last.say(welcome({ seq: 0 }))
  gateway.last.say({ t: 'snapshot', epoch: 'one', seq: 0, cards: [] })
  t.equal(client.link.kind, 'live')
})

t.test('a network that is back is used at once, a gateway that says when is believed', async t => {
  const { gateway, client, time, live } = makeDesk({ random: () => 1 })
  await live()
  gateway.last.say({ t: 'bye', code: 'restart', retryMs: 1_700 })
  gateway.last.drop(1012)
  await time.advance(1_699)
  t.equal(gateway.sockets.length, 1)
  await time.advance(1)
  t.equal(gateway.sockets.length, 2)
  gateway.last.drop()
  client.online()
  await settle()
  t.equal(gateway.sockets.length, 3)
  client.online()
  await settle()
  t.equal(gateway.sockets.length, 3, 'a try under way is left alone')
})

t.test('a close code says whether to come back', async t => {
  for (const [code, why] of [
    [4400, 'protocol'],
    [4401, 'sign-on-again'],
    [4403, 'not-allowed'],
    [4406, 'protocol'],
    [4409, 'replaced']
  ] as const) {
    const { gateway, client, time, live } = makeDesk()
    await live()
    gateway.last.drop(code)
    t.same(client.link, { kind: 'ended', why }, `${code}`)
    await time.advance(60_000)
    t.equal(gateway.sockets.length, 1, 'no further try')
  }
  for (const code of [1006, 1012, 1013, 4408, 4429, 4430]) {
    const { gateway, client, live } = makeDesk()
    await live()
    gateway.last.drop(code)
    t.equal(client.link.kind, 'stale', `${code}`)
  }
})

t.test('a handler who is no longer signed on is told so, and starts again after signing on', async t => {
  let isSignedOn = false
  const { client, gateway } = makeDesk({ isSignedOn: () => isSignedOn })
  client.start()
  await settle()
  t.same(client.link, { kind: 'ended', why: 'sign-on-again' })
  isSignedOn = true
  client.start()
  await settle()
  t.equal(gateway.sockets.length, 1)
})

t.test('a ticket that lapsed on its way to the gateway sends nobody away: the console asks for another', async t => {
  const { gateway, client, time, live, resume } = makeDesk()
  await live()
  gateway.last.drop()
  await time.advance(8_000)
  gateway.last.open()
  gateway.last.drop(4401)
  t.equal(client.link.kind, 'stale', 'the clock was set, or the computer slept, between the ticket and the socket')
  await resume()
  t.equal(client.link.kind, 'live')
  t.equal(gateway.sockets.length, 3)
})

t.test('a handler whose tickets are refused one after the other is told to sign on again', async t => {
  const { gateway, client, time } = makeDesk()
  client.start()
  await settle()
  gateway.last.drop(4401)
  t.equal(client.link.kind, 'connecting')
  await time.advance(8_000)
  gateway.last.drop(4401)
  t.same(client.link, { kind: 'ended', why: 'sign-on-again' })
  await time.advance(60_000)
  t.equal(gateway.sockets.length, 2)
})

t.test('a command is answered, and asked again under its own id after a cut', async t => {
  const { gateway, client, live, resume } = makeDesk()
  await live()
  const result = client.run('call.take', { call: callId(1) })
  const cmd = { t: 'cmd', id: 'command-1', op: 'call.take', args: { call: callId(1) } }
  t.same(gateway.last.of('cmd'), [cmd])
  gateway.last.drop()
  await resume()
  t.same(gateway.last.of('cmd'), [cmd])
  gateway.last.say({
    t: 'res',
    id: 'command-1',
    ok: false,
    error: { code: 'call.taken', text: 'Another handler has taken this call.' }
  })
  t.same(await result, { ok: false, code: 'call.taken', text: 'Another handler has taken this call.' })
})

t.test('a command without an answer ends in words, never in silence', async t => {
  const { client, live, time } = makeDesk()
  await live()
  const late = client.run('call.close', { call: callId(1) })
  await time.advance(10_000)
  t.match(await late, { ok: false, code: 'client.no-answer' })
  const stopped = client.run('call.close', { call: callId(1) })
  client.stop()
  t.match(await stopped, { ok: false, code: 'client.stopped' })
})

t.test('a paint is told once the link allows, and again after a cut', async t => {
  const { gateway, client, live, resume, time } = makeDesk()
  await live()
  gateway.last.say(ev(1, popEvent(1, 1)))
  client.seen(`p_${callId(1)}`, 1, 21.5)
  const seen = { t: 'seen', popId: `p_${callId(1)}`, rev: 1, paintMs: 21.5 }
  t.same(gateway.last.of('seen'), [seen])
  gateway.last.drop()
  await resume()
  t.same(gateway.last.of('seen'), [seen], 'the first one counts, the second does no harm')
  await time.advance(7_000)
  for (let n = 0; n < 8; n++) {
    gateway.last.say({ t: 'hb', seq: 1, ts: new Date(time.now()).toISOString(), service: { level: 0 } })
    await time.advance(4_000)
  }
  gateway.last.drop()
  await resume()
  t.same(gateway.last.of('seen'), [], 'half a minute later it has arrived')
})

t.test('the gateway is told when the window is hidden', async t => {
  const { gateway, client, live } = makeDesk()
  await live()
  client.setVisibility('hidden')
  client.setVisibility('hidden')
  t.same(gateway.last.of('hb'), [{ t: 'hb', vis: 'hidden' }])
})

t.test('what a newer gateway adds is let pass, what is broken ends the link', async t => {
  const { gateway, client, live } = makeDesk()
  await live()
  gateway.last.say({ t: 'units', list: [] })
  gateway.last.say({ ...ev(1, popEvent(1, 1)), ev: { type: 'alert.raised', call: callId(1), rev: 1, data: {} } })
  gateway.last.say(ev(2, popEvent(2, 1)))
  t.equal(client.link.kind, 'live')
  t.equal(client.screen.cards.size, 1)
  for (const text of ['{', '[]', '{"t":"ev"}', '{"t":"snapshot","epoch":"x","seq":-1,"cards":[]}']) {
    const desk = makeDesk()
    await desk.live()
    desk.gateway.last.sayText(text)
    t.equal(desk.client.link.kind, 'stale', text)
  }
})

t.test('a client that is stopped says goodbye, leaves nothing running and keeps its place', async t => {
  const { gateway, client, live, time } = makeDesk()
  await live(5)
  client.stop()
  client.stop()
  t.same(gateway.last.of('bye').length, 1)
  t.equal(gateway.last.closedWith, 1000)
  t.equal(time.pending, 0)
  t.same(client.link, { kind: 'ended', why: 'stopped' })
  client.start()
  await settle()
  gateway.last.open()
  t.match(gateway.last.of('hello')[0], { resume: { epoch: 'one', seq: 5 } })
})
