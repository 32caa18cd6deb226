import type { CallId } from '../../src/call/ids.ts'
import type { LocationFix } from '../../src/lookups/location/location.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** Words of sources in a world: what a phone or a register says of a call long after its offer. */
const WORDS = 30

/** From time to time something is said of some call, at whichever gateway: not always the one that has the call. */
export function planLateFixes(world: World, { fromMs, untilMs }: { fromMs: number; untilMs: number }): void {
  const random = world.random('sources')
  for (let n = 0; n < WORDS; n++) {
    world.at(random.between(fromMs, untilMs), () => {
      const nodes = world.machines.flatMap(({ node }) => (node === undefined ? [] : [node]))
      const calls = nodes.flatMap(({ registry }) => [...registry.calls()])
      if (nodes.length === 0 || calls.length === 0) return
      const [{ process, fixes }, { callId }] = [random.pick(nodes), random.pick(calls)]
      const isPlace = random.chance(0.7)
      process.enter(() => {
        if (isPlace) fixes.add(callId, aFix(n), { state: 'found' })
        else fixes.note(callId, 'eisec', 'searching')
      })
    })
  }
}

function aFix(n: number): LocationFix {
  return { source: 'aml', shape: 'circle', latitude: 51, longitude: -1, radiusMetres: n }
}

/** Calls of which the record has a late fix that the gateway which has them was not told of. */
export function untoldFixes(world: World): readonly { readonly callId: string; readonly node: string }[] {
  const { tables } = world.postgres
  return world.machines.flatMap(({ name, node }) =>
    node === undefined ? [] : untoldAt(node, name, tables.fixes.bind(tables))
  )
}

function untoldAt({ registry }: SimNode, name: string, fixesOf: (callId: CallId) => readonly { change: number }[]) {
  return [...registry.calls()].flatMap(({ callId, lateFixes = 0 }) => {
    const isUntold = fixesOf(callId).some(({ change }) => change > lateFixes)
    return isUntold ? [{ callId, node: name }] : []
  })
}
