import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { CallEvent } from '../../../src/call/call-event.ts'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import type { CallId } from '../../../src/call/ids.ts'
import { SYNTHETIC } from '../../../src/call/synthetic.ts'
import type { JournalEntry } from '../../../src/journal/journal.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { type Card, makeCard } from '../../../src/pop/card.ts'
import type { OpenCall } from '../../../src/records/journal-rows.ts'
import { CallAdopter } from '../../../src/wiring/adopt-calls.ts'
import { anOffer, NOON, then } from '../../support/call-events.ts'
import { entriesOf, offerEntry } from '../../support/journal-entries.ts'
import { until } from '../../support/until.ts'

/** An adopter over a record that has these calls, and answers when and as the test says. */
function makeNode({ open = [] as readonly Call[], hasOthers = true } = {}) {
  const registry = new CallRegistry()
  const restored: string[] = []
  const applied: string[] = []
  const unheard: string[] = []
  const closed: CallId[] = []
  const written: JournalEntry[] = []
  const kept = new Set<string>()
  const cards = new Map<CallId, Card>()
  const left: CallId[] = []
  const record = {
    asked: 0,
    isAway: false,
    isClosed: false,
    answer: Promise.resolve(),
    generation: 2,
    own: [] as CallId[],
    isMarked: false,
    closed: undefined as Call | undefined
  }
  const find = async (is: (call: Call) => boolean): Promise<OpenCall | undefined> => {
    record.asked += 1
    await record.answer
    if (record.isAway) throw new Error('away')
    const call = open.find(is)
    return call === undefined ? undefined : { call: { ...call, generation: record.generation++ } }
  }
  const adopter = new CallAdopter({
    node: 'n-test',
    record: {
      adoptOf: async () => {
        if (record.isAway) throw new Error('away')
        return open.map(call => ({ call: { ...call, generation: 2, isUnheard: true } }))
      },
      adoptCall: callId => find(call => call.callId === callId),
      adoptBySwitchCall: ({ switchCallId }) => find(call => call.switchCallIds.includes(switchCallId)),
      lostCalls: async callIds => callIds.map(callId => ({ callId, generation: 9, isClosed: record.isClosed })),
      isOthers: async callId => {
        await record.answer
        return open.some(call => call.callId === callId)
      },
      readCall: async () => record.closed,
      ownCalls: async () => {
        if (record.isAway) throw new Error('away')
        return record.own
      },
      adoptOwn: async callIds =>
        open.flatMap(call => {
          const marked = record.isMarked ? { isUnheard: true } : {}
          return callIds.includes(call.callId) ? [{ call: { ...call, generation: 3, ...marked } }] : []
        })
    },
    courier: {
      card: callId => cards.get(callId),
      restore: (call, { isUnheard = false } = {}) => {
        restored.push(`${call.callId} ${call.generation}`)
        if (isUnheard) unheard.push(call.callId)
      },
      closedByRecord: callId => void closed.push(callId)
    },
    fillPanels: () => {},
    onDialog: () => {},
    apply: async (event: CallEvent) => {
      const result = registry.apply(event)
      applied.push(result.kind === 'changed' ? `${event.kind} ${result.call.state}` : `${event.kind} ${result.reason}`)
    },
    append: async entry => void written.push(entry),
    keep: ({ kind }: CallEvent) => {
      kept.add(kind)
      return { kept: Promise.resolve(), letGo: () => void kept.delete(kind) }
    },
    left: { add: card => void left.push(card.call.callId) },
    hasOthers: () => hasOthers,
    registry,
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: () => NOON, monotonicMs: () => 0 }
  })
  t.teardown(() => adopter.stop())
  return { adopter, registry, restored, unheard, applied, closed, written, kept, cards, left, record }
}

const offer = anOffer({ name: 'theirs' })
const { call } = offerEntry(offer)

t.test('an event whose call another node holds has it taken over, once for all events that wait', async t => {
  const { adopter, registry, restored, record } = makeNode({ open: [call] })
  const both = [adopter.bySwitchCall(then(offer, 'answered')), adopter.bySwitchCall(then(offer, 'released'))]
  t.same(await Promise.all(both), [true, true])
  t.equal(record.asked, 1)
  t.same(restored, [`${call.callId} 2`])
  t.equal(registry.get(call.callId)?.generation, 2)
})

