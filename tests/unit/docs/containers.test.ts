import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import packageJson from '../../../package.json' with { type: 'json' }
import { ENVIRONMENT, loadConfig } from '../../../src/operations/config.ts'
import { parseRedisPlace } from '../../../src/operations/redis-place.ts'

/*
 * There may be no container engine where the tests run, so what can be read is checked here. The image's package tree
 * and command were run by hand as an ordinary user; Dockerfile and compose.yaml were put through dockerfile-utils 0.16.3
 * and the Compose specification's own schema, without a fault.
 */

const at = (path: string) => new URL(`../../../${path}`, import.meta.url)
const read = (path: string) => readFile(at(path), 'utf8')
const variables = new Set([...ENVIRONMENT.map(({ name }) => name as string), 'CALLBOX_CONFIG', 'CALLBOX_DB_PASSWORD'])

t.test(
  'the image runs as an ordinary user, hears signals itself, and is asked for its health without other tools',
  async t => {
    const lines = (await read('Dockerfile'))
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter(line => /^[A-Z]/.test(line))
    const last = lines.slice(lines.findLastIndex(line => line.startsWith('FROM ')))
    const of = (word: string) =>
      last.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1))
    t.same(of('USER'), ['node'])
    t.same(JSON.parse(of('ENTRYPOINT')[0] ?? ''), ['node', 'src/main.ts'], 'no shell between it and the signals')
    t.same(JSON.parse(of('CMD')[0] ?? ''), ['start'])
    t.match(of('HEALTHCHECK')[0], /\["node", "-e", .*\/livez/)
    t.ok(
      last.findIndex(line => line.startsWith('USER')) > last.findLastIndex(line => line.startsWith('RUN')),
      'root only builds'
    )
    for (const line of lines.filter(each => each.startsWith('FROM '))) t.match(line, /^FROM node:24-bookworm-slim/)
    for (const line of lines) t.notMatch(line, /\bADD\b|curl|wget|apt-get|:latest|sudo/)
    const installs = lines.filter(line => line.includes('npm '))
    for (const line of installs) t.match(line, /npm ci .*--ignore-scripts/, 'the lockfile, and no scripts')
    t.match(installs.at(-1), /--omit=dev --omit=optional/)
  }
)

t.test('a gateway in the image takes no more memory than one that the command starts', async t => {
  const text = await read('Dockerfile')
  for (const [name, value] of Object.entries(packageJson.environment)) {
    const written = value.includes(' ') ? JSON.stringify(value) : value
    t.ok(text.split(/\s*\\?\n\s*/).includes(`${name}=${written}`), name)
  }
})

t.test('the image of a load is the gateway’s with SIPp, and runs as an ordinary user too', async t => {
  const text = await read('deploy/load/Dockerfile')
  const lines = text.replaceAll('\\\n', ' ').split('\n')
  t.match(text, /^ARG CALLBOX=callbox\nFROM \$\{CALLBOX\}$/m)
  t.equal(
    lines.findLast(line => line.startsWith('USER ')),
    'USER node'
  )
  t.same(JSON.parse(lines.find(line => line.startsWith('ENTRYPOINT '))?.slice('ENTRYPOINT '.length) ?? ''), [
    ...['node', '/app/src/main.ts', 'load']
  ])
})

t.test('everything the image copies is there and gets through .dockerignore', async t => {
  const copied = [...(await read('Dockerfile')).matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
    list.split(' ')
  )
  const ignore = (await read('.dockerignore')).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  t.equal(ignore[0], '*', 'nothing goes in that is not named')
  for (const path of copied) {
    t.ok(existsSync(at(path)), `${path} is there`)
    t.ok(
      ignore.some(line => line.startsWith('!') && `${path}/`.startsWith(`${line.slice(1)}/`)),
      `${path} gets in`
    )
  }
  t.notOk(ignore.some(line => /^!(?:\.env|\.git|node_modules|\.callbox)/.test(line)))
})

