import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import type pg from 'pg'
import t, { type Test } from 'tap'
import type { CallEvent } from '../../../src/call/call-event.ts'
import { loadConfig } from '../../../src/operations/config.ts'
import { Health } from '../../../src/operations/health.ts'
import { ReleaseStack } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { startQuietWatch } from '../../../src/wiring/start-quiet.ts'
import { anOffer } from '../../support/call-events.ts'
import { EVENT_TRUNK } from '../../support/sip-bench.ts'

interface Row {
  readonly trunk: string
  readonly line: string
  readonly at: string
}

async function watched(t: Test, { hasOthers = false, isWatched = true } = {}) {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.UTC(2026, 2, 2, 12) })
  t.teardown(() => mock.timers.reset())
  const loaded = await loadConfig({ env: {} })
  const config = { ...loaded.config, trunks: [EVENT_TRUNK], quietLine: { ...loaded.config.quietLine, isWatched } }
  const state = { newest: [] as Row[], isAway: false }
  const query = async (text: string) => {
    if (state.isAway) throw new Error('away')
    return { rows: text.includes('max(offered_at)') ? state.newest : [{ first: null }] }
  }
  const clock = { now: () => Date.now(), monotonicMs: () => Date.now() }
  const base = {
    ...{ loaded, config, log: silentLog, clock, metrics: makeMetrics(), node: 'n-1' },
    ...{ health: new Health(), releases: new ReleaseStack() }
  }
  const told: string[] = []
  const watch = startQuietWatch(
    base,
    { pool: { query } as unknown as pg.Pool } as Parameters<typeof startQuietWatch>[1],
    {
      hasOthers: () => hasOthers,
      onQuiet: ({ trunk, line, isQuiet }) => told.push(`${trunk} ${line} ${isQuiet ? 'quiet' : 'heard'}`),
      onLinkGap: ({ trunk, isGap }) => told.push(`${trunk} ${isGap ? 'gap' : 'back'}`)
    }
  )
  t.teardown(() => base.releases.release())
  const taken: CallEvent[] = []
  const take = watch.noting(async event => {
    taken.push(event)
    return 'durable'
  })
  const offer = (line: string, over = {}) =>
    take(anOffer({ trunk: EVENT_TRUNK.id, line, receivedAt: Date.now(), ...over }))
  /** Seconds in which these lines have a call each. */
  const pass = async (seconds: number, ...lines: string[]) => {
    for (let second = 0; second < seconds; second++) {
      for (const line of lines) await offer(line)
      mock.timers.tick(1_000)
      if (second % 5 === 0) await tick()
    }
  }
  const part = () => (base.health.report() as { parts: { lines?: { ok: boolean; why?: string } } }).parts.lines
  return { told, pass, offer, part, state, watch, taken }
}

t.test('999 that falls silent while 101 goes on is told within a minute, and when it is heard again', async t => {
  const { told, pass, part, taken } = await watched(t)
  await pass(120, '999', '101')
  t.same(told, [])
  t.equal(part()?.ok, true)
  await pass(55, '101')
  t.same(told, ['event-switch 999 quiet'])
  t.match(part(), { ok: false, why: /999 on event-switch/ })
  await pass(10, '999', '101')
  t.same(told, ['event-switch 999 quiet', 'event-switch 999 heard'])
  t.equal(part()?.ok, true)
  t.equal(taken.length, 120 * 2 + 55 + 20, 'and every event went on')
})

t.test('calls to 999 that come to another gateway are no silence', async t => {
  const { told, pass, state } = await watched(t, { hasOthers: true })
  await pass(120, '999', '101')
  for (let turn = 0; turn < 20; turn++) {
    state.newest = [{ trunk: EVENT_TRUNK.id, line: '999', at: String(Date.now()) }]
    await pass(10, '101')
  }
  t.same(told, [])
})

t.test('while the record is away nothing is said of lines that others may hear', async t => {
  const { told, pass, state } = await watched(t, { hasOthers: true })
  await pass(120, '999', '101')
  state.isAway = true
  await pass(300, '101')
  t.same(told, [])
  state.isAway = false
  await pass(20, '101')
  t.same(told, ['event-switch 999 quiet'])
})

t.test('a test call is no call', async t => {
  const { told, pass, offer } = await watched(t)
  await pass(120, '999', '101')
  for (let second = 0; second < 55; second++) {
    await offer('999', { test: true })
    await pass(1, '101')
  }
  t.same(told, ['event-switch 999 quiet'])
})

t.test('a switch that pinged and stops is told for each of its trunks', async t => {
  const { told, pass, watch } = await watched(t)
  for (let ping = 0; ping < 6; ping++) {
    watch.heard('192.0.2.1', true)
    await pass(10)
  }
  await pass(40)
  t.same(told, ['event-switch gap'])
  watch.heard('192.0.2.1', false)
  t.same(told, ['event-switch gap', 'event-switch back'])
})

t.test('where it is not wanted nothing is watched', async t => {
  const { told, pass, part, taken } = await watched(t, { isWatched: false })
  await pass(120, '999', '101')
  await pass(100, '101')
  t.same(told, [])
  t.equal(part(), undefined)
  t.equal(taken.length, 340)
})
