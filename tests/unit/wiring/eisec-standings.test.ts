import t, { type Test } from 'tap'
import type { ClientState } from '../../../src/lookups/location/eisec/eisec-client.ts'
import { Health } from '../../../src/operations/health.ts'
import { ReleaseStack } from '../../../src/operations/lifecycle.ts'
import { AWAY_LASTS_MS } from '../../../src/pop/eisec-alarms.ts'
import { EisecStandings } from '../../../src/wiring/eisec-standings.ts'

const UP: ClientState = { kind: 'up', site: 'one' }
const AWAY: ClientState = { kind: 'away', why: 'no answer' }

function makeStandings(t: Test) {
  const world = { now: 0, raised: [] as string[], letGo: [] as string[] }
  const releases = new ReleaseStack()
  t.teardown(() => releases.release())
  const health = new Health()
  const clock = { now: () => world.now, monotonicMs: () => world.now }
  const standings = new EisecStandings(
    { clock, health, releases },
    {
      raise: ({ key }) => void world.raised.push(key),
      letGo: key => void world.letGo.push(key)
    }
  )
  const eisec = () => (health.report() as { parts: Record<string, { ok: boolean; why?: string }> }).parts['eisec']
  return { world, standings, eisec }
}

t.test('of two log-ons the one that is away is named, whichever spoke last', async t => {
  const { standings, eisec } = makeStandings(t)
  const states: Record<string, ClientState> = { tvp: UP, hants: AWAY }
  const told = ['tvp', 'hants'].map(logOn => standings.add(logOn, () => states[logOn]))
  for (const { onState } of [...told, ...told]) onState()
  told[0]?.onState()
  t.match(eisec(), { ok: false, why: /\(hants\)/ })
  states['hants'] = UP
  told[1]?.onState()
  t.match(eisec(), { ok: true })
})

t.test(
  'that nobody lets us in is an alarm when it lasts, and no business of ours when another gateway has the log-on',
  async t => {
    const { world, standings, eisec } = makeStandings(t)
    let state: ClientState | undefined = AWAY
    const { onState, onOwner } = standings.add('tvp', () => state)
    onState()
    t.same(world.raised, [])
    world.now = AWAY_LASTS_MS
    onState()
    t.same(world.raised, ['eisec-away:tvp'])
    state = undefined
    onOwner(false)
    onState()
    t.ok(world.letGo.includes('eisec-away:tvp'))
    t.match(eisec(), { ok: true })
  }
)
