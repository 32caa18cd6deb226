import { join } from 'node:path'
import t from 'tap'
import { contentSecurityPolicy } from '../../../src/http/console-files.ts'
import { Fault } from '../../../src/operations/errors.ts'
import { type Log, silentLog } from '../../../src/operations/log.ts'
import { ADA, HOST, makeHttpBench } from '../../support/http-bench.ts'

t.test('alive is alive; ready only when SIP, HTTP and the journal are, and not while draining', async t => {
  const { http, health } = makeHttpBench()
  t.same((await http.inject('/livez')).json(), { alive: true })
  const ready = async () => {
    const answer = await http.inject('/readyz')
    t.equal(answer.json().ready, answer.statusCode === 200)
    return answer.statusCode
  }
  t.equal(await ready(), 503, 'nothing has started yet')
  for (const part of ['sip', 'http', 'database', 'journal', 'redis', 'queue'] as const)
    health.set(part, { ok: true, detail: { where: 'here', embedded: true } })
  t.equal(await ready(), 200)
  health.set('redis', { ok: false, why: 'Redis is away' })
  t.equal(await ready(), 200, 'without Redis calls are still taken')
  t.match((await http.inject('/readyz')).json(), {
    level: 2,
    why: 'Redis is away',
    parts: { sip: { detail: { where: 'here', embedded: true } }, redis: { ok: false } }
  })
  health.set('database', { ok: false, why: 'PostgreSQL is away' })
  t.equal(await ready(), 200, 'without PostgreSQL the disk keeps the calls')
  t.match((await http.inject('/readyz')).json(), { level: 4, why: 'PostgreSQL is away. Redis is away' })
  health.set('journal', { ok: false, why: 'the disk is full' })
  t.equal(await ready(), 503)
  t.match((await http.inject('/readyz')).json(), { level: 5, why: 'the disk is full' })
  health.set('journal', { ok: true })
  health.set('database', { ok: true })
  t.equal(await ready(), 200)
  health.drain()
  t.equal(await ready(), 503)
  t.match((await http.inject('/readyz')).json(), { draining: true })
})

t.test('the metrics are Prometheus text', async t => {
  const { http } = makeHttpBench()
  const answer = await http.inject('/metrics')
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(answer.body, /^# TYPE gw_live_calls gauge$/m)
})

t.test('what went wrong is said by code and text, never by a stack', async t => {
  const faults: unknown[] = []
  const log: Log = { ...silentLog, fault: (_, thrown) => faults.push(thrown) }
  const { http, post } = makeHttpBench({ log })
  http.get('/fault', { schema: { words: { summary: 'breaks' } } }, async () => {
    throw new Fault('database.lost', {}, new Error('secret words of a cause'))
  })
  const bug = await post('/api/v1/sign-on', { ...ADA, handler: 'broken' })
  t.same(
    [bug.statusCode, bug.json()],
    [500, { code: 'process.bug', text: 'Something went wrong here; it has been logged.' }]
  )
  const lost = await http.inject('/fault')
  t.same([lost.statusCode, lost.json()], [503, { code: 'database.lost', text: 'Link to PostgreSQL lost' }])
  for (const { body } of [bug, lost]) t.notMatch(body, /secret|stack|\.ts/)
  t.equal(faults.length, 2, 'and the log has both')
})

t.test('bad requests: no JSON, wrong fields, too much, another content type, no such route', async t => {
  const { http, post } = makeHttpBench()
  const send = (payload: string, type = 'application/json') =>
    http.inject({
      method: 'POST',
      url: '/api/v1/sign-on',
      headers: { 'content-type': type, 'x-callbox': '1' },
      payload
    })
  t.equal((await send('{broken')).statusCode, 400)
  t.equal((await send('{"handler":"x"}')).statusCode, 400)
  t.equal((await send(JSON.stringify({ ...ADA, extra: 1 }))).statusCode, 400, 'a field nobody knows')
  t.equal((await send(JSON.stringify({ ...ADA, handler: 7 }))).statusCode, 400, 'a number is no name')
  t.equal((await send(JSON.stringify({ ...ADA, handler: 'x'.repeat(65) }))).statusCode, 400)
  t.equal((await send(JSON.stringify({ ...ADA, password: 'x'.repeat(20_000) }))).statusCode, 413)
  t.equal((await send(JSON.stringify(ADA), 'text/xml')).statusCode, 415)
  t.equal((await send('{"__proto__":{"a":1},"handler":"a","password":"b","position":"c"}')).statusCode, 400)
  const missing = await http.inject('/api/v1/none')
  t.same([missing.statusCode, missing.json().code], [404, 'http.not-found'])
  t.equal((await post('/api/v1/site')).statusCode, 404, 'another method')
  t.equal((await send('{broken')).json().code, 'http.bad-request')
})

t.test('no answer of the API is kept by a browser or guessed at', async t => {
  const { http, signOn } = makeHttpBench()
  const cookie = await signOn()
  for (const url of ['/api/v1/me', '/api/v1/site', '/api/v1/none', '/readyz']) {
    const { headers } = await http.inject({ url, headers: { cookie } })
    t.match(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }, url)
  }
})

