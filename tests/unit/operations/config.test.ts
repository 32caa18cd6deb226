import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import {
  DEFAULT_CONFIG,
  DEMO_CONFIG,
  type Environment,
  loadConfig,
  redactedConfig
} from '../../../src/operations/config.ts'
import { ConfigFault } from '../../../src/operations/config-validate.ts'
import { Fault } from '../../../src/operations/errors.ts'

const EXAMPLE = fileURLToPath(new URL('../../../config/example-force.json', import.meta.url))

const number = (digits: string, more = {}) => ({ number: digits, line: '999', force: 'tvp', ...more })
const trunk = (id: string, more = {}) => ({
  id,
  peers: ['127.0.0.1'],
  mode: 'event-leg',
  separateDialog: true,
  numbers: [number('999')],
  ...more
})
const site = (more = {}) => ({ forces: [{ id: 'tvp', name: 'Thames Valley Police' }], ...more })

async function write(t: Test, settings: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'site.json')
  await writeFile(path, typeof settings === 'string' ? settings : JSON.stringify(settings))
  return path
}

async function mistakesOf(t: Test, settings: unknown, env: Environment = {}) {
  const path = await write(t, settings)
  const thrown = await loadConfig({ path, env }).catch((fault: unknown) => fault)
  if (!(thrown instanceof ConfigFault)) throw new Error('the config was taken', { cause: thrown })
  return thrown
}

t.test('the shipped config starts a gateway on this machine alone, for two forces', async t => {
  const { config, path, sessionSecret } = await loadConfig({ env: {} })
  t.equal(path, DEFAULT_CONFIG)
  t.equal(config.demo, false)
  t.same([config.sip.host, config.sip.port, config.http.host, config.http.port], ['127.0.0.1', 5060, '127.0.0.1', 8080])
  t.same(
    config.forces.map(force => force.id),
    ['tvp', 'hants']
  )
  t.equal(sessionSecret, undefined, 'without a file the gateway keeps one itself')
})

t.test('the demo is the shipped config with demo data, and takes the load of a measurement', async t => {
  const { config: shipped } = await loadConfig({ env: {} })
  const { config: demo } = await loadConfig({ path: DEMO_CONFIG, env: {} })
  const budgets = { callsPerSecond: 5_000, pingsPerSecond: 5_000, maxLoopDelayMs: 1_000 }
  const trunks = shipped.trunks.map(each => ({ ...each, callsPerSecond: 5_000, burst: 10_000 }))
  const own = { site: demo.site, demo: true, dataDir: './.callbox/demo' }
  // On ports of its own, so that two demos can run beside each other.
  const eisec = { ...shipped.eisec, logOns: demo.eisec.logOns }
  t.same(shipped.eisec.logOns, [], 'EISEC is asked only where somebody has a log-on')
  t.same(
    demo.eisec.logOns.flatMap(({ sites }) => sites.map(({ port }) => port)),
    [0, 0]
  )
  t.same(shipped.sources, [], 'no system of a force is asked unless it is named')
  const { sources } = demo
  t.ok(sources.every(({ url }) => url.startsWith('http://127.0.0.1:0/')))
  t.ok(
    shipped.forces.every(({ units }) => units === undefined),
    'a force has units only where it says so'
  )
  const forces = shipped.forces.map((force, at) => ({ ...force, units: demo.forces[at]?.units }))
  t.same(demo, { ...shipped, ...own, forces, sip: { ...shipped.sip, ...budgets }, trunks, eisec, sources })
})

t.test('the example of a real force keeps every rule once its secret is there', async t => {
  const example = JSON.parse(await readFile(EXAMPLE, 'utf8'))
  const path = await write(t, { ...example, http: { ...example.http, sessionSecretFile: 'secret' } })
  await writeFile(join(path, '../secret'), 'x'.repeat(40), { mode: 0o600 })
  const { config } = await loadConfig({ path, env: {} })
  t.equal(config.trunks.length, 2)
})

t.test('three mistakes are listed as three, each with its place, its value and its rule', async t => {
  const settings = site({ sip: { port: 'five' }, logLevel: 'loud', trunks: [trunk('a', { separateDialog: false })] })
  const fault = await mistakesOf(t, settings)
  t.equal(fault.code, 'config.invalid')
  t.equal(fault.message, 'The config has 3 faults')
  const byPath = Object.fromEntries(fault.mistakes.map(mistake => [mistake.path, mistake]))
  t.match(byPath['sip.port'], { value: '"five"', rule: 'must be integer' })
  t.match(byPath['logLevel'], { value: '"loud"', rule: 'must be one of debug, info, warn, error, silent' })
  t.match(byPath['trunks[0].separateDialog'], { value: 'false', rule: /dead air/ })
  t.equal(fault.list().split('\n').length, 3)
})

