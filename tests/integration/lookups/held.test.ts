import { readFile } from 'node:fs/promises'
import t from 'tap'
import { type HeldAnswer, makeHeldClient } from '../../../src/lookups/location/held.ts'
import type { HeldConfig } from '../../../src/operations/held-schema.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { startHeldServer } from '../../support/held-server.ts'
import { circle, presence, tuple } from '../../support/pidf-text.ts'

const PLACE = presence(tuple(circle('51.752 -1.2577', '30')))
const ANSWER = `<locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held">${PLACE}</locationResponse>`
/** Long enough for a slow machine; a server that is to be late never answers. */
const PATIENT_MS = 20_000

interface Asking extends Partial<Omit<HeldConfig, 'servers'>> {
  readonly host?: string
  readonly clear?: boolean
  readonly path?: string
  readonly signal?: AbortSignal
}

function ask(port: number, { host = '127.0.0.1', clear = true, path = '/ref', signal, ...over }: Asking = {}) {
  const config: HeldConfig = { servers: [{ host, port, clear }], method: 'POST', deadlineMs: PATIENT_MS, ...over }
  const client = makeHeldClient({ config, clock: systemClock })
  return client(`http${clear ? '' : 's'}://${host}:${port}${path}`, signal ?? new AbortController().signal)
}

const reasonOf = (answer: HeldAnswer) => (answer.kind === 'late' ? 'late' : `${answer.kind}: ${answer.reason}`)

t.test('a server is asked for a place and an address in the time there is, or simply for what it has', async t => {
  const server = await startHeldServer(t)
  server.answer = response => response.end(ANSWER)
  t.match(await ask(server.port, { path: '/ref/1?x=2' }), {
    kind: 'fixes',
    fixes: [{ source: 'held', latitude: 51.752 }]
  })
  t.match(await ask(server.port, { method: 'GET' }), { kind: 'fixes' })
  t.match(server.asked, [
    { method: 'POST', path: '/ref/1?x=2', type: 'application/held+xml;charset=utf-8', body: /responseTime="16000"/ },
    { method: 'GET', path: '/ref', body: '', type: '' }
  ])
  t.match(server.asked[0]?.body, /<locationType exact="false">geodetic civic<\/locationType>/)
})

t.test('what a server may do wrong is a named outcome, and none of it holds the reference', async t => {
  const server = await startHeldServer(t)
  const outcome = async (answer: typeof server.answer, over: Asking = {}) => {
    server.answer = answer
    return reasonOf(await ask(server.port, over))
  }
  t.equal(await outcome(response => response.writeHead(404).end('no')), 'failed: HTTP 404')
  const elsewhere = { location: 'http://169.254.169.254/latest' }
  t.equal(await outcome(response => response.writeHead(302, elsewhere).end()), 'failed: HTTP 302')
  t.equal(server.asked.length, 2, 'a redirection is not followed')
  const unknown = '<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="locationUnknown"/>'
  t.equal(await outcome(response => response.end(unknown)), 'error: locationUnknown')
  const endless = `<r>${'x'.repeat(70_000)}</r>`
  t.equal(await outcome(response => response.end(endless)), 'failed: its answer is larger than 64 KiB')
  t.equal(await outcome(response => response.destroy()), 'failed: ECONNRESET')
  const half = await outcome(response => {
    response.writeHead(200, { 'content-length': 9_999 })
    response.write('<half')
    setImmediate(() => response.destroy())
  })
  t.match(half, /^failed: (?:ECONNRESET|its answer broke off)$/)
  t.equal(await outcome(() => {}, { deadlineMs: 50 }), 'late')
  t.equal(await outcome(response => void response.write('<slow'), { deadlineMs: 50 }), 'late', 'half an answer is none')
  const given = new AbortController()
  const waited = outcome(() => given.abort(), { signal: given.signal })
  t.equal(await waited, 'late', 'whoever waits gives up first')
})

t.test('nobody listens there', async t => {
  const server = await startHeldServer(t)
  t.equal(reasonOf(await ask(1)), 'failed: ECONNREFUSED')
  t.match(reasonOf(await ask(server.port, { clear: false })), /^failed: [A-Z_]+$/, 'nor TLS where none is spoken')
})

t.test('TLS: only a server that our roots know, by its name; and it may ask who we are', async t => {
  const [network, stranger] = [await makeAuthority(t), await makeAuthority(t)]
  const own = await network.sign('lis', { alternative: 'IP:127.0.0.1,DNS:localhost' })
  const us = await network.sign('callbox')
  const wrong = await network.sign('other', { alternative: 'DNS:other.invalid' })
  const open = async ({ certFile, keyFile }: typeof own) => ({
    cert: await readFile(certFile),
    key: await readFile(keyFile),
    ca: await readFile(network.caFile)
  })
  const server = await startHeldServer(t, await open(own))
  server.answer = response => response.end(ANSWER)
  const over = { clear: false, host: 'localhost' } as const
  const { caFile } = network
  t.match(await ask(server.port, { ...over, caFile }), { kind: 'fixes' })
  t.match(reasonOf(await ask(server.port, { ...over, caFile: stranger.caFile })), /^failed: [A-Z_]+$/, 'another root')
  t.match(reasonOf(await ask(server.port, over)), /^failed: [A-Z_]+$/, 'nor without roots of ours')
  t.match(reasonOf(await ask(server.port, { ...over, caFile: '/none' })), /^failed: \/none cannot be used for TLS/)

  const other = await startHeldServer(t, await open(wrong))
  t.equal(reasonOf(await ask(other.port, { ...over, caFile })), 'failed: ERR_TLS_CERT_ALTNAME_INVALID')

  const strict = await startHeldServer(t, { ...(await open(own)), requestCert: true, rejectUnauthorized: true })
  strict.answer = response => response.end(ANSWER)
  t.match(await ask(strict.port, { ...over, caFile, ...us }), { kind: 'fixes' })
  t.match(reasonOf(await ask(strict.port, { ...over, caFile })), /^failed: /)
})
