import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import type { DisclosuresConfig } from '../../../src/operations/disclosure-schema.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Role, SignOn } from '../../../src/pop/address.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { type Card, makeCard } from '../../../src/pop/card.ts'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'
import type { Disclosure } from '../../../src/records/disclosures.ts'
import type { PastAsk } from '../../../src/records/watched-calls.ts'
import { makeAskCount } from '../../../src/wiring/ask-count.ts'
import { makeWatchedCallDesk } from '../../../src/wiring/watched-call-desk.ts'
import { anOffer, callAfter, NOON, then } from '../../support/call-events.ts'

const RULES: DisclosuresConfig = {
  ...{ exportRoles: ['supervisor'], peekRoles: ['supervisor'], replayRoles: ['supervisor'] },
  ...{ ownExports: true, needsReason: [] }
}
const OFFER = anOffer()
const LIVE = callAfter(OFFER, then(OFFER, 'answered', { device: '4001' }))
const PANEL: RevisedPanel = {
  rev: 3,
  panel: { panel: 'identity', status: 'none', source: 'Force record', sinceOfferedMs: 9, items: [], more: 0 }
}

function someone(handler: string, role: Role, over: Partial<SignOn> = {}): SignOn {
  const who = { handler, name: handler, force: 'tvp', role, grants: [], lines: ['999'], acdQueues: [] }
  return { ...who, position: 'd1', devices: ['4001'], ...over }
}
const SUE = someone('sue', 'supervisor')

interface Bench {
  readonly rules?: Partial<DisclosuresConfig>
  /** The card of this gateway. */
  readonly card?: Card
  /** The call of another. */
  readonly isElsewhere?: boolean
  readonly panels?: () => Promise<readonly RevisedPanel[]>
  readonly isAway?: boolean
}

function aDesk({ rules = {}, card, isElsewhere = false, panels = async () => [PANEL], isAway = false }: Bench = {}) {
  const added: Disclosure[] = []
  const extended: unknown[] = []
  const asked: (readonly string[] | PastAsk)[] = []
  const wanted: CallId[] = []
  const signOns = new SignOnDirectory()
  signOns.put(someone('ann', 'handler'))
  const desk = makeWatchedCallDesk({
    rules: { ...RULES, ...rules },
    courier: { card: () => card },
    ...{ signOns, toBarePop },
    memory: { read: panels, want: callId => void wanted.push(callId) },
    readOpen: async () => (isElsewhere ? { call: LIVE, takenBy: 'ann' } : undefined),
    readLive: async forces => {
      asked.push(forces)
      return { at: NOON, calls: [], more: 0 }
    },
    findPast: async (_, ask) => {
      asked.push(ask)
      return { calls: [], more: false }
    },
    add: async disclosure => {
      if (isAway) throw new Error('PostgreSQL is away')
      added.push(disclosure)
      return '7'
    },
    extend: async ask => {
      extended.push(ask)
      return ask.peek === '7' && ask.handler === 'sue' ? LIVE.callId : undefined
    },
    mayAsk: makeAskCount({ monotonicMs: () => 0 }, 5),
    mayAskOn: makeAskCount({ monotonicMs: () => 0 }, 10),
    log: silentLog,
    now: () => NOON + 5_000
  })
  return { desk, added, extended, asked, wanted }
}

const HERE: Card = { ...makeCard(LIVE), takenBy: 'ann', panels: new Map([['identity', PANEL]]) }

t.test('a supervisor reads a call along as its handler sees it, and the record has it before', async t => {
  const { desk, added } = aDesk({ card: HERE })
  const peeked = await desk.beginPeek(SUE, LIVE.callId, 'New handler')
  t.match(peeked, {
    peek: '7',
    card: { call: LIVE.callId, pop: { state: 'answered', takenBy: 'ann' }, panels: [PANEL] }
  })
  t.same(added, [
    {
      ...{ kind: 'peek', callId: LIVE.callId, ofForce: 'tvp', handler: 'sue', position: 'd1', force: 'tvp' },
      ...{ at: NOON + 5_000, reason: 'New handler' }
    }
  ])
  await t.rejects(aDesk({ card: HERE, isAway: true }).desk.beginPeek(SUE, LIVE.callId), /away/)
})