t.test('a misspelt setting is named, wherever it stands', async t => {
  const settings = site({ colour: 'blue', sip: { prot: 5060 }, trunks: [trunk('a', { pears: [] })] })
  const fault = await mistakesOf(t, settings)
  t.same(fault.mistakes.map(({ path }) => path).sort(), ['colour', 'sip.prot', 'trunks[0].pears'])
  t.match(fault.mistakes[0], { rule: /is no setting/ })
})

t.test('what a trunk must say is asked for by name', async t => {
  const fault = await mistakesOf(t, site({ trunks: [{ id: 'a', peers: ['192.0.2.1'], numbers: [number('999')] }] }))
  t.same(fault.mistakes, [{ path: 'trunks[0].mode', value: 'nothing', rule: 'must be given' }])
})

t.test('a file that is no object is one mistake, not a crash', async t => {
  const fault = await mistakesOf(t, [1])
  t.match(fault.mistakes, [{ path: '', rule: 'must be object' }])
  t.match(fault.list(), /^the whole file = \[1\]/)
})

t.test('rules between settings', async t => {
  const ruleAt = async (t: Test, settings: unknown) => (await mistakesOf(t, settings)).mistakes
  t.test('a number belongs to a force that is served here', async t => {
    const found = await ruleAt(
      t,
      site({ trunks: [trunk('a', { numbers: [number('999', { force: 'kent', homeForce: 'met' })] })] })
    )
    t.match(found, [
      { path: 'trunks[0].numbers[0].force', value: '"kent"' },
      { path: 'trunks[0].numbers[0].homeForce', value: '"met"' }
    ])
  })
  t.test('no two forces, trunks or numbers of a trunk are the same', async t => {
    const force = { id: 'tvp', name: 'Again' }
    const numbers = [number('101'), number('101')]
    const found = await ruleAt(t, {
      forces: [...site().forces, force],
      trunks: [trunk('a'), trunk('a', { peers: ['192.0.2.1'], numbers })]
    })
    t.same(
      found.map(({ path }) => path),
      ['forces[1].id', 'trunks[1].id', 'trunks[1].numbers[1].number']
    )
  })
  t.test('trunks share a peer only while the number tells them apart', async t => {
    const apart = site({ trunks: [trunk('a'), trunk('b', { numbers: [number('101')] })] })
    await t.resolves(loadConfig({ path: await write(t, apart), env: {} }))
    const shared = ['192.0.2.9', '127.0.0.1']
    const found = await ruleAt(t, site({ trunks: [trunk('a'), trunk('b', { peers: shared })] }))
    t.match(found, [{ path: 'trunks[1].numbers[0].number', value: '"999"' }])
  })
  t.test('a sign-on crosses no network in clear, but in a demo', async t => {
    const http = { host: '192.0.2.10' }
    t.match(await ruleAt(t, site({ http })), [{ path: 'http.secureCookie', value: 'false' }])
    await t.resolves(loadConfig({ path: await write(t, site({ http, demo: true })), env: {} }))
    await t.resolves(loadConfig({ path: await write(t, site({ http: { ...http, secureCookie: true } })), env: {} }))
  })
  t.test(
    'pages go from gateway to gateway only where each believes what the other signs, and never in clear',
    async t => {
      const gateways = ['https://one.example', 'http://two.example']
      t.match(await ruleAt(t, site({ http: { gateways } })), [{ path: 'http.gateways' }])
      const http = { gateways, secureCookie: true, sessionSecretFile: 'secret' }
      t.match(await ruleAt(t, site({ http })), [{ path: 'http.gateways[1]', value: '"http://two.example"' }])
      t.match(await ruleAt(t, site({ http: { gateways: ['https://one.example/console'] } })), [
        { path: 'http.gateways[0]' }
      ])
    }
  )
  t.test('a switch that also forks to us tells its event legs apart by the Request-URI alone', async t => {
    const ring = trunk('ring', {
      mode: 'ring-leg',
      separateDialog: false,
      numbers: [{ number: '7', line: '101', force: 'tvp' }]
    })
    t.match(await ruleAt(t, site({ trunks: [trunk('a', {}), ring] })), [{ path: 'trunks[0].ddiFrom' }])
    const exact = trunk('a', { ddiFrom: ['request-uri', 'header:X-Called'] })
    await t.resolves(loadConfig({ path: await write(t, site({ trunks: [exact, ring] })), env: {} }))
  })
  t.test('a header that decides line or force does so by the trunk’s own words only', async t => {
    const headers = [
      { header: 'X-Line', sets: 'line' },
      { header: 'X-Force', sets: 'force', values: { A: 'nobody' } },
      { header: 'X-Route', sets: 'route', values: { A: 'scenic' } },
      { header: 'X-Queue', sets: 'acdQueue' }
    ]
    const found = await ruleAt(t, site({ trunks: [trunk('a', { headers })] }))
    t.same(
      found.map(({ path }) => path),
      ['trunks[0].headers[0].values', 'trunks[0].headers[1].values.A', 'trunks[0].headers[2].values.A']
    )
  })
  t.test(
    'a trunk that asks where calls go names a target for when nobody is chosen, and is never a 999 line',
    async t => {
      const redirect = { defaultTarget: 'sip:queue@192.0.2.9' }
      const row = { number: '101', line: '101', force: 'tvp' }
      const asks = (more: object) => trunk('a', { mode: 'redirect', numbers: [row], ...more })
      const pathsOf = async (settings: object) => {
        const found = await ruleAt(t, site({ trunks: [settings] }))
        return found.map(({ path }) => path)
      }
      t.same(await pathsOf(asks({})), ['trunks[0].redirect'])
      t.same(await pathsOf(trunk('a', { redirect })), ['trunks[0].redirect'])
      t.same(await pathsOf(asks({ redirect, numbers: [row, number('999')] })), ['trunks[0].numbers[1].line'])
      const headers = [{ header: 'X-Line', sets: 'line', values: { blue: '999' } }]
      t.same(await pathsOf(asks({ redirect, headers })), ['trunks[0].headers[0].values.blue'])
      t.same(await pathsOf(asks({ redirect: { defaultTarget: 'queue' } })), ['trunks[0].redirect.defaultTarget'])
      const path = await write(t, site({ trunks: [asks({ redirect })] }))
      const { config } = await loadConfig({ path, env: {} })
      t.match(config.trunks[0]?.redirect, { budgetMs: 200, ...redirect })
    }
  )
  t.test('one trunk may not have more calls a second than all together', async t => {
    const trunks = [trunk('a', { callsPerSecond: 801, numbers: [number('101')] }), trunk('b')]
    t.match(await ruleAt(t, site({ trunks })), [{ path: 'trunks[0].callsPerSecond', value: '801' }])
    const path = await write(t, site({ trunks, sip: { callsPerSecond: 801 } }))
    t.match((await loadConfig({ path, env: {} })).config.trunks, [{ burst: 200 }, { callsPerSecond: 50 }])
  })
  t.test('a location server must be late before its panel is, and who we are is said whole', async t => {
    const servers = [{ host: 'lis.invalid' }]
    const late = site({ held: { servers, deadlineMs: 1_500 } })
    t.match(await ruleAt(t, late), [{ path: 'held.deadlineMs', value: '1500' }])
    t.match(await ruleAt(t, site({ held: { certFile: 'own.pem' } })), [{ path: 'held.certFile' }])
    t.match(await ruleAt(t, site({ held: { caFile: 'none.pem' } })), [{ path: 'held.caFile', rule: /ENOENT/ }])
    t.match(await ruleAt(t, site({ held: { servers: [{ host: 'https://lis.invalid/' }] } })), [
      { path: 'held.servers[0].host' }
    ])
    const path = await write(t, site({ held: { deadlineMs: 9_000 } }))
    t.same((await loadConfig({ path, env: {} })).config.held, { servers: [], method: 'POST', deadlineMs: 9_000 })
  })
  t.test(
    'the circle of crimes may grow and not shrink, and no link may lead away from the force’s own system',
    async t => {
      const shrinks = site({ lookups: { crimesRadiusMetres: 800, crimesMaxRadiusMetres: 700 } })
      t.match(await ruleAt(t, shrinks), [{ path: 'lookups.crimesMaxRadiusMetres', value: '700' }])
      const linked = (crime: string) =>
        site({ forces: [{ id: 'tvp', name: 'Thames Valley Police', deepLinks: { crime } }] })
      t.match(await ruleAt(t, linked('https://{key}.invalid/')), [{ path: 'forces[0].deepLinks.crime' }])
      const path = await write(t, linked('https://records.invalid/{key}'))
      t.match((await loadConfig({ path, env: {} })).config.forces, [{ deepLinks: { crime: /records/ } }])
    }
  )
  t.test('a broken trunk does not hide what is wrong with its neighbour', async t => {
    const found = await ruleAt(t, site({ trunks: [trunk('a', { peers: [] }), trunk('b', { separateDialog: false })] }))
    t.same(
      found.map(({ path }) => path),
      ['trunks[0].peers', 'trunks[1].separateDialog']
    )
  })
})

