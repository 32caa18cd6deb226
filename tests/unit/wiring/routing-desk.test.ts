import { createHash } from 'node:crypto'
import t from 'tap'
import type { Attention } from '../../../src/delivery/console-presence.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { makeRoutingDesk } from '../../../src/wiring/routing-desk.ts'
import { NOON } from '../../support/call-events.ts'
import { makeHttpBench } from '../../support/http-bench.ts'

const [TVP, HANTS] = ['t'.repeat(32), 'o'.repeat(32)]
const hashOf = (token: string) => createHash('sha256').update(token).digest()
const READERS = [
  { force: 'tvp', name: 'ACD', hashes: [hashOf(TVP)] },
  { force: 'hants', name: 'ACD', hashes: [hashOf(HANTS)] }
]

function sits(handler: string, position: string, force = 'tvp'): SignOn {
  const who = { handler, name: 'Wilmot Sandpiper', force, role: 'handler', grants: [], lines: ['999'] } as const
  return { ...who, acdQueues: [], position, devices: [`40${position.slice(-2)}`] }
}

function aDesk(readers = READERS, asksPerSecond = 100) {
  const time = { now: NOON }
  const screens = new Map<string, { attention: Attention; sinceAt: number }>()
  const signOns = [
    ...[sits('h2', 'd02'), sits('h1', 'd01'), sits('h3', 'd03'), sits('h4', 'd04')],
    ...[sits('h9', 'd09', 'hants'), sits('~synthetic', 'd08')]
  ]
  const desk = makeRoutingDesk({
    ...{ readers, asksPerSecond },
    signOns: { all: () => signOns.values() },
    presence: { of: handler => screens.get(handler) ?? { attention: 'gone', sinceAt: 0 } },
    clock: { now: () => time.now, monotonicMs: () => time.now }
  })
  return { desk, screens, time }
}

t.test(
  'routing is told which desks of its force have a screen that answers, and nothing of who sits there',
  async t => {
    const { desk, screens } = aDesk()
    screens.set('h1', { attention: 'live', sinceAt: NOON - 9_000 })
    screens.set('h2', { attention: 'stale', sinceAt: NOON - 3_000 })
    screens.set('h3', { attention: 'hidden', sinceAt: NOON - 1_000 })
    const { http } = makeHttpBench({ deskStates: desk.deskStates })
    const answer = await http.inject({ url: '/api/v1/desks', headers: { authorization: `Bearer ${TVP}` } })
    t.equal(answer.statusCode, 200)
    t.same(answer.json(), {
      force: 'tvp',
      at: NOON,
      desks: [
        { position: 'd01', devices: ['4001'], state: 'live', since: NOON - 9_000, mayRoute: true },
        { position: 'd02', devices: ['4002'], state: 'stale', since: NOON - 3_000, mayRoute: false },
        { position: 'd03', devices: ['4003'], state: 'hidden', since: NOON - 1_000, mayRoute: false },
        { position: 'd04', devices: ['4004'], state: 'gone', mayRoute: false }
      ]
    })
    t.notMatch(answer.body, /Sandpiper|h1/)
  }
)

t.test(
  'each token has its own force’s desks; an unknown one has none, and without a reader nobody is heard',
  async t => {
    const { desk } = aDesk()
    t.match(desk.deskStates(HANTS), { force: 'hants', desks: [{ position: 'd09' }] })
    const ask = (of: ReturnType<typeof aDesk>['desk'], authorization?: string) =>
      makeHttpBench({ deskStates: of.deskStates }).http.inject({
        url: '/api/v1/desks',
        headers: authorization === undefined ? {} : { authorization }
      })
    for (const wrong of [undefined, `Bearer ${'x'.repeat(32)}`, `Basic ${TVP}`]) {
      const refused = await ask(desk, wrong)
      t.match([refused.statusCode, refused.json().code], [401, 'desks.unknown'])
      t.equal(refused.headers['www-authenticate'], 'Bearer')
    }
    const off = await ask(aDesk([]).desk, `Bearer ${TVP}`)
    t.match([off.statusCode, off.json().code], [404, 'desks.off'])
  }
)

t.test('a system that asks too often is told to come again', async t => {
  const { desk, time } = aDesk(READERS, 1)
  const { http } = makeHttpBench({ deskStates: desk.deskStates })
  const ask = () => http.inject({ url: '/api/v1/desks', headers: { authorization: `Bearer ${TVP}` } })
  t.same([(await ask()).statusCode, (await ask()).statusCode], [200, 200])
  const refused = await ask()
  t.match([refused.statusCode, refused.json().code, refused.headers['retry-after']], [429, 'desks.too-many', '1'])
  t.equal(typeof desk.deskStates(HANTS), 'object', 'the other has a count of its own')
  time.now += 1_000
  t.equal((await ask()).statusCode, 200)
})