t.test('it goes on while it is asked for, and until the end that is said', async t => {
  const { desk, extended } = aDesk({ card: HERE })
  t.match(await desk.goOnPeeking(SUE, '7'), { peek: '7', card: { call: LIVE.callId } })
  await desk.endPeek(SUE, '7')
  t.same(extended, [
    { peek: '7', handler: 'sue', at: NOON + 5_000, isOver: false },
    { peek: '7', handler: 'sue', at: NOON + 5_000, isOver: true }
  ])
  t.equal(await desk.goOnPeeking(SUE, '8'), 'unknown', 'one that is over')
  t.equal(await desk.goOnPeeking(someone('sid', 'supervisor'), '7'), 'unknown', 'somebody else’s')
  await desk.endPeek(SUE, '8')
})

t.test('a call of another gateway is read by the record, with the panels that are kept', async t => {
  const { desk } = aDesk({ isElsewhere: true })
  t.match(await desk.beginPeek(SUE, LIVE.callId), {
    card: { pop: { takenBy: 'ann', offer: 'device' }, panels: [PANEL] }
  })
  for (const panels of [async () => [], () => Promise.reject(new Error('Redis is away'))]) {
    const without = aDesk({ isElsewhere: true, panels })
    t.match(await without.desk.beginPeek(SUE, LIVE.callId), { card: { panels: [] } })
    t.same(without.wanted, [LIVE.callId], 'whoever has it is asked to put them there')
  }
})

t.test('nobody else may, and of no other force; a call that is over cannot be read along', async t => {
  const { desk, added } = aDesk({ card: HERE })
  for (const role of ['handler', 'dispatcher', 'administrator'] as const) {
    t.equal(await desk.beginPeek(someone(role, role), LIVE.callId), 'not-entitled', role)
    t.equal(await desk.liveCalls(someone(role, role), undefined), 'not-entitled', role)
    t.equal(await desk.pastCalls(someone(role, role), { from: 0, until: NOON }), 'not-entitled', role)
  }
  const other = someone('sid', 'supervisor', { force: 'hants' })
  t.equal(await desk.beginPeek(other, LIVE.callId), 'not-entitled')
  t.equal(await desk.liveCalls(other, 'tvp'), 'not-entitled')
  t.equal(await aDesk().desk.beginPeek(SUE, LIVE.callId), 'unknown')
  t.equal(
    await aDesk({ card: HERE, rules: { needsReason: ['peek'] } }).desk.beginPeek(SUE, LIVE.callId),
    'needs-reason'
  )
  t.same(added, [])
})

t.test('whoever is moved while they read along sees no more of it', async t => {
  const { desk } = aDesk({ card: HERE })
  t.equal(await desk.goOnPeeking({ ...SUE, role: 'handler' }, '7'), 'not-entitled')
})

t.test('lists are of the force that was asked for, else of one’s own', async t => {
  const { desk, asked } = aDesk()
  const granted = { ...SUE, grants: ['hants'] }
  t.same(await desk.liveCalls(SUE, undefined), { at: NOON, calls: [], more: 0 })
  await desk.liveCalls(granted, 'hants')
  await desk.pastCalls(granted, {
    ...{ force: 'hants', from: 1, until: NOON, line: '999', handler: 'ann', number: '01632 960001' },
    after: { at: 5, callId: LIVE.callId }
  })
  await desk.pastCalls(SUE, { from: 1, until: NOON, number: 'no number' })
  t.same(asked, [
    ['tvp'],
    ['hants'],
    {
      ...{ forces: ['hants'], from: 1, until: NOON, limit: 50, line: '999', handler: 'ann' },
      ...{ typed: '01632 960001', e164: '+441632960001', after: { at: 5, callId: LIVE.callId } }
    },
    { forces: ['tvp'], from: 1, until: NOON, limit: 50, typed: 'no number', e164: '-' }
  ])
})

t.test('more questions than a person has are refused until the minute is over', async t => {
  const { desk } = aDesk({ card: HERE })
  for (let n = 0; n < 5; n++) t.not(await desk.beginPeek(SUE, LIVE.callId), 'too-many')
  t.equal(await desk.beginPeek(SUE, LIVE.callId), 'too-many')
  t.equal(await desk.pastCalls(SUE, { from: 0, until: 1 }), 'too-many')
  for (let n = 0; n < 10; n++) t.not(await desk.goOnPeeking(SUE, '7'), 'too-many')
  t.equal(await desk.goOnPeeking(SUE, '7'), 'too-many')
  t.equal(await desk.liveCalls(SUE, undefined), 'too-many')
  const time = { now: 0 }
  const mayAsk = makeAskCount({ monotonicMs: () => time.now }, 1)
  t.same([mayAsk('sue'), mayAsk('sue')], [true, false])
  time.now = 60_000
  t.ok(mayAsk('sue'))
})
