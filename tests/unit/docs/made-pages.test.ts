import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { FromClient, ToClient } from '../../../src/delivery/protocol.ts'
import { CLOSE } from '../../../src/delivery/protocol-limits.ts'
import { MESSAGE_WORDS, toAsyncApi } from '../../../src/http/asyncapi-document.ts'
import { toOpenApi } from '../../../src/http/openapi-document.ts'
import { makeHttpBench } from '../../support/http-bench.ts'
import { aCard, aPop } from '../../support/pop-events.ts'
import { renderDocs } from '../../support/render-docs.ts'

for (const [path, text] of Object.entries(renderDocs())) {
  t.test(`docs/${path} is what the source gives; if not: node tests/support/render-docs.ts`, async t => {
    t.equal(await readFile(new URL(`../../../docs/${path}`, import.meta.url), 'utf8'), text)
  })
}

t.test('every route of the gateway is in the OpenAPI document, pages for browsers apart', async t => {
  const { http, routes } = makeHttpBench()
  await http.ready()
  // Fastify's own list, so that a route which got past the collector would be seen.
  const listed = http.printRoutes({ commonPrefix: false }).match(/\((?:[A-Z, ]+)\)/g)?.length ?? 0
  t.equal(routes.length, listed, 'each route was collected')
  const { paths } = toOpenApi(routes) as { paths: Record<string, Record<string, unknown>> }
  const documented = Object.entries(paths).flatMap(([path, each]) =>
    Object.keys(each).map(method => `${method.toUpperCase()} ${path}`)
  )
  const pages = routes.filter(({ words }) => words.isPage).map(({ url }) => url)
  t.same(pages, ['/', '/wallboard', '/assets/*'])
  t.same(
    documented.sort(),
    routes
      .filter(({ words }) => !words.isPage)
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
      .sort()
  )
  for (const { url, words } of routes) t.ok(words.summary.length > 5, url)
})

t.test('both documents are served as they are written', async t => {
  const { http } = makeHttpBench()
  for (const name of ['openapi', 'asyncapi']) {
    const answer = await http.inject(`/api/${name}.json`)
    t.equal(answer.statusCode, 200)
    t.same(answer.json(), JSON.parse(renderDocs()[`api/${name}.json`] ?? ''))
  }
})

t.test('a route whose schema says nothing of it is a mistake found at the start', async t => {
  const { http } = makeHttpBench()
  t.throws(() => http.get('/silent', async () => ''), /GET \/silent has no words/)
})

t.test('every message of the protocol is in the AsyncAPI document, with a line about it', async t => {
  const kinds = (side: string, union: { anyOf: readonly { properties: { t: object } }[] }) =>
    union.anyOf.map(({ properties }) => `${side}.${(properties.t as { const: string }).const}`)
  const all = [...kinds('client', FromClient), ...kinds('server', ToClient)].sort()
  const { components, channels } = toAsyncApi() as {
    components: { messages: Record<string, { summary: string; payload: object }> }
    channels: { console: { messages: object; 'x-close': { code: number }[] }; units: { messages: object } }
  }
  const units = ['units.said', 'units.taken']
  t.same(Object.keys(components.messages).sort(), [...all, ...units].sort())
  t.same(Object.keys(channels.console.messages).sort(), all)
  t.same(Object.keys(channels.units.messages).sort(), units)
  t.same(Object.keys(MESSAGE_WORDS).sort(), all, 'and no line about a message that is not there')
  t.same(
    channels.console['x-close'].map(({ code }) => code),
    Object.values(CLOSE).map(({ code }) => code)
  )
})

t.test('what the documents say holds for real messages, by a checker that knows only the documents', async t => {
  const { components } = JSON.parse(renderDocs()['api/asyncapi.json'] ?? '')
  const ajv = new Ajv2020({ strict: false })
  const holds = (name: string, message: object) => ajv.validate(components.messages[name].payload, message)
  t.ok(holds('server.ev', { t: 'ev', seq: 1, eventId: 'e', ts: 1, ev: aPop() }))
  t.ok(holds('server.snapshot', { t: 'snapshot', epoch: 'e', seq: 0, cards: [aCard()], more: false }))
  t.notOk(holds('client.hello', { t: 'hello', v: 1 }))
  t.ok(holds('client.hello', { t: 'hello', v: 1, ticket: 'x', client: 'tests' }))
})
