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