t.test('a gateway that is alone asks the record about no stranger', async t => {
  const { adopter, record } = makeNode({ hasOthers: false })
  t.equal(adopter.bySwitchCall(then(offer, 'released')), undefined)
  t.equal(record.asked, 0)
})

t.test(
  'a record that is slow or away costs an event nothing but time: it is taken in when the record answers',
  async t => {
    const { adopter, registry, applied, record } = makeNode({ open: [call] })
    record.isAway = true
    t.equal(await adopter.bySwitchCall(then(offer, 'released')), false)
    adopter.later(then(offer, 'released'))
    t.same(applied, [])
    record.isAway = false
    await until(() => (applied.length > 0 ? '' : 'nothing applied'))
    t.same(applied, ['released released'])
    t.equal(registry.get(call.callId)?.generation, 2)
  }
)

t.test('a gateway leaves a hundred calls, and all of them end in one moment: each end is taken in', async t => {
  const offers = Array.from({ length: 100 }, (_, at) => anOffer({ name: `theirs ${at}` }))
  const { adopter, registry, applied, record } = makeNode({ open: offers.map(each => offerEntry(each).call) })
  const { promise, resolve } = Promise.withResolvers<void>()
  record.answer = promise
  const ends = offers.map(async each => {
    const end = then(each, 'released')
    const asked = adopter.bySwitchCall(end)
    if (asked === undefined || (await asked)) registry.apply(end)
    else adopter.later(end)
  })
  resolve()
  await Promise.all(ends)
  const isOver = () => [...registry.calls()].filter(({ state }) => state === 'released').length
  await until(() => (isOver() === 100 ? '' : `over: ${isOver()}, late: ${applied.length}`))
  t.equal(isOver(), 100)
})

t.test('what the record refused is taken in again, on the call as the other node left it, in order', async t => {
  const held = { ...call, state: 'answered' as const, answeredAt: NOON + 1, seq: 7 }
  const { adopter, registry, applied } = makeNode({ open: [held] })
  registry.apply(offer)
  const [, answered, released] = entriesOf(offer, then(offer, 'answered'), then(offer, 'released'))
  if (answered === undefined || released === undefined) throw new Error('unreachable')
  adopter.superseded([answered, released])
  await until(() => (applied.length === 2 ? '' : `applied: ${applied}`))
  t.same(applied, ['answered already-in-state', 'released released'])
  t.match(registry.get(call.callId), { generation: 2, seq: 8 })
})

t.test('a hang-up of another’s call is on the disk for as long as the record does not say whose it is', async t => {
  const { adopter, registry, kept, record } = makeNode({ open: [call] })
  record.isAway = true
  adopter.later(then(offer, 'released'))
  t.same([...kept], ['released'])
  record.isAway = false
  await until(() => (registry.get(call.callId)?.state === 'released' ? '' : 'not over'))
  await until(() => (kept.size === 0 ? '' : 'still kept'))
})

t.test('so is what the record refused, because this gateway may die before its call has it', async t => {
  const { adopter, applied, kept, record } = makeNode({ open: [] })
  record.closed = { ...call, state: 'released', releasedAt: NOON + 900 }
  const [, released] = entriesOf(offer, then(offer, 'released'))
  if (released === undefined) throw new Error('unreachable')
  adopter.superseded([offerEntry(offer), released])
  t.same([...kept], ['offered', 'released'])
  await until(() => (kept.size === 0 ? '' : 'still kept'))
  t.same(applied, [], 'of a call that a person has closed nothing is said any more, and nothing kept')
})

t.test('a hang-up that the gateway before could give to no call ends it', async t => {
  const marked = { ...call, isUnheard: true }
  const { adopter, registry, kept } = makeNode({ open: [marked] })
  const before = new Set(['released'])
  const still = { kept: Promise.resolve(), letGo: () => before.clear() }
  adopter.kept([{ event: then(offer, 'released'), kept: still }])
  await until(() => (registry.get(call.callId)?.state === 'released' ? '' : 'not over'))
  await until(() => (before.size > 0 ? 'still kept' : ''))
  t.equal(kept.size, 0, 'not a second time')
})