t.test('each service of the example is hardened, and nothing is reachable from other machines', async t => {
  const text = await read('compose.yaml')
  const services =
    text
      .split(/^services:$/m)[1]
      ?.split(/^\w/m)[0]
      ?.split(/^ {2}(?=\w+:$)/m)
      .slice(1) ?? []
  t.same(
    services.map(service => service.split(':')[0]),
    ['gateway', 'postgres', 'redis']
  )
  for (const service of services) {
    t.match(service, /<<: \*hardened/)
    t.match(service, /image: \S+:\d\S*$/m, 'a version, not whatever is newest')
    t.match(service, /mem_limit: /)
    t.match(service, /tmpfs: /)
  }
  for (const rule of ['read_only: true', 'cap_drop: [ALL]', 'no-new-privileges:true']) t.ok(text.includes(rule), rule)
  for (const [, port = ''] of text.matchAll(/^ {6}- "([^"]*:\d+\/(?:tcp|udp))"$/gm)) t.match(port, /^127\.0\.0\.1:/)
  t.match(text, /noeviction/)
  t.match(text, /synchronous_commit=on/)
  t.notMatch(text, /PASSWORD[^$\n]*: *"?\w+"?$/m, 'no password in the file')
})

const SITE = ['deploy/site/compose.yaml', 'deploy/kubernetes/callbox.yaml', 'deploy/kubernetes/redis.yaml']

t.test(
  'the files for several gateways: hardened, a version for each image, no password, no store that forgets',
  async t => {
    for (const path of SITE) {
      const text = await read(path)
      for (const [, image = ''] of text.matchAll(/^\s*image: (\S+)$/gm)) t.match(image, /:\d/, `${image} in ${path}`)
      t.notMatch(text, /PASSWORD[^$\n]*: *"?\w+"?$/m, path)
      t.match(text, /cap_drop: \[ALL\]|capabilities: \{ drop: \[ALL\] \}/, path)
      t.match(text, /read_only: true|readOnlyRootFilesystem: true/, path)
      t.notMatch(text, /\t/, path)
    }
    for (const path of SITE.filter(each => !each.endsWith('callbox.yaml'))) {
      const text = await read(path)
      for (const rule of ['maxmemory-policy noeviction', 'appendonly yes', 'min-replicas-to-write 1']) {
        t.ok(text.includes(rule), `${rule} in ${path}`)
      }
      t.match(text, /sentinel monitor callbox \S+ 6379 2/, path)
    }
    for (const path of SITE.slice(0, 2)) {
      const [, url = ''] = /(redis\+sentinel:[^\s"]+)/.exec(await read(path)) ?? []
      t.match(parseRedisPlace(url), { shape: 'sentinel', name: 'callbox', nodes: [{}, {}, {}] }, path)
    }
  }
)

t.test('an anchor of YAML is not used in another document than its own', async t => {
  for (const path of SITE) {
    for (const document of (await read(path)).split(/^---$/m)) {
      for (const [, name = ''] of document.matchAll(/(?:: |- )\*([a-z-]+)/g)) {
        t.ok(document.includes(`&${name}\n`), `${name} in ${path}`)
      }
    }
  }
})

t.test('the config of several gateways keeps every rule, and leaves lookups to the workers', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-site-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const config = JSON.parse(await read('deploy/site/callbox.json'))
  await writeFile(join(folder, 'secret'), 'x'.repeat(48), { mode: 0o600 })
  const path = join(folder, 'site.json')
  await writeFile(path, JSON.stringify({ ...config, http: { ...config.http, sessionSecretFile: 'secret' } }))
  const loaded = await loadConfig({ path, env: { CALLBOX_REDIS_URL: 'redis+sentinel://s1,s2,s3/callbox' } })
  t.match(loaded.config.worker, { inGateway: false, port: 8090 })
})

t.test('only settings that the gateway knows are set', async t => {
  for (const path of ['Dockerfile', 'compose.yaml', ...SITE]) {
    for (const [name] of (await read(path)).matchAll(/CALLBOX_[A-Z_]+/g))
      t.ok(variables.has(name), `${name} in ${path}`)
  }
})
