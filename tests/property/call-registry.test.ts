import fc from 'fast-check'
import t from 'tap'
import type { Call, CallState } from '../../src/call/call.ts'
import { devicesOf } from '../../src/call/call.ts'
import type { CallEvent, CallEventKind, OfferedEvent } from '../../src/call/call-event.ts'
import { NEXT } from '../../src/call/call-machine.ts'
import { CallRegistry, type RegistryResult } from '../../src/call/call-registry.ts'
import { anOffer, aQueueOffer, cliOf, NOON, then } from '../support/call-events.ts'
import { runSeed } from '../support/random.ts'

/*
 * Switches send what they like, twice, late, or never. Whatever comes, a call is in a state it may be in, and one
 * caller's call is one call.
 */

const seed = runSeed()
t.comment(`seed ${seed}`)
const RUNS = { seed, numRuns: 400 }

const KINDS = [
  'queued',
  'alerting',
  'answered',
  'held',
  'retrieved',
  'transferred',
  'corrected',
  'party-joined',
  'party-left',
  'released'
] as const
const ROLES = ['other', 'handler', 'ambulance', 'fire'] as const
const device = fc.constantFrom(undefined, '4001', '4002', '4003')
const said = fc.record({
  what: fc.constantFrom('offered' as const, ...KINDS),
  trunk: fc.constantFrom('sbc', 'acd'),
  name: fc.constantFrom('a', 'b', 'c'),
  caller: fc.integer({ min: 1, max: 3 }),
  device,
  afterMs: fc.integer({ min: 0, max: 20_000 })
})
type Said = typeof said extends fc.Arbitrary<infer T> ? T : never

/** What was said, as events with times that rise. */
function toEvents(all: readonly Said[]): CallEvent[] {
  let at = NOON
  return all.map(({ what, trunk, name, caller, device, afterMs }) => {
    at += afterMs
    const where = device === undefined ? {} : { device }
    const base = { trunk, name: `${trunk}-${name}`, cli: cliOf(caller), receivedAt: at, ...where }
    const offer = device === undefined ? aQueueOffer(base) : anOffer(base)
    if (what === 'offered') return offer
    return then(offer, what, {
      ...{ receivedAt: at, ...where },
      ...(what === 'corrected' ? { cli: cliOf(caller + 10) } : {}),
      ...(what === 'party-joined' || what === 'party-left' ? { role: ROLES[caller] ?? 'other' } : {})
    })
  })
}

function mayGo(from: CallState, kind: CallEventKind, to: CallState): boolean {
  const row: Partial<Record<CallEventKind, CallState>> = NEXT[from]
  return from === to || row[kind] === to || (kind === 'offered' && row.alerting === to)
}

function checkResult(result: RegistryResult, event: CallEvent): void {
  if (result.kind === 'ignored') return
  const { call, previous } = result
  if (call.legs.length > 16) throw new Error('more legs than any call has')
  const desks = call.legs.flatMap(leg => leg.device ?? [])
  if (new Set(desks).size !== desks.length) throw new Error('one desk twice')
  if (new Set(call.legs.map(leg => leg.legId)).size !== call.legs.length) throw new Error('two legs of one name')
  if (new Set(call.switchCallIds).size !== call.switchCallIds.length) throw new Error('one switch call twice')
  if ((call.state === 'released') !== (call.releasedAt !== undefined)) throw new Error('released without a time')
  if (call.flags.abandoned !== (call.cause === 'abandoned')) throw new Error('abandoned without the cause')
  if (previous === undefined) return
  if (previous.callId !== call.callId || previous.popId !== call.popId) throw new Error('a call changed its name')
  if (call.seq !== previous.seq + 1) throw new Error(`seq ${previous.seq} to ${call.seq}`)
  if (previous.state === 'released') throw new Error('a released call moved')
  if (!mayGo(previous.state, event.kind, call.state))
    throw new Error(`${previous.state} to ${call.state} by ${event.kind}`)
}

t.test('random orders, repeats and losses never give a state that may not be', async t => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 60 }), all => {
      const registry = new CallRegistry({ limits: { maxCalls: 5, maxReleased: 2, maxEndedIds: 3 } })
      for (const event of toEvents(all)) checkResult(registry.apply(event), event)
      return registry.size <= 5
    }),
    RUNS
  )
  t.pass()
})

t.test('what is said twice changes nothing the second time', async t => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 40 }), all => {
      const registry = new CallRegistry()
      for (const event of toEvents(all)) {
        registry.apply(event)
        const before = [...registry.calls()]
        const again = registry.apply(event)
        if (event.kind !== 'corrected' && again.kind === 'changed') throw new Error(`${event.kind} counted twice`)
        if (event.kind !== 'corrected' && before.some(call => registry.get(call.callId) !== call)) return false
      }
      return true
    }),
    RUNS
  )
  t.pass()
})

