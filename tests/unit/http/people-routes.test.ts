import t from 'tap'
import type { PeopleAsk, PeoplePorts } from '../../../src/http/people-routes.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeHttpBench } from '../../support/http-bench.ts'

const FOUND = { person: '7', name: 'Wilmot Sandpiper', force: 'tvp', source: 'niche', asOf: 1, markers: 2 }
const CALL = '00000000-0000-8000-8000-000000000001'

function makeBench(people: Partial<PeoplePorts> = {}) {
  const asked: PeopleAsk[] = []
  const logged: unknown[] = []
  const log = { ...silentLog, fault: (...words: unknown[]) => void logged.push(words) }
  const searchPeople: PeoplePorts['searchPeople'] = async (_, ask) => {
    asked.push(ask)
    return { people: [FOUND], more: false }
  }
  return { ...makeHttpBench({ people: { searchPeople, ...people }, log }), asked, logged }
}

t.test('a signed-on handler searches by body, or by address; both ask the same', async t => {
  const { post, http, signOn, asked } = makeBench()
  const cookie = await signOn()
  const byBody = await post('/api/v1/people/search', { q: 'Sandpyper', after: 20 }, { cookie })
  t.same(byBody.json(), { people: [FOUND], more: false })
  const byUrl = await http.inject({ url: '/api/v1/people?q=Sandpyper&after=20', headers: { cookie } })
  t.same(byUrl.json(), byBody.json())
  t.same(asked[0], { query: 'Sandpyper', offset: 20, limit: 20 })
  t.same(asked[1], asked[0])
})

t.test('nobody else does: not without a sign-on, nor from another page', async t => {
  const { post, http, signOn, asked } = makeBench()
  t.equal((await post('/api/v1/people/search', { q: 'Sandpiper' })).statusCode, 401)
  t.equal((await http.inject({ url: '/api/v1/people?q=Sandpiper' })).statusCode, 401)
  t.equal((await http.inject({ url: '/api/v1/people/7' })).statusCode, 401)
  t.equal((await http.inject({ url: `/api/v1/calls/${CALL}/history` })).statusCode, 401)
  const cookie = await signOn()
  const foreign = { cookie, origin: 'https://elsewhere.example' }
  t.equal((await post('/api/v1/people/search', { q: 'Sandpiper' }, foreign)).statusCode, 403)
  t.same(asked, [])
})

t.test('what is no search is refused before anybody is asked', async t => {
  const { post, http, signOn, asked } = makeBench()
  const cookie = await signOn()
  for (const body of [{}, { q: 'x' }, { q: 'x'.repeat(81) }, { q: 'Fox', after: 201 }, { q: 'Fox', other: 1 }]) {
    t.equal((await post('/api/v1/people/search', body, { cookie })).statusCode, 400)
  }
  for (const query of ['', '?q=x', '?q=Fox&after=-1', '?q=Fox&after=999']) {
    t.equal((await http.inject({ url: `/api/v1/people${query}`, headers: { cookie } })).statusCode, 400, query)
  }
  t.same(asked, [])
})

t.test('what a handler may not see, or asks too often, has words of its own', async t => {
  for (const [answer, status] of [
    ['not-entitled', 403],
    ['too-many', 429],
    ['unknown', 404]
  ] as const) {
    const refuse = async () => answer
    const { http, signOn } = makeBench({ searchPeople: refuse, readPerson: refuse, olderContacts: refuse })
    const cookie = await signOn()
    for (const url of ['/api/v1/people?q=Fox', '/api/v1/people/7', `/api/v1/calls/${CALL}/history`]) {
      const refused = await http.inject({ url, headers: { cookie } })
      t.match([refused.statusCode, refused.json().code], [status, `people.${answer}`], url)
    }
  }
})

t.test('a search that breaks is logged without a word of what was looked for', async t => {
  const broken = async () => {
    throw new Error('no record')
  }
  const { http, signOn, logged } = makeBench({ searchPeople: broken })
  const cookie = await signOn()
  t.equal((await http.inject({ url: '/api/v1/people?q=Sandpiper', headers: { cookie } })).statusCode, 500)
  t.equal(logged.length, 1)
  t.notMatch(JSON.stringify(logged), /Sandpiper/)
})

t.test('older contacts go on after the one that is named by time and id', async t => {
  const asked: unknown[] = []
  const { http, signOn } = makeBench({
    olderContacts: async (_, callId, after) => {
      asked.push(callId, after)
      return { items: [{ kind: 'contact', title: '101 call' }], more: 3 }
    }
  })
  const cookie = await signOn()
  const url = `/api/v1/calls/${CALL}/history?after=1000-${CALL}`
  t.match((await http.inject({ url, headers: { cookie } })).json(), { items: [{ title: '101 call' }], more: 3 })
  t.same(asked, [CALL, { at: 1_000, callId: CALL }])
  t.equal((await http.inject({ url: `${url}x`, headers: { cookie } })).statusCode, 400)
})
