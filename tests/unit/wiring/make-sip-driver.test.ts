import t from 'tap'
import { loadConfig } from '../../../src/operations/config.ts'
import { Health } from '../../../src/operations/health.ts'
import { ReleaseStack, systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { DrachtioSipDriver } from '../../../src/switches/sip/drachtio/drachtio-sip-driver.ts'
import { EmbeddedSipDriver } from '../../../src/switches/sip/embedded/embedded-sip-driver.ts'
import { makeSipDriver } from '../../../src/wiring/make-sip-driver.ts'
import { fakeDrachtio } from '../../support/fake-drachtio.ts'
import { invite, makeDialog } from '../../support/sip-text.ts'
import { until } from '../../support/until.ts'

const nobody = {
  chooseDevice: async () => undefined,
  whoseCall: () => 'ours' as const,
  findDialogs: async () => new Map(),
  isRecordBehind: () => false
}

async function base(sip: object = {}) {
  const loaded = await loadConfig({ env: {} })
  const config = { ...loaded.config, sip: { ...loaded.config.sip, ...sip } }
  return {
    ...{ loaded: { ...loaded, config, drachtioSecret: 'conformance' }, config, log: silentLog, clock: systemClock },
    ...{ metrics: makeMetrics(), health: new Health(), releases: new ReleaseStack(), node: 'n' }
  }
}

t.test('the embedded driver is what a config means that says nothing', async t => {
  t.ok(makeSipDriver(await base(), nobody) instanceof EmbeddedSipDriver)
})

t.test('the drachtio driver tells health whether any server serves', async t => {
  const server = await fakeDrachtio(t)
  const servers = [{ host: '127.0.0.1', port: server.port }]
  const parts = await base({ driver: 'drachtio', drachtio: { servers, secretFile: 'unused' } })
  const driver = makeSipDriver(parts, nobody)
  t.ok(driver instanceof DrachtioSipDriver)
  t.equal(driver.port, 0)
  t.match(driver.state(), { state: 'down', why: 'not started' })
  const said = () => JSON.stringify(parts.health.report())
  await driver.start(async () => 'durable')
  t.teardown(() => driver.stop())
  await until(() => (said().includes('"sip":{"ok":true}') ? '' : said()))
  const call = server.request(invite(makeDialog()))
  t.equal((await server.answered(call)).status, 200)
  server.freeze(true)
  await until(() => (/"sip":\{"ok":false,"why":"drachtio at .* does not answer/.test(said()) ? '' : said()))
})

t.test('a config that was not checked starts nothing', async t => {
  const parts = await base({ driver: 'drachtio' })
  t.throws(() => makeSipDriver(parts, nobody), /was not checked/)
})
