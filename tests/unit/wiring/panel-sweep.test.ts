import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { PanelSweep } from '../../../src/wiring/panel-sweep.ts'
import { anOffer, callAfter, cliOf } from '../../support/call-events.ts'

/** A sweep over calls that lack panels, at a time that moves by hand. */
function makeSweep(lacking: Call[]) {
  let now = 0
  const asked: Call[] = []
  const sweep = new PanelSweep({
    courier: { withoutPanels: max => lacking.slice(0, max) },
    fill: call => asked.push(call),
    clock: { monotonicMs: () => now }
  })
  const at = (ms: number) => {
    now = ms
    sweep.run()
    return asked.splice(0)
  }
  return { at }
}

t.test(
  'panels that did not come are asked for again, also where the call was offered by a clock that ran ahead',
  async t => {
    const [ahead, next] = [3_600_000, 0].map((ms, n) => {
      const call = callAfter(anOffer({ name: `call-${n}`, cli: cliOf(n) }))
      return { ...call, offeredAt: call.offeredAt + ms }
    })
    if (ahead === undefined || next === undefined) throw new Error('two calls')
    const lacking = [ahead]
    const { at } = makeSweep(lacking)
    t.same(at(0), [], 'its lookups run')
    lacking.push(next)
    t.same(at(5_000), [])
    t.same(at(10_000), [ahead])
    t.same(at(15_000), [ahead, next], 'until they have come')
    lacking.shift()
    t.same(at(20_000), [next])
  }
)
