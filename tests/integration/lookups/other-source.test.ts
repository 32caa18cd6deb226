import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { Outcome } from '../../../src/lookups/lookup.ts'
import { makeHttpExchange } from '../../../src/lookups/other/http-exchange.ts'
import type { OtherFound } from '../../../src/lookups/other/mapped-answer.ts'
import { makeOtherLookup } from '../../../src/lookups/other/other-lookup.ts'
import type { Whereabouts } from '../../../src/lookups/whereabouts.ts'
import { faultCode, reasonOf } from '../../../src/operations/errors.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import type { SourceConfig } from '../../../src/operations/sources-schema.ts'
import { makeUpstreamWorld } from '../../../src/simulator/upstream-world.ts'
import { anOffer, callAfter, cliOf, NOON } from '../../support/call-events.ts'
import { type Authority, makeAuthority } from '../../support/certificates.ts'
import { type HeldServer, startHeldServer } from '../../support/held-server.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { until } from '../../support/until.ts'
import { aSource, startUpstream, UPSTREAM_SEED } from '../../support/upstream.ts'

failOnLeaks(t)

const call = callAfter(anOffer())
const AT: Whereabouts = {
  ...{ kind: 'at', point: { easting: 471_500, northing: 173_400 }, radiusMetres: 12 },
  ...{ isApproximate: false, source: 'aml', isConfirmed: false }
}

function lookupOf(t: Test, source: SourceConfig) {
  const exchange = makeHttpExchange({ source, clock: systemClock })
  t.teardown(() => exchange.stop())
  return makeOtherLookup({ source, exchange, clock: systemClock })
}

/** What a call of this caller comes to, or how it fails. */
async function ask(
  t: Test,
  source: SourceConfig,
  {
    about = call,
    at = AT,
    signal = new AbortController().signal
  }: { about?: Call; at?: Whereabouts; signal?: AbortSignal } = {}
): Promise<Outcome<OtherFound> | string> {
  return lookupOf(t, source)
    .ask(about, signal, async () => at)
    .catch(thrown => `${faultCode(thrown)}: ${reasonOf(thrown)}`)
}

const numberOf = (n: number) => callAfter(anOffer({ name: `caller-${n}`, cli: cliOf(n) }))
const e164Of = (about: Call) => about.cli.network?.e164 ?? ''

t.test('the demo’s systems by the mappings of config/demo.json', async t => {
  const { url } = await startUpstream(t)
  const { sources } = JSON.parse(await readFile(new URL('../../../config/demo.json', import.meta.url), 'utf8'))
  const [keeper, custody, premises] = (sources as SourceConfig[]).map(source =>
    aSource({ ...source, url: source.url.replace('http://127.0.0.1:0', url) })
  ) as [SourceConfig, SourceConfig, SourceConfig]
  const world = makeUpstreamWorld(UPSTREAM_SEED, NOON)
  const callers = Array.from({ length: 60 }, (_, n) => numberOf(n))

  const owner = callers.find(each => world.vehiclesOf(e164Of(each)).length === 2) as Call
  const [first] = world.vehiclesOf(e164Of(owner))
  const found = await ask(t, keeper, { about: owner })
  t.match(found, { kind: 'found', value: { total: 2, asked: [e164Of(owner)] }, asOf: Number })
  t.match(found, { value: { items: [{ kind: 'vehicle', e164: first?.number, fields: { insured: first?.insured } }] } })
  t.match(found, { value: { items: [{ title: new RegExp(`^${first?.registration} · `) }] } })

  const nobody = callers.find(each => world.vehiclesOf(e164Of(each)).length === 0) as Call
  t.same(await ask(t, keeper, { about: nobody }), { kind: 'none' })

  const held = callers.find(each => world.custodyOf(e164Of(each)).length > 1) as Call
  const records = world.custodyOf(e164Of(held))
  const inCustody = await ask(t, custody, { about: held })
  t.match(inCustody, { value: { total: records.length, items: [{ at: Date.parse(records[0]?.detainedAt ?? '') }] } })
  const free = callers.find(each => world.custodyOf(e164Of(each)).length === 0) as Call
  t.same(await ask(t, custody, { about: free }), { kind: 'none' }, 'its 404 is an answer')

  const near = world.premisesNear(471_500, 173_400, 750)
  t.ok(near.length > 0)
  t.match(await ask(t, premises), { value: { total: near.length, asked: [], items: [{ kind: near[0]?.kind }] } })
  const atSea = { ...AT, point: { easting: 100, northing: 100 } } as Whereabouts
  t.same(await ask(t, premises, { at: atSea }), { kind: 'none' })
})

