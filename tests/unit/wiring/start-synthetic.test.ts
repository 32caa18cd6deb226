import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { loadConfig } from '../../../src/operations/config.ts'
import { Health } from '../../../src/operations/health.ts'
import { ReleaseStack } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { makeTestLine, ownHttp, startSynthetic } from '../../../src/wiring/start-synthetic.ts'

type Result = Awaited<ReturnType<NonNullable<Parameters<typeof startSynthetic>[2]>['run']>>

async function base(over: { sip?: object; synthetic?: { everyMs: number }; http?: object } = {}) {
  const loaded = await loadConfig({ env: {} })
  const { sip, http } = loaded.config
  const config = { ...loaded.config, ...over, sip: { ...sip, ...over.sip }, http: { ...http, ...over.http } }
  const clock = { now: () => Date.now(), monotonicMs: () => Date.now() }
  return {
    ...{ loaded: { ...loaded, config }, config, log: silentLog, clock, metrics: makeMetrics(), node: 'n-1' },
    ...{ health: new Health(), releases: new ReleaseStack() }
  }
}

/** Test calls with these results; what was told, one after the other, and what health says at the end. */
async function resultsOf(t: Test, results: readonly Result[]) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const parts = await base({ synthetic: { everyMs: 30_000 } })
  const left = [...results]
  const told: string[] = []
  let isStopped = false
  const probe = {
    start: async () => {},
    stop: async () => {
      isStopped = true
    },
    run: async () => left.shift() ?? ({ kind: 'popped', ms: 1 } as const)
  }
  const pool = { query: () => Promise.reject(new Error('away')) } as unknown as pg.Pool
  await startSynthetic(parts, { pool } as Parameters<typeof startSynthetic>[1], probe, (ok, why) =>
    told.push(ok ? 'ok' : (why ?? ''))
  )
  for (let at = 0; at < results.length; at++) {
    mock.timers.tick(30_000)
    for (let turn = 0; turn < 8; turn++) await tick()
  }
  const report = parts.health.report() as { parts: { synthetic?: { ok: boolean; why?: string } } }
  await parts.releases.release()
  t.ok(isStopped)
  return { told, part: report.parts.synthetic, left: left.length }
}

const POPPED = { kind: 'popped', ms: 3 } as const
const FAILED = { kind: 'failed', why: 'no pop came in 10 s' } as const
const REFUSED = { kind: 'refused', why: 'the call was refused with 503' } as const

t.test('the first test call without a pop is told, once, and so is the first that comes back', async t => {
  const { told, part, left } = await resultsOf(t, [POPPED, POPPED, FAILED, FAILED, POPPED])
  t.same(told, ['ok', FAILED.why, 'ok'])
  t.equal(part?.ok, true)
  t.equal(left, 0, 'a record that is away does not keep them from being placed')
})

t.test('a gateway that has too much to do refuses some; one that refuses all is told', async t => {
  const some = await resultsOf(t, [REFUSED, REFUSED, REFUSED, REFUSED, POPPED, REFUSED, REFUSED])
  t.same(some.told, ['ok'])
  mock.timers.reset()
  const all = await resultsOf(t, [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED])
  t.same(all.told, [REFUSED.why])
  t.match(all.part, { ok: false, why: /503/ })
})

t.test('where none can be placed that is said, and where none are wanted nothing is', async t => {
  const stores = {} as Parameters<typeof startSynthetic>[1]
  const drachtio = await base({ sip: { driver: 'drachtio' } })
  t.equal(makeTestLine(drachtio), undefined)
  await startSynthetic(drachtio, stores, undefined)
  t.match(drachtio.health.report(), { parts: { synthetic: { ok: true, detail: { placed: /^none/ } } } })
  const off = await base({ synthetic: { everyMs: 0 } })
  t.equal(makeTestLine(off), undefined)
  await startSynthetic(off, stores, undefined)
  t.notMatch(off.health.report(), { parts: { synthetic: {} } })
  t.match(makeTestLine(await base()), { host: '127.0.0.1', signOn: { handler: '~synthetic-n-1', devices: [] } })
})

t.test('our own HTTP port is reached by an address, from a page that may open a socket', async t => {
  const { config } = await base()
  const at = (http: object) => ownHttp({ ...config, http: { ...config.http, ...http } }, 8080)
  t.same(at({ host: '0.0.0.0' }), { url: 'http://127.0.0.1:8080', origin: 'http://127.0.0.1:8080' })
  t.same(at({ host: '::', origins: ['https://callbox.invalid'] }), {
    url: 'http://[::1]:8080',
    origin: 'https://callbox.invalid'
  })
})
