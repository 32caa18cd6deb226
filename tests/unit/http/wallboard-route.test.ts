import t from 'tap'
import type { Wallboard } from '../../../src/pop/board.ts'
import { BUDGET, TARGET } from '../../../src/pop/wallboard-figures.ts'
import { makeHttpBench } from '../../support/http-bench.ts'

const NOT_COUNTED = { kind: 'not-counted', why: 'record.away' } as const
const BOARD: Wallboard = {
  ...{ force: 'tvp', forces: ['tvp'], ageMs: 12, target: TARGET, budget: { ...BUDGET, shares: [...BUDGET.shares] } },
  waiting: { kind: 'counted', value: { lines: [{ line: '999', waiting: 0, unheard: 0 }], unacked: 0 } },
  ...{ lastHour: NOT_COUNTED, consoles: NOT_COUNTED, alerts: NOT_COUNTED, processes: NOT_COUNTED },
  service: { level: 3, why: 'PostgreSQL does not answer' }
}

t.test('a supervisor is told the figures of their force, and which could not be counted', async t => {
  const asked: unknown[] = []
  const { http, signOn } = makeHttpBench({
    readWallboard: async ({ handler }, force) => {
      asked.push([handler, force])
      return BOARD
    }
  })
  const cookie = await signOn()
  const answer = await http.inject({ url: '/api/v1/wallboard', headers: { cookie } })
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), BOARD)
  await http.inject({ url: '/api/v1/wallboard?force=hants', headers: { cookie } })
  t.same(asked, [
    ['ada', undefined],
    ['ada', 'hants']
  ])
})

const HERE = 'https://one.example'
const THERE = 'https://two.example'

t.test(
  'where there are several gateways, an answer says where the page may ask next, and lets it in there',
  async t => {
    const { http, signOn } = makeHttpBench({ readWallboard: async () => BOARD, gateways: [HERE, THERE] })
    const answer = await http.inject({ url: '/api/v1/wallboard', headers: { cookie: await signOn() } })
    t.same(answer.json(), { ...BOARD, next: { ticket: 'next for ada', gateways: [HERE, THERE] } })
  }
)

t.test('a page of another gateway has the figures for its ticket, once, and nobody else reads them', async t => {
  const spent = new Set<string>()
  const { http, signOn } = makeHttpBench({
    ...{ readWallboard: async () => BOARD, gateways: [HERE, THERE] },
    spendTicket: async ticket => {
      const isFirst = ticket.startsWith('of ada') && !spent.has(ticket)
      spent.add(ticket)
      return isFirst ? 'ada' : undefined
    }
  })
  const ask = (payload: string, origin?: string) =>
    http.inject({
      ...{ method: 'POST' as const, url: '/api/v1/wallboard/by-ticket', payload },
      headers: { 'content-type': 'text/plain', ...(origin === undefined ? {} : { origin }) }
    })
  const early = await ask('of ada 1', THERE)
  t.same([early.statusCode, early.json().code], [401, 'http.not-signed-on'], 'nobody is signed on yet')
  await signOn()
  const answer = await ask('of ada 2', THERE)
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { force: 'tvp', next: { ticket: 'next for ada' } })
  t.match(answer.headers, { 'access-control-allow-origin': THERE, vary: 'origin' })
  t.notOk(answer.headers['access-control-allow-credentials'], 'no cookie is asked for')
  t.equal((await ask('of ada 2', THERE)).statusCode, 401, 'good once')
  t.equal((await ask('of nobody', THERE)).statusCode, 401)
  for (const origin of ['https://elsewhere.example', undefined]) {
    const refused = await ask('of ada 3', origin)
    t.same([refused.statusCode, refused.json().code], [403, 'http.origin'], String(origin))
    t.notOk(refused.headers['access-control-allow-origin'])
  }
  t.equal((await ask('of ada 3', THERE)).statusCode, 200, 'a page that may not ask spends nobody’s ticket')
  t.equal((await ask('x'.repeat(2_000), THERE)).statusCode, 400)
})

t.test('a gateway that knows of no other lets no page of another in', async t => {
  const { http } = makeHttpBench({ readWallboard: async () => BOARD, spendTicket: async () => 'ada' })
  const answer = await http.inject({
    ...{ method: 'POST', url: '/api/v1/wallboard/by-ticket', payload: 'a ticket' },
    headers: { 'content-type': 'text/plain', origin: THERE }
  })
  t.equal(answer.statusCode, 403)
})

t.test('nobody else is told any', async t => {
  const { http, signOn } = makeHttpBench()
  const unknown = await http.inject('/api/v1/wallboard')
  t.same([unknown.statusCode, unknown.json().code], [401, 'http.not-signed-on'])
  const handler = await http.inject({ url: '/api/v1/wallboard', headers: { cookie: await signOn() } })
  t.same([handler.statusCode, handler.json().code], [403, 'wallboard.not-entitled'])
  const odd = await http.inject({
    url: '/api/v1/wallboard?number=%2B447700900123',
    headers: { cookie: await signOn() }
  })
  t.equal(odd.statusCode, 400)
})
