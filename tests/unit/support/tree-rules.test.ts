import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { treeBreaches } from '../../support/tree-rules.mjs'

const run = promisify(execFile)
const RULES = new URL('../../support/tree-rules.mjs', import.meta.url).pathname

/** A made-up tree: path to content; answers its breaches. */
async function breachesOf(folder: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return treeBreaches(folder)
}

/** Each case: what stands in one file, and the words the breach must have; no words, no breach. */
const IMPORTS: readonly { path: string; line: string; says?: RegExp }[] = [
  {
    path: 'src/call/a.ts',
    line: "import { x } from '../operations/x.ts'",
    says: /call must not import operations: the model/
  },
  { path: 'src/pop/a.ts', line: "import { x } from '../call/x.ts'" },
  { path: 'src/pop/a.ts', line: "import { x } from '../operations/x.ts'" },
  { path: 'src/pop/a.ts', line: "import { x } from '../delivery/x.ts'", says: /comes later on the way/ },
  { path: 'src/lookups/a.ts', line: "import { x } from '../switches/x.ts'", says: /lookups must not import switches/ },
  {
    path: 'src/lookups/near/a.ts',
    line: "import { x } from '../../switches/sip/x.ts'",
    says: /lookups must not import switches/
  },
  { path: 'src/operations/a.ts', line: "import { x } from '../call/x.ts'", says: /knows none of them/ },
  { path: 'src/delivery/a.ts', line: "import { x } from '../gateway.ts'", says: /given what it needs/ },
  { path: 'src/delivery/a.ts', line: "export { x } from '../records/x.ts'", says: /comes later/ },
  { path: 'src/delivery/a.ts', line: "const x = await import('../records/x.ts')", says: /comes later/ },
  { path: 'src/gateway.ts', line: "import { x } from './wiring/x.ts'" },
  { path: 'src/http/a.ts', line: "import { x } from '../wiring/x.ts'", says: /comes later/ },
  { path: 'src/console/a.tsx', line: "import { x } from '../sdk/client.ts'" },
  { path: 'src/console/a.tsx', line: "import { x } from '../delivery/protocol.ts'" },
  { path: 'src/console/a.tsx', line: "import { x } from '../delivery/hub.ts'", says: /another client could not use/ },
  { path: 'src/sdk/a.ts', line: "import { x } from '../console/x.ts'", says: /what others build on/ },
  { path: 'src/odd/a.ts', line: "import { x } from '../call/x.ts'", says: /no folder of the design/ },
  { path: 'src/pop/a.ts', line: "import { x } from '../../tests/support/x.ts'", says: /nothing from outside/ },
  { path: 'src/switches/sip/embedded/a.ts', line: "import { C } from 'sip.js/lib/core/index.js'" },
  {
    path: 'src/switches/sip/a.ts',
    line: "import { C } from 'sip.js/lib/core/index.js'",
    says: /only switches\/sip\/embedded/
  },
  { path: 'src/queue/a.ts', line: "import { Queue } from 'bullmq'" },
  { path: 'src/pop/a.ts', line: "import type { Queue } from 'bullmq'", says: /only queue knows BullMQ/ },
  { path: 'src/simulator/a.ts', line: "import { Queue } from 'bullmq'", says: /only queue knows BullMQ/ },
  { path: 'src/commands.ts', line: "const { run } = await import('./load/run.ts')" },
  { path: 'src/gateway.ts', line: "import { x } from './load/x.ts'", says: /no gateway may have the load in it/ },
  { path: 'src/wiring/a.ts', line: "import { x } from '../load/x.ts'", says: /no gateway may have the load in it/ },
  { path: 'src/simulator/a.ts', line: "import { x } from '../load/x.ts'", says: /no gateway may have the load in it/ },
  { path: 'src/load/a.ts', line: "import { x } from '../simulator/x.ts'" },
  { path: 'src/load/a.ts', line: "import { x } from '../wiring/x.ts'", says: /judges a gateway from outside/ },
  { path: 'src/load/a.ts', line: "import { WebSocket } from 'ws'", says: /know sockets/ },
  { path: 'src/operations/redis.ts', line: "import { Redis } from 'ioredis'" },
  { path: 'src/delivery/a.ts', line: "import type { Redis } from 'ioredis'" },
  { path: 'src/delivery/a.ts', line: "import { type Redis } from 'ioredis'" },
  { path: 'src/delivery/a.ts', line: "import { Redis } from 'ioredis'", says: /every link has its limits/ },
  {
    path: 'src/delivery/a.ts',
    line: "import { type RedisOptions, Redis } from 'ioredis'",
    says: /every link has its limits/
  }
]