t.test('who has no number, or no place, is not asked about', async t => {
  const { url } = await startUpstream(t)
  const withheld = { ...call, line: '101', cli: { ...call.cli, trust: 'withheld' as const } }
  t.same(await ask(t, aSource({ url: `${url}/vehicles` }), { about: withheld }), { kind: 'not-asked', why: 'no-cli' })
  const place = aSource({ url: `${url}/premises`, needs: 'place', body: { easting: '{easting}' } })
  t.same(await ask(t, place, { at: { kind: 'nowhere' } }), { kind: 'not-asked', why: 'no-place' })
  t.same(await ask(t, place, { at: { kind: 'unknown' } }), { kind: 'not-asked', why: 'place-unknown' })
})

t.test('one that is asked about a number waits for no place', async t => {
  const { url } = await startUpstream(t)
  const lookup = lookupOf(t, aSource({ url: `${url}/vehicles` }))
  const never = () => {
    t.fail('it asked where the caller is')
    return new Promise<Whereabouts>(() => {})
  }
  t.match(await lookup.ask(call, new AbortController().signal, never), { kind: /^(found|none)$/ })
})

t.test('what is sent: the JSON of the body, the headers, and a secret from its file', async t => {
  const server = await startHeldServer(t)
  const headers: unknown[] = []
  server.answer = (response, request) => {
    headers.push([request.headers['x-system'], request.headers['authorization']])
    json(response, '{"vehicles":[]}')
  }
  const file = join(t.testdir({ key: 'a-secret\n' }), 'key')
  const { chmod } = await import('node:fs/promises')
  await chmod(file, 0o600)
  const source = aSource({
    url: `http://127.0.0.1:${server.port}/of/{force}`,
    body: { who: ['{national}', '{e164}'], all: '{e164s}', note: 'from {line}', n: 1 },
    headers: [
      { name: 'X-System', value: 'callbox' },
      { name: 'Authorization', valueFile: file, prefix: 'Bearer ' }
    ]
  })
  t.same(await ask(t, source), { kind: 'none' })
  t.match(server.asked, [{ method: 'POST', path: '/of/tvp', type: 'application/json; charset=utf-8' }])
  t.same(JSON.parse(server.asked[0]?.body ?? ''), {
    ...{ who: ['07700900123', '+447700900123'], all: ['+447700900123'], note: 'from 999', n: 1 }
  })
  t.same(headers, [['callbox', 'Bearer a-secret']])
})

t.test('a number in a URL stays one piece of it, where the config lets it stand there at all', async t => {
  const server = await startHeldServer(t)
  server.answer = response => json(response, '{"vehicles":[]}')
  const source = aSource({
    url: `http://127.0.0.1:${server.port}/by?n={e164}&f={force}`,
    method: 'GET',
    allowInUrl: true
  })
  const { body: _, ...get } = source
  t.same(await ask(t, get), { kind: 'none' })
  t.same(server.asked[0]?.path, '/by?n=%2B447700900123&f=tvp')
})

type Answer = HeldServer['answer']

function json(response: Parameters<Answer>[0], text: string, type = 'application/json'): void {
  response.setHeader('content-type', type)
  response.end(text)
}