t.test('two nodes that hear the same of a switch have the same call, event for event', async t => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 40 }), all => {
      const [one, other] = [new CallRegistry(), new CallRegistry()]
      for (const event of toEvents(all)) {
        one.apply(event)
        other.apply(event)
      }
      const of = (registry: CallRegistry) => JSON.stringify([...registry.calls()])
      return of(one) === of(other)
    }),
    RUNS
  )
  t.pass()
})

/** All of `one` and all of `other`, each in its own order. */
function interleave<T>(one: readonly T[], other: readonly T[], picks: readonly boolean[]): T[] {
  const [left, right] = [[...one], [...other]]
  const all: T[] = []
  for (let n = 0; left.length + right.length > 0; n++) {
    const from = left.length === 0 || (right.length > 0 && picks[n % picks.length] === true) ? right : left
    const next = from.shift()
    if (next !== undefined) all.push(next)
  }
  return all
}

// Not `queued`: that the ACD queue has the caller back means that no desk has.
const laterKinds = fc.array(fc.constantFrom('alerting', 'answered', 'held', 'retrieved'), { maxLength: 6 })

t.test('two switches that tell of one call in whatever order give one call, at the desk one of them knows', async t => {
  const picks = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(laterKinds, laterKinds, picks, fc.boolean(), (ofSbc, ofAcd, order, isAnsweredFirst) => {
      const sbc = aQueueOffer({ trunk: 'sbc', name: 'x' })
      const acd = anOffer({ trunk: 'acd', name: 'y', device: '4002', receivedAt: NOON + 300 })
      const tell = (offer: OfferedEvent, kinds: readonly (typeof KINDS)[number][]) => [
        offer,
        ...kinds.map(kind =>
          then(offer, kind, { ...(kind === 'answered' && offer.device ? { device: offer.device } : {}) })
        )
      ]
      const events = interleave<CallEvent>(
        tell(sbc, isAnsweredFirst ? ['answered', ...ofSbc] : ofSbc),
        tell(acd, ofAcd),
        order
      )
      const registry = new CallRegistry()
      for (const event of events) checkResult(registry.apply(event), event)
      const [call] = registry.calls()
      if (registry.size !== 1 || call === undefined || call.switchCallIds.length !== 2) return false
      // Who has it is at the desk that only one switch could name.
      if (call.state === 'answered' || call.state === 'held') return devicesOf(call).includes('4002')
      return true
    }),
    RUNS
  )
  t.pass()
})

t.test(
  'callers behind one number, each told of by two switches: as many calls as callers, none of three names',
  async t => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        (callers, order) => {
          const tell = (trunk: string) =>
            Array.from({ length: callers }, (_, n) =>
              aQueueOffer({ trunk, name: `${trunk}-${n}`, cli: cliOf(1), receivedAt: NOON + n })
            )
          const registry = new CallRegistry()
          for (const event of interleave(tell('sbc'), tell('acd'), order)) registry.apply(event)
          const calls: Call[] = [...registry.calls()]
          return calls.length === callers && calls.every(call => call.switchCallIds.length === 2)
        }
      ),
      RUNS
    )
    t.pass()
  }
)

t.test('a caller whose number is corrected is found under the new one and no longer under the old', async t => {
  const registry = new CallRegistry()
  const offer = aQueueOffer({ trunk: 'sbc', name: 'x', cli: cliOf(1) })
  registry.apply(offer)
  registry.apply(then(offer, 'corrected', { cli: cliOf(2) }))
  registry.apply(aQueueOffer({ trunk: 'acd', name: 'y', cli: cliOf(1), receivedAt: NOON + 100 }))
  t.equal(registry.size, 2)
  registry.apply(aQueueOffer({ trunk: 'acd', name: 'z', cli: cliOf(2), receivedAt: NOON + 200 }))
  t.equal(registry.size, 2)
})

t.test('after a restart the second switch of a call is still heard', async t => {
  const before = new CallRegistry()
  before.apply(aQueueOffer({ trunk: 'sbc', name: 'x' }))
  const second = anOffer({ trunk: 'acd', name: 'y', receivedAt: NOON + 100 })
  const joined = before.apply(second).call
  const after = new CallRegistry()
  if (joined !== undefined) after.adopt(joined)
  t.match(after.apply(then(second, 'released')), { kind: 'changed', call: { state: 'released' } })
})

t.test('thousands of calls of one number at once are each a call, and quickly', async t => {
  const registry = new CallRegistry()
  const startedAt = performance.now()
  for (let n = 0; n < 5_000; n++)
    registry.apply(aQueueOffer({ trunk: 'sbc', name: `n${n}`, cli: cliOf(1), receivedAt: NOON + n }))
  t.equal(registry.size, 5_000)
  t.ok(performance.now() - startedAt < 2_000)
})