t.test('the console comes with every protection a browser offers', async t => {
  const consoleFolder = t.testdir({
    'index.html': '<p>console</p>',
    assets: { 'app-1.js': 'let x' },
    'secret.txt': 'no'
  })
  const { http } = makeHttpBench({ consoleFolder })
  const page = await http.inject({ url: '/', headers: { host: HOST } })
  t.equal(page.body, '<p>console</p>')
  t.match(page.headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(HOST),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store'
  })
  const csp = String(page.headers['content-security-policy'])
  t.match(csp, /default-src 'none'/)
  t.match(csp, /frame-ancestors 'none'/)
  t.match(csp, new RegExp(`connect-src 'self' ws://${HOST} wss://${HOST}`))
  t.notMatch(csp, /unsafe|\*/)
  const evil = await http.inject({ url: '/', headers: { host: "x; script-src 'unsafe-inline'" } })
  t.notMatch(evil.headers['content-security-policy'], /unsafe/, 'a host header adds no rule')
  const script = await http.inject('/assets/app-1.js')
  t.match(script.headers, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': /immutable/ })
})

t.test('no path leads out of the console’s folder, and nothing there is only said to be nothing', async t => {
  const top = t.testdir({
    'secret.txt': 'secret',
    console: { 'index.html': '', 'secret.txt': 'secret', assets: { 'a.js': 'a' } },
    'console-2': { 'secret.txt': 'secret' }
  })
  const { http } = makeHttpBench({ consoleFolder: join(top, 'console') })
  const paths = [
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/....//....//secret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fconsole-2%2fsecret.txt',
    '/assets//etc/passwd',
    '/assets/a.js%00.html',
    '/assets/',
    '/assets/.',
    '/assets/none.js',
    `/assets/${'x'.repeat(5_000)}`
  ]
  for (const url of paths) {
    const answer = await http.inject(url)
    t.ok(
      answer.statusCode === 404 || answer.statusCode === 400 || answer.statusCode === 414,
      `${url.slice(0, 60)}: ${answer.statusCode}`
    )
    t.notMatch(answer.body, /^secret/)
  }
  t.equal((await http.inject('/assets/a.js')).statusCode, 200)
})

t.test('a console that is not built says what to run', async t => {
  const { http } = makeHttpBench({ consoleFolder: join(t.testdir(), 'none') })
  t.match((await http.inject('/')).json(), { code: 'http.not-found', text: /npm run build/ })
})

t.test('a page may open sockets at the gateways that the config names, and nowhere else', async t => {
  const csp = contentSecurityPolicy(HOST, ['https://one.example', 'http://127.0.0.1:8081'])
  t.match(csp, `connect-src 'self' ws://${HOST} wss://${HOST} wss://one.example ws://127.0.0.1:8081;`)
})
