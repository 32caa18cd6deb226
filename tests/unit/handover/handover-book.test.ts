import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { BOARD_HANDOVERS, HandoverBook } from '../../../src/handover/handover-book.ts'
import type { HandoverWord } from '../../../src/handover/handover-machine.ts'
import type { Deployment, HandoverRecord, KnownHandover } from '../../../src/handover/handover-record.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { Role, SignOn } from '../../../src/pop/address.ts'
import type { Send } from '../../../src/pop/screen-sender.ts'
import { aHandover, HANDOVER_CALL, HANDOVER_ID } from '../../support/handovers.ts'
import { until } from '../../support/until.ts'

const signOn = (handler: string, role: Role, force = 'tvp'): SignOn => ({
  ...{ handler, role, force, name: handler, grants: [], lines: [], acdQueues: [], position: 'd1', devices: [] }
})
const ROOM = [
  ...[signOn('tvp-h01', 'handler'), signOn('tvp-h02', 'handler'), signOn('tvp-h03', 'handler')],
  ...[signOn('tvp-x01', 'dispatcher'), signOn('tvp-s01', 'supervisor'), signOn('hants-x01', 'dispatcher', 'hants')]
]
const WORD: HandoverWord = { signal: 'seen', by: 'tvp-x01', via: 'screen', at: 1_002_000 }
const DEPLOYMENT: Deployment = {
  ...{ id: HANDOVER_ID, callId: HANDOVER_CALL as CallId, force: 'tvp', outcome: 'no-unit', grade: '1' },
  ...{ offered: [], chosen: [], by: 'tvp-h01', at: 1_000_000 }
}

/** The record as other gateways see it too. `losesRace`: somebody else is first, so often. */
function makeBook({ hasOthers = false, losesRace = 0 } = {}) {
  const world = { now: 0, isAway: false, stored: new Map<string, KnownHandover>(), races: losesRace, asked: 0 }
  const sent: Send[] = []
  const written: KnownHandover[] = []
  const answer = <T>(value: T): Promise<T> =>
    world.isAway ? Promise.reject(new Error('away')) : Promise.resolve(value)
  const record: HandoverRecord = {
    make: async (_, handover) => {
      world.stored.set(handover.handover, { rev: 1, handover })
      return answer('made' as const)
    },
    read: id => answer(world.stored.get(id)),
    put: async (before, handover) => {
      if (world.races > 0) {
        world.races -= 1
        return false
      }
      world.stored.set(handover.handover, { rev: before.rev + 1, handover })
      return answer(true)
    },
    open: () => answer([...world.stored.values()]),
    changed: () => {
      world.asked += 1
      return answer([...world.stored.values()])
    },
    due: () => answer([]),
    claim: () => answer(true)
  }
  const book = new HandoverBook({
    record,
    signOns: () => ROOM,
    send: async sends => void sent.push(...sends),
    ownersOf: call => (call === HANDOVER_CALL ? ['tvp-h02'] : []),
    onWritten: known => void written.push(known),
    hasOthers: () => hasOthers,
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: () => world.now, monotonicMs: () => world.now }
  })
  return { book, world, sent, written }
}

t.test('both sides hear of it, and whoever has the call; nobody else', async t => {
  const { book, sent, written } = makeBook()
  t.equal(await book.make(DEPLOYMENT, aHandover()), 'made')
  t.match(sent, [
    { eventId: `handover:${HANDOVER_ID}:1`, handlers: ['tvp-h01', 'tvp-h02', 'tvp-x01', 'tvp-s01'], ev: { rev: 1 } }
  ])
  t.equal(await book.say(HANDOVER_ID, WORD), 'moved')
  t.match(sent[1], { eventId: `handover:${HANDOVER_ID}:2`, ev: { data: { seenBy: 'tvp-x01' } } })
  t.same(
    written.map(({ rev }) => rev),
    [1, 2]
  )
  for (const [handler, count] of [
    ['tvp-h01', 1],
    ['tvp-h02', 1],
    ['tvp-h03', 0],
    ['tvp-x01', 1],
    ['hants-x01', 0]
  ] as const) {
    const who = ROOM.find(each => each.handler === handler) ?? signOn(handler, 'handler')
    t.equal(book.board(who).handovers.length, count, handler)
  }
})

t.test('whoever loses a race reads again; for ever nobody does', async t => {
  const lucky = makeBook({ losesRace: 2 })
  await lucky.book.make(DEPLOYMENT, aHandover())
  t.equal(await lucky.book.say(HANDOVER_ID, WORD), 'moved')
  const unlucky = makeBook({ losesRace: 99 })
  await unlucky.book.make(DEPLOYMENT, aHandover())
  t.equal(await unlucky.book.say(HANDOVER_ID, WORD), 'busy')
  t.equal(await unlucky.book.say('another', WORD), 'unknown')
  t.equal(await unlucky.book.say(HANDOVER_ID, { ...WORD, signal: 'closed' }), 'unseen')
})

t.test('what another gateway wrote is told here too, and what an earlier process told nobody', async t => {
  const { book, world, sent } = makeBook({ hasOthers: true })
  world.stored.set(HANDOVER_ID, { rev: 3, handover: aHandover() })
  await book.load()
  t.match(sent, [{ eventId: `handover:${HANDOVER_ID}:3` }])
  world.stored.set(HANDOVER_ID, { rev: 4, handover: aHandover({ state: 'delivered' }) })
  book.tick()
  await until(() => (sent.length === 2 ? '' : `${sent.length} told`))
  book.ring()
  book.ring()
  await until(() => (world.asked >= 4 ? '' : `asked ${world.asked} times`))
  t.equal(sent.length, 2, 'once')
})

t.test('after the record was away everything is read again; alone it is asked now and then', async t => {
  const { book, world, sent } = makeBook()
  await book.load()
  world.isAway = true
  world.now = 10_000
  book.tick()
  await until(() => (world.asked === 2 ? '' : `asked ${world.asked} times`))
  world.isAway = false
  world.stored.set(HANDOVER_ID, { rev: 1, handover: aHandover() })
  world.now = 20_000
  await until(() => {
    book.tick()
    return sent.length === 1 ? '' : 'not told'
  })
  const { asked } = world
  world.now = 21_000
  book.tick()
  t.equal(world.asked, asked, 'a gateway alone wrote it all itself')
})

t.test('a board has room for so many, those that are open first, and says how many more there are', async t => {
  const { book } = makeBook()
  const many = Array.from({ length: BOARD_HANDOVERS + 5 }, (_, n) => ({
    rev: 1,
    handover: aHandover({ handover: `h${n}`, madeAt: n, ...(n < 10 ? { state: 'at-scene', overAt: n } : {}) })
  }))
  book.learn(many)
  const [, , , dispatcher = signOn('tvp-x01', 'dispatcher')] = ROOM
  const { handovers, more } = book.board(dispatcher)
  t.equal(handovers.length, BOARD_HANDOVERS)
  t.equal(more, 0)
  t.equal(handovers[0]?.handover.handover, 'h10')
  t.equal(handovers.at(-1)?.handover.handover, 'h5', 'then the last that were over')
})