t.test('whose screens a call stood on is known when another gateway has it, and asked about once', async t => {
  const { adopter, registry, cards, left } = makeNode({ open: [call] })
  registry.apply(offer)
  cards.set(call.callId, makeCard(call))
  adopter.handedOver(call.callId, 1)
  t.same(left, [], 'a notice of long ago')
  adopter.handedOver(call.callId, 2)
  adopter.handedOver(call.callId, 2)
  t.same(left, [call.callId])
})

t.test('what a gateway that died had last heard of a call leaves open whether it is over since', async t => {
  const held = { ...call, isUnheard: true, state: 'answered' as const, answeredAt: NOON + 1, seq: 7 }
  const entry = (event: CallEvent) => ({ event, call: held, node: 'n-dead' })
  const found = makeNode({ open: [held] })
  found.adopter.superseded([entry(then(offer, 'held'))])
  await until(() => (found.applied.length === 1 ? '' : 'not yet'))
  t.match(found.registry.get(call.callId), { state: 'held', isUnheard: true })
  found.registry.apply(then(offer, 'retrieved'))
  t.notOk(found.registry.get(call.callId)?.isUnheard, 'its switch speaks of it again')
  const ended = makeNode({ open: [held] })
  ended.adopter.superseded([entry(then(offer, 'released'))])
  await until(() => (ended.applied.length === 1 ? '' : 'not yet'))
  t.match(ended.registry.get(call.callId), { state: 'released', isUnheard: undefined }, 'that it is over is certain')
  const own = makeNode({ open: [held] })
  own.adopter.superseded([{ ...entry(then(offer, 'held')), node: 'n-test' }])
  await until(() => (own.applied.length === 1 ? '' : 'not yet'))
  t.notOk(own.registry.get(call.callId)?.isUnheard, 'we live, and would have heard')
})

t.test(
  'a call adopted twice, whose end was told in between, does not live again by the record’s older word',
  async t => {
    const { adopter, registry, applied, written } = makeNode({ open: [call] })
    await adopter.byCallId(call.callId)
    registry.apply(then(offer, 'released'))
    await adopter.byCallId(call.callId)
    t.match(registry.get(call.callId), { state: 'released', generation: 3, seq: 2 })
    const [, released] = entriesOf(offer, then(offer, 'released'))
    if (released === undefined) throw new Error('unreachable')
    adopter.superseded([{ ...released, call: { ...released.call, generation: 2 } }])
    t.match(
      written,
      [{ call: { state: 'released', generation: 3 } }],
      'the end that was refused goes to the record again'
    )
    t.same(applied, [], 'and is not told a second time')
    t.ok(registry.get(call.callId), 'the call stays here')
  }
)

t.test('a call adopted twice goes on by the record where that knows more', async t => {
  const held = { ...call, state: 'answered' as const, answeredAt: NOON + 1, seq: 7 }
  const { adopter, registry } = makeNode({ open: [held] })
  registry.apply(offer)
  registry.apply(then(offer, 'released'))
  await adopter.byCallId(call.callId)
  t.match(registry.get(call.callId), { state: 'answered', generation: 2, seq: 7 })
})

t.test('an offer under the name of a call that was closed long before is another call', async t => {
  const { adopter, registry, applied, record } = makeNode({ open: [] })
  record.closed = { ...call, state: 'released', releasedAt: NOON - 64_001 }
  registry.apply(offer)
  adopter.superseded([offerEntry(offer)])
  await until(() => (applied.length === 1 ? '' : 'not yet'))
  t.equal(registry.get(call.callId), undefined)
  t.equal(registry.size, 1, 'under an id of its own')
})

t.test('an offer that waited for the record while another gateway closed its call is no second call', async t => {
  const { adopter, registry, applied, record } = makeNode({ open: [] })
  record.closed = { ...call, state: 'released', releasedAt: NOON + 900 }
  registry.apply(offer)
  const [offered, released] = entriesOf(offer, then(offer, 'released'))
  if (offered === undefined || released === undefined) throw new Error('unreachable')
  adopter.superseded([offered, released])
  adopter.later(then(anOffer({ name: 'next' }), 'released'))
  await until(() => (applied.length > 0 ? '' : 'not yet'))
  t.same(applied, ['released unknown-call'], 'of the next call; of this one nothing is said any more')
  t.equal(registry.size, 0)
})