for (const [at, { path, line, says }] of IMPORTS.entries()) {
  t.test(`${path} with ${line} is ${says === undefined ? 'as agreed' : 'a breach'}`, async t => {
    const found = await breachesOf(join(t.testdir(), String(at)), { [path]: `// first line\n${line}\n` })
    if (says === undefined) t.same(found, [])
    else {
      t.equal(found.length, 1)
      t.match(found[0], says)
      t.ok(found[0]?.startsWith(`${path}:2: `), 'it names file and line')
    }
  })
}

/** Words that may not stand in a line, put together here so that this file may. */
const WORDS: readonly { path: string; line: string; says?: RegExp }[] = [
  { path: 'src/console/a.tsx', line: 'node.innerHTML = text', says: /textContent/ },
  { path: 'src/pop/a.ts', line: `// ${'TO'}${'DO'} later`, says: /names its issue/ },
  { path: 'src/pop/a.ts', line: `// ${'TO'}${'DO'}(#12) later` },
  { path: 'tests/unit/a.test.ts', line: `t.${'on'}${'ly'}('one', async t => {})`, says: /switched off/ },
  {
    path: 'tests/unit/a.test.ts',
    line: `t.test('one', { ${'sk'}${'ip'}: true }, async t => {})`,
    says: /switched off/
  },
  { path: 'tests/unit/a.test.ts', line: `t.test('one', { ${'sk'}${'ip'}: 'no apt here' }, async t => {})` },
  { path: 'src/pop/a.ts', line: "const level = process.env['LEVEL']", says: /only operations\/config\.ts/ },
  { path: 'src/operations/config.ts', line: 'const env = process.env' },
  { path: 'src/pop/a.ts', line: 'process.exit(1)', says: /only main\.ts/ },
  { path: 'src/pop/a.ts', line: "process.once('SIGTERM', stop)", says: /only main\.ts/ },
  { path: 'src/main.ts', line: "process.on('SIGTERM', stop)" },
  { path: 'src/pop/a.ts', line: 'setTimeout(run, 5)', says: /lifecycle/ },
  { path: 'src/pop/a.ts', line: 'socket.setTimeout(5)' }
]

for (const [at, { path, line, says }] of WORDS.entries()) {
  t.test(`${path} with ${line} is ${says === undefined ? 'as agreed' : 'a breach'} too`, async t => {
    const found = await breachesOf(join(t.testdir(), String(at)), { [path]: `${line}\n` })
    if (says === undefined) t.same(found, [])
    else t.match(found, [says])
  })
}

t.test('a file of 300 lines is as agreed, one of 301 is not', async t => {
  const found = await breachesOf(t.testdir(), {
    'src/call/long.ts': 'const x = 1\n'.repeat(300),
    'src/call/longer.ts': 'const x = 1\n'.repeat(301)
  })
  t.match(found, [/src\/call\/longer\.ts: 301 lines/])
})

t.test('a name that says nothing, and a barrel, are breaches', async t => {
  const found = await breachesOf(t.testdir(), {
    'src/pop/utils.ts': '',
    'src/services/a.ts': '',
    'src/pop/index.ts': ''
  })
  t.match(found, [/index\.ts: no barrels/, /'utils' says nothing/, /'services' says nothing/])
})

t.test('links of the documents lead somewhere, headings included', async t => {
  const found = await breachesOf(t.testdir(), {
    'docs/a.md':
      '# One thing\n[b](b.md#two-things) [gone](gone.md) [no](b.md#three) [web](https://example.org)\n`[x](y.md)`\n',
    'docs/b.md': '## Two things\n',
    'src/README.md': '[a](../docs/a.md)\n[gone](call/gone.ts)\n'
  })
  t.match(found, [
    /docs\/a\.md:2: the link to gone\.md/,
    /b\.md has no heading #three/,
    /src\/README\.md:2: .*call\/gone\.ts/
  ])
})

t.test('as a command it ends with 0 where all is as agreed, else with 1 and a line for each breach', async t => {
  const folder = t.testdir({ good: { src: { call: { 'a.ts': '' } } }, bad: { src: { call: { 'utils.ts': '' } } } })
  const { stdout } = await run(process.execPath, [RULES, join(folder, 'good')])
  t.match(stdout, /as agreed/)
  const failed = await run(process.execPath, [RULES, join(folder, 'bad')]).catch(thrown => thrown)
  t.equal(failed.code, 1)
  t.match(failed.stdout, /^src\/call\/utils\.ts: .*\n1 breach/)
})