t.test('the environment goes over the file, and an empty variable changes nothing', async t => {
  const path = await write(t, site({ sip: { port: 5070 }, logLevel: 'warn' }))
  const env = {
    CALLBOX_CONFIG: path,
    CALLBOX_SIP_PORT: '0',
    CALLBOX_HTTP_PORT: '8099',
    CALLBOX_REDIS_URL: 'redis://127.0.0.1:1/0',
    CALLBOX_DATA_DIR: '/srv/callbox',
    CALLBOX_LOG_LEVEL: ''
  }
  const { config } = await loadConfig({ env })
  t.match(config, {
    sip: { port: 0 },
    http: { port: 8099 },
    redis: { url: 'redis://127.0.0.1:1/0' },
    dataDir: '/srv/callbox',
    logLevel: 'warn'
  })
  const fault = await mistakesOf(t, site(), { CALLBOX_SIP_PORT: 'sip', CALLBOX_LOG_LEVEL: 'loud' })
  t.same(
    fault.mistakes.map(({ path }) => path),
    ['CALLBOX_SIP_PORT', 'logLevel']
  )
})

t.test('a config that is not there, or not JSON, says which file and why', async t => {
  await t.rejects(loadConfig({ path: '/nowhere/site.json', env: {} }), {
    code: 'config.unreadable',
    message: /nowhere/
  })
  await t.rejects(loadConfig({ path: await write(t, '{"site":'), env: {} }), { code: 'config.unreadable' })
})