t.test('a call that is over does not wait, alive, until others have been asked for', async t => {
  const { adopter, applied } = makeNode({ open: [call, offerEntry(anOffer({ name: 'next' })).call] })
  const [, released] = entriesOf(offer, then(offer, 'released'))
  if (released === undefined) throw new Error('unreachable')
  adopter.superseded([offerEntry(offer), offerEntry(anOffer({ name: 'next' })), released])
  await until(() => (applied.length === 3 ? '' : `applied: ${applied}`))
  t.same(applied, ['offered repeat-offer', 'released released', 'offered repeat-offer'])
})

t.test('an offer that was old when it was read, of a call that has ended elsewhere, is no second call', async t => {
  const ended = { ...call, state: 'released' as const, releasedAt: NOON + 900 }
  const { adopter, registry, applied } = makeNode({ open: [ended] })
  const late = { ...offer, isNoRepeat: true, receivedAt: NOON + 10_000 }
  registry.apply(late)
  adopter.superseded([offerEntry(late)])
  await until(() => (applied.length === 1 ? '' : 'not yet'))
  t.same(applied, ['offered repeat-offer'])
  t.equal(registry.size, 1, 'and it pops for nobody')
})

t.test('whether another node has had a call is asked of the record; one that does not say holds nobody up', async t => {
  const { adopter, record } = makeNode({ open: [call] })
  t.equal(await adopter.isOthers(offer), true)
  t.equal(await adopter.isOthers(anOffer({ name: 'another' })), false)
  record.answer = new Promise(() => {})
  t.equal(await adopter.isOthers(offer), false, 'a doubt loses no caller')
  t.equal(await makeNode({ open: [call], hasOthers: false }).adopter.isOthers(offer), false, 'alone')
})

t.test('a call that others took over is let go, and its offer, heard again, is the same call', async t => {
  const { adopter, registry } = makeNode()
  registry.apply(offer)
  adopter.handedOver(call.callId, 1)
  t.equal(registry.size, 1, 'in this very generation it is ours')
  adopter.handedOver(call.callId, 2)
  t.equal(registry.size, 0)
  const again = registry.apply(offer)
  t.equal(again.call?.callId, call.callId)
  await adopter.reconcile()
  t.equal(registry.size, 0, 'the record knows what a lost notice would have told')
})

t.test('a card that the record has closed, though the answer was lost, leaves the screens', async t => {
  const { adopter, registry, closed, record } = makeNode()
  registry.apply(offer)
  await adopter.reconcile()
  t.same(closed, [], 'another gateway has it, and says so')
  registry.apply(offer)
  record.isClosed = true
  await adopter.reconcile()
  t.same(closed, [call.callId])
})

t.test('a call that is ours by the record, because the answer was lost, comes onto the screens here', async t => {
  const { adopter, registry, restored, unheard, record } = makeNode({ open: [call] })
  record.isAway = true
  await t.rejects(adopter.byCallId(call.callId))
  // The record had done it all the same.
  record.own = [call.callId]
  record.isAway = false
  await until(() => (registry.size === 1 ? '' : 'not here'))
  t.same(restored, [`${call.callId} 3`])
  t.same(unheard, [], 'its former gateway lives, and would have said if it were over')
})

t.test('a test call that its gateway was placing when it died is not taken up, and not counted', async t => {
  const { adopter, restored } = makeNode({ open: [call, { ...call, force: SYNTHETIC }] })
  t.equal(await adopter.ofOwners(['n-gone']), 1)
  t.equal(restored.length, 1)
})

t.test('so does that of a gateway that is gone, and says that it may be over', async t => {
  const { adopter, unheard, record } = makeNode({ open: [call] })
  record.isAway = true
  await t.rejects(adopter.ofOwners(['n-gone']))
  record.own = [call.callId]
  record.isMarked = true
  record.isAway = false
  await until(() => (unheard.length === 1 ? '' : 'not here'))
  t.same(unheard, [call.callId])
})
