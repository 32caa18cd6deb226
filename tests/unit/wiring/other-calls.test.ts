import t from 'tap'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import type { CallId } from '../../../src/call/ids.ts'
import { mergeCards } from '../../../src/delivery/other-cards.ts'
import { PANEL_NAMES, type PopCard, type RevisedPanel } from '../../../src/pop/pop.ts'
import type { OpenCall } from '../../../src/records/journal-rows.ts'
import { makeOtherCards } from '../../../src/wiring/other-calls.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { barePop, panelOf } from '../../support/pop-words.ts'

const calls: readonly OpenCall[] = ['one', 'two'].map(name => ({ call: callAfter(anOffer({ name })) }))
const panels = PANEL_NAMES.map((name): RevisedPanel => ({ rev: 3, panel: panelOf(1, name) }))

/** Two calls of another gateway, and a Redis that has the panels of those named. */
function makeRoom({ hasOwner = true, isBroken = (_: CallId): boolean => false } = {}) {
  const kept = new Map<CallId, readonly RevisedPanel[]>()
  const wanted: CallId[] = []
  const ask = makeOtherCards({
    hasOthers: () => true,
    callsOfOthers: async () => calls,
    tail: async () => [],
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
  return { kept, wanted, counts }
}

const [one, two] = calls.map(({ call }) => call.callId)
if (one === undefined || two === undefined) throw new Error('unreachable')

t.test('a screen that opens after Redis has lost panels has them from the gateway that has the call', async t => {
  const { kept, wanted, counts } = makeRoom()
  kept.set(one, panels)
  t.same(await counts(), { panels: [3, 3], isPart: false })
  t.same(wanted, [two], 'only what is missing is asked for')
})

t.test('where nobody has them yet the screen is known to lack something, and is shown it later', async t => {
  const { kept, counts } = makeRoom({ hasOwner: false })
  kept.set(one, panels)
  t.same(await counts(), { panels: [3, 0], isPart: true })
  kept.set(two, panels)
  t.same(await counts(), { panels: [3, 3], isPart: false })
})

t.test('panels of one call that cannot be read cost no other call its own', async t => {
  const { kept, counts } = makeRoom({ isBroken: callId => callId === two })
  kept.set(one, panels)
  t.same(await counts(), { panels: [3, 0], isPart: true })
})
