import { createHmac } from 'node:crypto'
import t from 'tap'
import { Fault } from '../../../src/operations/errors.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { ADA, HOST, makeHttpBench, OWN } from '../../support/http-bench.ts'

const HOUR_MS = 3_600_000

t.test('a handler signs on, asks for a ticket, and signs off', async t => {
  const { http, post, signOn } = makeHttpBench()
  const answer = await post('/api/v1/sign-on', ADA)
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), {
    handler: 'ada',
    name: 'Ada Testcase',
    force: 'tvp',
    role: 'handler',
    lines: ['999'],
    position: 'd1',
    devices: ['4001'],
    may: ['export-own']
  })
  t.match(answer.headers['set-cookie'], /^callbox=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/)
  const cookie = await signOn()
  t.match((await http.inject({ url: '/api/v1/me', headers: { cookie } })).json(), { handler: 'ada', position: 'd1' })
  t.same((await post('/api/v1/ws-ticket', undefined, { cookie })).json().ticket, 'ticket of ada')
  const off = await post('/api/v1/sign-off', undefined, { cookie })
  t.equal(off.statusCode, 204)
  t.match(off.headers['set-cookie'], /^callbox=; .*Max-Age=0/)
  t.match(
    (await post('/api/v1/ws-ticket', undefined, { cookie })).json(),
    { code: 'http.not-signed-on' },
    'the old cookie is worth nothing'
  )
})

t.test(
  'while too many consoles come back at once the next is told to come a little later, before anything else',
  async t => {
    let waitMs = 1_250
    const told: unknown[] = []
    const log = { ...silentLog, fault: (...words: unknown[]) => void told.push(words) }
    const { post, signOn } = makeHttpBench({ ticketWaitMs: () => waitMs, log })
    const cookie = await signOn()
    const busy = await post('/api/v1/ws-ticket', undefined, { cookie })
    t.match([busy.statusCode, busy.json()], [503, { code: 'http.busy', retryMs: 1_250 }])
    t.same(told, [], 'and ten thousand of these are not written to the log')
    waitMs = 0
    t.equal((await post('/api/v1/ws-ticket', undefined, { cookie })).statusCode, 200)
  }
)

t.test('over TLS the cookie is bound to the host and never sent without', async t => {
  const { post } = makeHttpBench({ isSecure: true })
  t.match((await post('/api/v1/sign-on', ADA)).headers['set-cookie'], /^__Host-callbox=.*; Path=\/; .*; Secure$/)
})

t.test('a wrong password, an unknown handler and a foreign desk are refused, each in the same plain way', async t => {
  const { post } = makeHttpBench()
  const wrong = await post('/api/v1/sign-on', { ...ADA, password: 'wrong' })
  t.equal(wrong.statusCode, 401)
  t.same(wrong.json(), { code: 'http.bad-sign-on', text: 'Handler or password not known.' })
  t.same((await post('/api/v1/sign-on', { ...ADA, handler: 'nobody' })).json(), wrong.json())
  t.notOk('set-cookie' in wrong.headers)
  const foreign = await post('/api/v1/sign-on', { ...ADA, position: 'd9' })
  t.same([foreign.statusCode, foreign.json().code], [409, 'http.no-position'])
})

t.test('ten wrong passwords in a minute, one after the other or all at once, and no more are looked at', async t => {
  const slow = makeHttpBench({ verifying: () => new Promise(done => setImmediate(done)) })
  const wrong = { ...ADA, password: 'wrong' }
  const answers = await Promise.all(Array.from({ length: 30 }, () => slow.post('/api/v1/sign-on', wrong)))
  t.equal(answers.filter(({ statusCode }) => statusCode === 401).length, 10)
  t.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 20)
  t.equal(slow.tried.length, 10)
  t.match((await slow.post('/api/v1/sign-on', ADA)).json(), { code: 'http.too-many-tries' }, 'not even the right one')
  slow.time.now += 60_000
  t.equal((await slow.post('/api/v1/sign-on', ADA)).statusCode, 200, 'until the minute is over')
})

