import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ENVIRONMENT } from '../../../src/operations/config.ts'

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

t.test('only settings that the gateway knows are set', async t => {
  for (const path of ['Dockerfile', 'compose.yaml']) {
    for (const [name] of (await read(path)).matchAll(/CALLBOX_[A-Z_]+/g))
      t.ok(variables.has(name), `${name} in ${path}`)
  }
})
