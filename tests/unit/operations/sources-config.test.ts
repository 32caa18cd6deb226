import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig, redactedConfig } from '../../../src/operations/config.ts'
import type { ConfigFault } from '../../../src/operations/config-validate.ts'
import { SOURCE_RULES, sourceWarnings } from '../../../src/operations/sources-checks.ts'

const SOURCE = {
  ...{ id: 'keeper', title: 'Vehicle keeper', forces: ['tvp'], kind: 'http', needs: 'number' },
  ...{ url: 'https://keeper.example.invalid/vehicles', body: { of: '{e164}' }, map: ['[rows]'] }
}

async function load(t: Test, ...sources: readonly object[]) {
  const folder = t.testdir({ secret: 'a-secret' })
  await chmod(join(folder, 'secret'), 0o600)
  const path = join(folder, 'config.json')
  const forces = [{ id: 'tvp', name: 'Thames Valley Police' }]
  await writeFile(path, JSON.stringify({ forces, sources }))
  return loadConfig({ path, env: {} })
}

async function mistakes(t: Test, ...sources: readonly object[]): Promise<[string, string][]> {
  const thrown = await load(t, ...sources).then(
    () => undefined,
    (fault: unknown) => fault as ConfigFault
  )
  return (thrown?.mistakes ?? []).map(({ path, rule }) => [path, rule])
}

t.test('a source in one row, with everything else by default', async t => {
  const { config } = await load(t, SOURCE)
  t.match(config.sources, [{ ...SOURCE, method: 'POST', answers: [200], cacheSeconds: 0, deadlineMs: 1_500 }])
})

const WRONG: Readonly<Record<string, readonly [over: object, where: string, rule: string]>> = {
  'a force that is none': [{ forces: ['kent'] }, 'forces[0]', SOURCE_RULES.sourceForce],
  'http to elsewhere': [{ url: 'http://keeper.example.invalid/' }, 'url', SOURCE_RULES.sourceClear],
  'health by http to elsewhere': [{ healthUrl: 'http://k.example.invalid/' }, 'healthUrl', SOURCE_RULES.sourceClear],
  'a host that the caller chooses': [{ url: 'https://{force}.example.invalid/' }, 'url', SOURCE_RULES.sourceUrl],
  'a password in the URL': [{ url: 'https://a:b@keeper.example.invalid/' }, 'url', SOURCE_RULES.sourceUrl],
  'port 0 outside of a demo': [{ url: 'http://127.0.0.1:0/' }, 'url', SOURCE_RULES.sourceDemoPort],
  'a placeholder that is none': [{ body: { of: '{e614}' } }, 'body', SOURCE_RULES.sourcePlaceholder],
  'a place where it needs a number': [{ body: { of: '{easting}' } }, 'body', SOURCE_RULES.sourcePlaceholder],
  'a number in the URL': [{ url: 'https://k.example.invalid/{e164}' }, 'url', SOURCE_RULES.sourcePersonal],
  'POST without a body': [{ body: undefined }, 'body', SOURCE_RULES.sourceBody],
  'GET with a body': [{ method: 'GET' }, 'body', SOURCE_RULES.sourceBody],
  'a header without anything': [{ headers: [{ name: 'x' }] }, 'headers[0]', SOURCE_RULES.sourceHeader],
  'a header with both': [
    { headers: [{ name: 'x', value: 'a', valueFile: 'secret' }] },
    'headers[0]',
    SOURCE_RULES.sourceHeader
  ],
  'a certificate without its key': [{ certFile: 'c.pem' }, 'keyFile', SOURCE_RULES.sourceCertificate],
  'a redirect as an answer': [{ answers: [200, 302] }, 'answers', SOURCE_RULES.sourceAnswers],
  'late before its deadline': [{ lateAnswerMs: 100 }, 'lateAnswerMs', SOURCE_RULES.sourceLate]
}

for (const [what, [over, where, rule]] of Object.entries(WRONG)) {
  t.test(`${what}: refused before anything starts`, async t => {
    t.same(await mistakes(t, { ...SOURCE, ...over }), [[`sources[0].${where}`, rule]])
  })
}

t.test('a mapping that is no JSONata says what is wrong with it, and where', async t => {
  const [[path, rule] = ['', '']] = await mistakes(t, { ...SOURCE, map: ['[rows.{', "  'title': "] })
  t.equal(path, 'sources[0].map')
  t.match(rule, new RegExp(`^${SOURCE_RULES.sourceMapping}: .+ \\(S\\d+, at \\d+\\)$`))
})

t.test('two of one id, and every mistake at once', async t => {
  const found = await mistakes(t, SOURCE, { ...SOURCE, forces: ['kent'], answers: [301] })
  t.same(
    found.map(([path]) => path),
    ['sources[1].id', 'sources[1].forces[0]', 'sources[1].answers']
  )
})

t.test('files that cannot be read, or that others may read', async t => {
  const headers = [{ name: 'authorization', valueFile: 'secret' }]
  t.same(await mistakes(t, { ...SOURCE, headers }), [])
  t.match(await mistakes(t, { ...SOURCE, headers: [{ name: 'x', valueFile: 'nowhere' }] }), [
    ['sources[0].headers[0].valueFile', /ENOENT/]
  ])
  t.match(await mistakes(t, { ...SOURCE, caFile: 'nowhere' }), [['sources[0].caFile', /ENOENT/]])
})

t.test('a number in a URL that is allowed is warned of', async t => {
  const get = { ...SOURCE, method: 'GET', body: undefined, url: 'https://k.example.invalid/{e164}', allowInUrl: true }
  const { config } = await load(t, get, { ...SOURCE, id: 'other', allowInUrl: true })
  t.match(sourceWarnings(config), [/^sources\[0\]\.url \(keeper\): /])
})

t.test('what is logged at the start has no secrets of a source', async t => {
  const headers = [{ name: 'x-key', value: 'k3y' }]
  const { config } = await load(t, { ...SOURCE, headers, url: 'https://keeper.example.invalid/v?key=s3cret' })
  const text = JSON.stringify(redactedConfig(config))
  t.notMatch(text, /k3y|s3cret/)
  t.match(text, /keeper\.example\.invalid/)
})