const BAD: Readonly<Record<string, readonly [answer: Answer, fault: RegExp]>> = {
  'what is no JSON': [response => json(response, '{"vehicles":['), /^source\.unreadable: .*it is no JSON$/],
  'bytes of any kind': [
    response => json(response, Buffer.from(Array.from({ length: 999 }, (_, n) => (n * 37) % 256)).toString('latin1')),
    /^source\.unreadable/
  ],
  'a page of HTML with status 200': [
    response => json(response, '<html>Sign on</html>', 'text/html'),
    /^source\.unreadable: .*not JSON by its content type$/
  ],
  'JSON that says it is text': [response => json(response, '{}', 'text/plain'), /^source\.unreadable/],
  'what is packed': [
    response => {
      response.setHeader('content-encoding', 'gzip')
      response.setHeader('content-type', 'application/json')
      response.end(gzipSync('{"vehicles":[]}'))
    },
    /^source\.unreadable: .*packed/
  ],
  'more than may be': [
    response => json(response, JSON.stringify({ vehicles: [], fill: 'x'.repeat(20_000) })),
    /^source\.too-large: .*16384 bytes$/
  ],
  'more than may be, without end': [
    response => {
      response.setHeader('content-type', 'application/json')
      const more = () => {
        if (response.destroyed) return
        response.write('x'.repeat(4_096), more)
      }
      more()
    },
    /^source\.too-large/
  ],
  'a redirect': [
    response => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' })
      response.end()
    },
    /^source\.redirected: .*302/
  ],
  'an error of its own': [
    response => {
      response.statusCode = 500
      json(response, '{"vehicles":[]}')
    },
    /^source\.refused: .*500/
  ],
  '404 where none is meant': [
    response => {
      response.statusCode = 404
      json(response, '{}')
    },
    /^source\.refused: .*404/
  ],
  'half an answer': [
    response => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{"vehicles":')
      setImmediate(() => response.destroy())
    },
    /^source\.unreachable/
  ],
  'nothing, and hangs up': [response => response.destroy(), /^source\.unreachable: .*ECONNRESET/],
  'something else than was expected': [
    response => json(response, '{"vehicles":[{"plate":"QA51 IAA"}]}'),
    /^source\.bad-mapping: .*no title$/
  ],
  'a number where a list should be': [response => json(response, '{"vehicles":7}'), /^source\.bad-mapping/]
}

for (const [what, [answer, fault]] of Object.entries(BAD)) {
  t.test(
    `a system that answers with ${what}: failed, with the reason and no word of the answer, never none`,
    async t => {
      const server = await startHeldServer(t)
      server.answer = answer
      const outcome = await ask(t, aSource({ url: `http://127.0.0.1:${server.port}/` }))
      t.match(outcome, fault)
      t.notMatch(outcome, /vehicles|plate|QA51|127\.0\.0\.1/)
      t.equal(server.asked.length, 1, 'asked once')
    }
  )
}

t.test('an answer without a body is nothing to map, and a mapping may make of that what it will', async t => {
  const server = await startHeldServer(t)
  server.answer = response => {
    response.statusCode = 204
    response.end()
  }
  const source = aSource({ url: `http://127.0.0.1:${server.port}/`, answers: [200, 204] })
  t.same(await ask(t, source), { kind: 'none' })
})

t.test('a system that does not answer is given up when it is told so, and its connection goes', async t => {
  const server = await startHeldServer(t)
  let closed = 0
  server.answer = response => void response.on('close', () => (closed += 1))
  const abort = new AbortController()
  const asked = ask(t, aSource({ url: `http://127.0.0.1:${server.port}/` }), { signal: abort.signal })
  await until(() => (server.asked.length === 1 ? '' : 'not asked yet'))
  abort.abort()
  t.match(await asked, /./)
  await until(() => (closed === 1 ? '' : 'still open'))
})

