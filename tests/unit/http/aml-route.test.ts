import t from 'tap'
import { HOST, makeHttpBench } from '../../support/http-bench.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded', host: HOST }
const URL = '/api/v1/aml'

t.test('a place is posted as the very bytes that were signed, from no page and without a sign-on', async t => {
  const took: string[] = []
  const { http } = makeHttpBench({
    takeAml: async body => {
      took.push(body.toString())
      return 'joined'
    }
  })
  const payload = 'device_number=%2B447700900123&x=+&hmac=00'
  const answer = await http.inject({ method: 'POST', url: URL, headers: FORM, payload })
  t.match(answer, { statusCode: 200 })
  t.same(answer.json(), { result: 'joined' })
  t.same(took, [payload])
})

t.test('what is not taken says why by a code', async t => {
  let result: 'refused' | 'unreadable' = 'refused'
  const { http } = makeHttpBench({ takeAml: async () => result })
  const post = (payload: string, headers = FORM) => http.inject({ method: 'POST', url: URL, headers, payload })
  t.match((await post('x')).json(), { code: 'aml.refused' })
  t.equal((await post('x')).statusCode, 401)
  result = 'unreadable'
  t.match((await post('x')).json(), { code: 'aml.unreadable' })
  t.equal((await post('x')).statusCode, 400)
  t.equal((await post('x'.repeat(5_000))).statusCode, 413)
  const json = await post('{}', { ...FORM, 'content-type': 'application/json' })
  t.match([json.statusCode, json.json()], [415, { code: 'aml.no-form' }])
})

t.test('without a key it is off', async t => {
  const { http } = makeHttpBench()
  const answer = await http.inject({ method: 'POST', url: URL, headers: FORM, payload: 'x' })
  t.match([answer.statusCode, answer.json()], [404, { code: 'aml.off' }])
})