t.test(
  'a record that is away is no wrong password: the handler is told to try again, and may as soon as it is back',
  async t => {
    let isAway = true
    const { post } = makeHttpBench({
      verifying: () =>
        isAway ? Promise.reject(new Fault('record.away', {}, new Error('secret words'))) : Promise.resolve()
    })
    for (let n = 0; n < 15; n++) {
      const answer = await post('/api/v1/sign-on', ADA)
      t.same(
        [answer.statusCode, answer.json()],
        [503, { code: 'record.away', text: 'The record does not answer. Try again in a moment.' }]
      )
    }
    isAway = false
    t.equal((await post('/api/v1/sign-on', ADA)).statusCode, 200)
  }
)

t.test('a change of shift behind one address is no attack: right passwords do not count', async t => {
  const { post } = makeHttpBench()
  for (let n = 0; n < 300; n++) t.equal((await post('/api/v1/sign-on', ADA)).statusCode, 200)
})

t.test('one address that tries many handlers is stopped at two hundred', async t => {
  const { post } = makeHttpBench()
  const codes: number[] = []
  for (let n = 0; n < 205; n++)
    codes.push((await post('/api/v1/sign-on', { ...ADA, handler: `h${n}`, password: 'x' })).statusCode)
  t.same([codes.filter(code => code === 401).length, codes.filter(code => code === 429).length], [200, 5])
})

t.test('a page of another origin, or without our header, changes nothing', async t => {
  const { post, http, tried } = makeHttpBench()
  const cookie = await makeHttpBench().signOn()
  for (const url of ['/api/v1/sign-on', '/api/v1/sign-off', '/api/v1/ws-ticket']) {
    const body = url.endsWith('sign-on') ? ADA : undefined
    const foreign = await post(url, body, { cookie, origin: 'https://evil.example' })
    t.same([foreign.statusCode, foreign.json().code], [403, 'http.origin'], url)
    const { 'x-callbox': _, ...bare } = OWN
    const headers = { ...bare, cookie }
    const silent = await http.inject({ method: 'POST', url, headers, ...(body === undefined ? {} : { payload: body }) })
    t.same([silent.statusCode, silent.json().code], [403, 'http.no-header'], url)
  }
  t.same(tried, [], 'no password was even looked at')
  t.equal((await post('/api/v1/sign-on', ADA, { origin: `https://${HOST}` })).statusCode, 200, 'its own, by TLS')
  const configured = makeHttpBench({ origins: ['https://console.example'] })
  t.equal((await configured.post('/api/v1/sign-on', ADA)).statusCode, 403, 'only the configured ones, where some are')
  t.equal((await configured.post('/api/v1/sign-on', ADA, { origin: 'https://console.example' })).statusCode, 200)
})

t.test('no cookie, a forged one, another gateway’s and one whose shift is over give no ticket', async t => {
  const bench = makeHttpBench()
  const good = await bench.signOn()
  const body = (handler: string) =>
    Buffer.from(JSON.stringify([handler, bench.time.now + HOUR_MS])).toString('base64url')
  const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('base64url')
  const ada = body('ada')
  const bad = {
    none: '',
    empty: 'callbox=',
    unsigned: `callbox=${ada}`,
    'another secret': `callbox=${ada}.${sign(`session.${ada}`, 'another secret')}`,
    'signed as a ticket': `callbox=${ada}.${sign(`ticket.${ada}`, 'a secret of the tests, 32 bytes long')}`,
    'another handler': good.replace(/=[^.]+/, `=${body('bob')}`),
    'another name': good.replace('callbox', 'xcallbox'),
    'cut short': good.slice(0, -1)
  }
  const ticket = (cookie: string) => bench.post('/api/v1/ws-ticket', undefined, { cookie })
  for (const [what, cookie] of Object.entries(bad)) t.equal((await ticket(cookie)).statusCode, 401, what)
  t.equal((await ticket(`other=1; ${good}; more=2`)).statusCode, 200, 'among others')
  bench.time.now += 12 * HOUR_MS
  t.equal((await ticket(good)).statusCode, 401, 'the shift is over')
})

t.test('before anybody has signed on: the site and its positions, and nothing of a person', async t => {
  const { http } = makeHttpBench()
  t.same((await http.inject('/api/v1/site')).json(), {
    site: 'tests',
    demo: false,
    forces: [{ id: 'tvp', name: 'Thames Valley Police' }]
  })
  t.same((await http.inject('/api/v1/positions?force=tvp')).json(), [{ position: 'd1', name: 'Desk 1', force: 'tvp' }])
  t.equal((await http.inject('/api/v1/positions')).json().length, 2)
  t.equal((await http.inject('/api/v1/positions?other=1')).statusCode, 400)
})
