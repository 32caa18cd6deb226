import t from 'tap'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import type { CallId } from '../../../src/call/ids.ts'
import { mergeCards } from '../../../src/delivery/other-cards.ts'
import { PANEL_NAMES, type PopCard, type RevisedPanel } from '../../../src/pop/pop.ts'
import type { LogEntry } from '../../../src/pop/session-log.ts'
import type { OpenCall } from '../../../src/records/journal-rows.ts'
import { makeOtherCards } from '../../../src/wiring/other-calls.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { barePop, panelOf } from '../../support/pop-words.ts'

const calls: readonly OpenCall[] = ['one', 'two'].map(name => ({ call: callAfter(anOffer({ name })) }))
const ALL = PANEL_NAMES.length
const panels = PANEL_NAMES.map((name): RevisedPanel => ({ rev: 3, panel: panelOf(1, name) }))

/** Two calls of another gateway, and a Redis that has the panels of those named. */
function makeRoom({
  hasOwner = true,
  isBroken = (_: CallId): boolean => false,
  said = [] as readonly LogEntry[],
  closed = [] as readonly CallId[]
} = {}) {
  const askedFor: CallId[] = []
  const kept = new Map<CallId, readonly RevisedPanel[]>()
  const wanted: CallId[] = []
  const ask = makeOtherCards({
    hasOthers: () => true,
    callsOfOthers: async () => calls,
    closedOf: async callIds => {
      askedFor.push(...callIds)
      return callIds.filter(callId => closed.includes(callId))
    },
    tail: async () => said,
    memory: {
      read: async callId => {
        if (isBroken(callId)) throw new Error('away')
        return kept.get(callId) ?? []
      },
      want: callId => {
        wanted.push(callId)
        if (hasOwner) kept.set(callId, panels)
      }
    },
    registry: new CallRegistry(),
    courier: { foreignCard: ({ callId }): PopCard => ({ call: callId, rev: 1, pop: barePop(1), panels: [] }) },
    clock: { now: () => 0, monotonicMs: () => performance.now() }
  })
  const counts = async () => {
    const known = await ask('h1')
    const cards = known?.recorded ?? []
    return {
      panels: cards.map(card => card.panels.length),
      isPart: known !== undefined && mergeCards([], known, 9).isPart
    }
  }
  const shown = async () => {
    const known = await ask('h1')
    return known === undefined ? [] : mergeCards([], known, 9).cards.map(({ call }) => call)
  }
  return { kept, wanted, counts, shown, askedFor }
}

/** What a handler's log has of a call: where it was when its gateway died. */
function logOf(name: string, isGone = false): { readonly callId: CallId; readonly entries: readonly LogEntry[] } {
  const { callId } = callAfter(anOffer({ name }))
  // By a clock that ran ahead: news for another hour.
  const head = { seq: 1, eventId: `state:${callId}:9`, receivedAt: 3_600_000 }
  const state: LogEntry = { ...head, ev: { type: 'call.state', call: callId, rev: 9, data: barePop(1) } }
  const gone: LogEntry = { ...head, seq: 2, ev: { type: 'call.gone', call: callId, rev: 10, data: { why: 'closed' } } }
  return { callId, entries: isGone ? [state, gone] : [state] }
}

const [one, two] = calls.map(({ call }) => call.callId)
if (one === undefined || two === undefined) throw new Error('unreachable')

t.test('a screen that opens after Redis has lost panels has them from the gateway that has the call', async t => {
  const { kept, wanted, counts } = makeRoom()
  kept.set(one, panels)
  t.same(await counts(), { panels: [ALL, ALL], isPart: false })
  t.same(wanted, [two], 'only what is missing is asked for')
})

t.test('where nobody has them yet the screen is known to lack something, and is shown it later', async t => {
  const { kept, counts } = makeRoom({ hasOwner: false })
  kept.set(one, panels)
  t.same(await counts(), { panels: [ALL, 0], isPart: true })
  kept.set(two, panels)
  t.same(await counts(), { panels: [ALL, ALL], isPart: false })
})

t.test('panels of one call that cannot be read cost no other call its own', async t => {
  const { kept, counts } = makeRoom({ isBroken: callId => callId === two })
  kept.set(one, panels)
  t.same(await counts(), { panels: [ALL, 0], isPart: true })
})

t.test('a card that was closed is on no screen again because its gateway died before the log had that', async t => {
  const [closed, fresh, left] = [logOf('closed'), logOf('fresh'), logOf('left', true)]
  const said = [closed, fresh, left].flatMap(({ entries }) => entries)
  const { kept, shown, askedFor } = makeRoom({ said, closed: [closed.callId] })
  for (const callId of [one, two]) kept.set(callId, panels)
  t.same(new Set(await shown()), new Set([one, two, fresh.callId]), 'one that the record does not have yet stays')
  t.same(askedFor, [closed.callId, fresh.callId], 'nothing else is asked for')
})
