import t from 'tap'
import type { DisclosurePorts, DisclosureRefused } from '../../../src/http/disclosure-routes.ts'
import type { WatchedCallPorts } from '../../../src/http/watched-call-routes.ts'
import { aCallRecord } from '../../support/call-record.ts'
import { makeHttpBench } from '../../support/http-bench.ts'
import { barePop, callId } from '../../support/pop-words.ts'

const RECORD = aCallRecord()
const CALL = RECORD.head.callId
const CARD = { call: callId(1), rev: 1, pop: barePop(1), panels: [] }

function makeBench(over: Partial<DisclosurePorts & WatchedCallPorts> = {}) {
  const asked: unknown[] = []
  const note =
    <T>(answer: T) =>
    async (_: unknown, ...args: unknown[]) => {
      asked.push(args)
      return answer
    }
  const disclosures = {
    exportCall: note(RECORD),
    notePrint: note('noted' as const),
    replayCall: note({ call: CALL, steps: [], moments: [], notKept: [] }),
    liveCalls: note({ at: 1, calls: [], more: 0 }),
    pastCalls: note({ calls: [], more: false }),
    beginPeek: note({ peek: '7', card: CARD }),
    goOnPeeking: note({ peek: '7', card: CARD }),
    endPeek: note(undefined),
    ...over
  }
  return { ...makeHttpBench({ disclosures }), asked }
}

const POSTS = [
  [`/api/v1/calls/${CALL}/export`, { format: 'json' }],
  [`/api/v1/calls/${CALL}/print`, {}],
  [`/api/v1/calls/${CALL}/replay`, {}],
  ['/api/v1/calls/past', { from: 1, until: 2 }],
  ['/api/v1/peeks', { call: CALL }],
  ['/api/v1/peeks/7', undefined],
  ['/api/v1/peeks/7/end', undefined]
] as const

t.test(
  'a call is exported as JSON, just as it is held, or as CSV, under a name that says nothing of anybody',
  async t => {
    const { post, signOn, asked } = makeBench()
    const cookie = await signOn()
    const json = await post(`/api/v1/calls/${CALL}/export`, { format: 'json', reason: 'Complaint' }, { cookie })
    t.equal(json.headers['content-disposition'], `attachment; filename="call-${CALL}.json"`)
    t.same(json.json(), JSON.parse(JSON.stringify(RECORD)))
    const csv = await post(`/api/v1/calls/${CALL}/export`, { format: 'csv' }, { cookie })
    t.match(csv.headers['content-type'], /^text\/csv/)
    t.match(csv.body, /^\uFEFFat,at_ms,of,kind,who,words,row\r\n/)
    t.same(asked, [
      [CALL, { format: 'json', reason: 'Complaint' }],
      [CALL, { format: 'csv' }]
    ])
  }
)

t.test('nobody asks for any of it without a sign-on, nor from another page', async t => {
  const { post, http, signOn, asked } = makeBench()
  const cookie = await signOn()
  for (const [url, body] of POSTS) {
    t.equal((await post(url, body)).statusCode, 401, url)
    t.equal((await post(url, body, { cookie, origin: 'https://elsewhere.example' })).statusCode, 403, url)
  }
  t.equal((await http.inject('/api/v1/calls/live')).statusCode, 401)
  t.same(asked, [])
})

t.test('each is asked with what the body says, and nothing else is taken', async t => {
  const { post, http, signOn, asked } = makeBench()
  const cookie = await signOn()
  for (const [url, body] of POSTS) {
    const answer = await post(url, body, { cookie })
    t.ok(answer.statusCode === 200 || answer.statusCode === 204, `${url}: ${answer.statusCode}`)
  }
  t.equal((await http.inject({ url: '/api/v1/calls/live?force=hants', headers: { cookie } })).statusCode, 200)
  t.same(asked, [
    [CALL, { format: 'json' }],
    [CALL, undefined],
    [CALL, undefined],
    [{ from: 1, until: 2 }],
    [CALL, undefined],
    ['7'],
    ['7'],
    ['hants']
  ])
  for (const [url, body] of [
    [`/api/v1/calls/${CALL}/export`, { format: 'pdf' }],
    [`/api/v1/calls/${CALL}/print`, { reason: '' }],
    [`/api/v1/calls/${CALL}/replay`, { number: '07700 900123' }],
    ['/api/v1/calls/past', { from: 1 }],
    ['/api/v1/peeks/x', undefined]
  ] as const) {
    t.equal((await post(url, body, { cookie })).statusCode, 400, url)
  }
  const number = await http.inject({ url: '/api/v1/calls/live?number=07700900123', headers: { cookie } })
  t.equal(number.statusCode, 400, 'nothing of a caller in an address')
})

t.test('each refusal has a status and words of its own', async t => {
  const refusals: readonly (readonly [DisclosureRefused, number])[] = [
    ['not-entitled', 403],
    ['unknown', 404],
    ['too-many', 429],
    ['needs-reason', 422],
    ['too-long', 413]
  ]
  for (const [why, status] of refusals) {
    const { post, signOn } = makeBench({ exportCall: async () => why, beginPeek: async () => why })
    const cookie = await signOn()
    for (const [url, body] of [POSTS[0], POSTS[4]]) {
      const refused = await post(url, body, { cookie })
      t.match([refused.statusCode, refused.json().code], [status, `disclosure.${why}`])
    }
  }
  const { post, signOn } = makeBench()
  const none = await post('/api/v1/calls/no-call/print', {}, { cookie: await signOn() })
  t.equal(none.statusCode, 404)
})

t.test('the page is told what it may offer', async t => {
  const { http, signOn } = makeBench()
  const me = await http.inject({ url: '/api/v1/me', headers: { cookie: await signOn() } })
  t.same(me.json().may, ['export-own'])
})