t.test('connections are kept; one that the system closed meanwhile costs no answer', async t => {
  const server = await startHeldServer(t)
  const sockets = new Set<unknown>()
  let isClosing = false
  server.answer = (response, request) => {
    sockets.add(request.socket)
    json(response, '{"vehicles":[]}')
    if (isClosing) response.on('finish', () => setImmediate(() => request.socket.destroy()))
  }
  const source = aSource({ url: `http://127.0.0.1:${server.port}/` })
  const lookup = lookupOf(t, source)
  const go = () => lookup.ask(call, new AbortController().signal)
  for (let n = 0; n < 5; n++) t.same(await go(), { kind: 'none' })
  t.equal(sockets.size, 1)
  isClosing = true
  for (let n = 0; n < 20; n++) t.same(await go(), { kind: 'none' })
})

t.test('over TLS the system must be the one it says it is, and hears who we are', async t => {
  const [ours, theirs]: [Authority, Authority] = [await makeAuthority(t), await makeAuthority(t)]
  const server = await ours.sign('system', { alternative: 'IP:127.0.0.1' })
  const other = await ours.sign('other', { alternative: 'DNS:elsewhere.invalid' })
  const client = await ours.sign('callbox')
  const startWith = async ({ certFile, keyFile }: { certFile: string; keyFile: string }) => {
    const [cert, key, ca] = await Promise.all([certFile, keyFile, ours.caFile].map(file => readFile(file)))
    const tls = { cert, key, ca, requestCert: true, rejectUnauthorized: true }
    const started = await startHeldServer(t, tls as never)
    started.answer = response => json(response, '{"vehicles":[]}')
    return `https://127.0.0.1:${started.port}/`
  }
  const url = await startWith(server)
  const us = { certFile: client.certFile, keyFile: client.keyFile }
  t.same(await ask(t, aSource({ url, caFile: ours.caFile, ...us })), { kind: 'none' })
  t.match(
    await ask(t, aSource({ url, caFile: theirs.caFile, ...us })),
    /^source\.unreachable: .*[A-Z_]+$/,
    'a root of others'
  )
  t.match(await ask(t, aSource({ url, ...us })), /^source\.unreachable/, 'a root that nobody knows')
  t.match(await ask(t, aSource({ url, caFile: ours.caFile })), /^source\.unreachable/, 'we do not say who we are')
  const elsewhere = await startWith(other)
  t.match(
    await ask(t, aSource({ url: elsewhere, caFile: ours.caFile, ...us })),
    /^source\.unreachable: .*ALTNAME/,
    'the certificate of another host'
  )
})

t.test('a secret that is changed is in use a while later, without a restart', async t => {
  const server = await startHeldServer(t)
  const seen: (string | undefined)[] = []
  server.answer = (response, request) => {
    seen.push(request.headers['x-key'] as string | undefined)
    json(response, '{"vehicles":[]}')
  }
  const file = join(t.testdir({ key: 'one' }), 'key')
  const { chmod } = await import('node:fs/promises')
  await chmod(file, 0o600)
  let now = 0
  const source = aSource({ url: `http://127.0.0.1:${server.port}/`, headers: [{ name: 'X-Key', valueFile: file }] })
  const exchange = makeHttpExchange({ source, clock: { monotonicMs: () => now } })
  t.teardown(() => exchange.stop())
  const go = () => exchange.ask({ url: source.url, body: '{}' }, new AbortController().signal)
  await go()
  await writeFile(file, 'two')
  await go()
  now = 60_001
  await go()
  t.same(seen, ['one', 'one', 'two'])
})

t.test('the health of a system is its own word', async t => {
  const { url, server } = await startUpstream(t)
  const lookup = lookupOf(t, aSource({ url: `${url}/vehicles`, healthUrl: `${url}/health` }))
  await lookup.probe?.(new AbortController().signal)
  const bad = lookupOf(t, aSource({ url: `${url}/vehicles`, healthUrl: `${url}/nowhere` }))
  await t.rejects(bad.probe?.(new AbortController().signal) ?? Promise.resolve(), { code: 'source.refused' })
  await server.stop()
  await t.rejects(lookup.probe?.(new AbortController().signal) ?? Promise.resolve(), { code: 'source.unreachable' })
})