t.test('a secret that others may read is refused', async t => {
  const path = await write(t, site({ http: { sessionSecretFile: 'secret' } }))
  const secret = join(path, '../secret')
  await writeFile(secret, 's'.repeat(32))
  await chmod(secret, 0o644)
  await t.rejects(loadConfig({ path, env: {} }), { code: 'config.secret-exposed' })
  await chmod(secret, 0o640)
  t.equal((await loadConfig({ path, env: {} })).sessionSecret?.toString(), 's'.repeat(32))
  await writeFile(secret, 'short')
  const short = await loadConfig({ path, env: {} }).catch((fault: unknown) => fault)
  t.match(short, { mistakes: [{ rule: /at least 32 bytes, has 5/ }] })
  await rm(secret)
  await t.rejects(loadConfig({ path, env: {} }), { code: 'config.unreadable' })
})

t.test('the key that signs places of phones may stand beside the one before it', async t => {
  const path = await write(t, site({ aml: { keyFile: 'aml' } }))
  const file = join(path, '../aml')
  const [one, other] = ['k'.repeat(16), 'l'.repeat(20)]
  await writeFile(file, `${one}\r\n${other}\n`, { mode: 0o600 })
  const { amlKeys, config } = await loadConfig({ path, env: {} })
  t.same(amlKeys?.map(String), [one, other])
  t.match(redactedConfig(config), { aml: { keyFile: 'set' } })
  await writeFile(file, 'short')
  const short = await loadConfig({ path, env: {} }).catch((fault: unknown) => fault)
  t.match(short, { mistakes: [{ path: 'aml.keyFile' }] })
  t.equal((await loadConfig({ env: {} })).amlKeys, undefined, 'off unless somebody sets it')
})

t.test('nobody changes a config that is in use', async t => {
  const { config } = await loadConfig({ env: {} })
  t.throws(() => Object.assign(config.trunks[0] ?? {}, { mode: 'ring-leg' }), TypeError)
})

t.test('no password reaches the log or the list of mistakes', async t => {
  const env = {
    CALLBOX_DATABASE_URL: 'postgres://cb:hunter2@db/cb?password=hunter2',
    CALLBOX_REDIS_URL: 'redis://:hunter2@r'
  }
  const { config } = await loadConfig({ path: await write(t, site()), env })
  const redacted = redactedConfig(config)
  t.notMatch(JSON.stringify(redacted), /hunter2/)
  t.match(redacted, {
    database: { url: 'postgres://cb:set@db/cb' },
    redis: { url: 'redis://:set@r', sentinelPasswordFile: 'unset' },
    http: { sessionSecretFile: 'unset' }
  })
  const fault = await mistakesOf(t, site({ redis: { url: ['redis://:hunter2@x'] } }))
  t.notMatch(fault.list(), /hunter2/)
  t.ok(fault instanceof Fault)
  const unread = await mistakesOf(t, site({ redis: { url: 'redis+sentinel://:hunter2@s1,s2' } }))
  t.match(unread.list(), /redis\.url = set: must be an address/)
})
