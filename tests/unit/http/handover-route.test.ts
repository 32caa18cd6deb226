import t from 'tap'
import type { HandoverPorts, SaidByControl } from '../../../src/http/handover-route.ts'
import { HANDOVER_ID } from '../../support/handovers.ts'
import { HOST, makeHttpBench } from '../../support/http-bench.ts'

const HEADERS = { 'content-type': 'application/json', host: HOST, 'callbox-signature': 't=1,v1=00' }
const URL = `/api/v1/handovers/${HANDOVER_ID}/state`

t.test('command and control says how a hand-over stands, as the very bytes that were signed', async t => {
  const heard: [string, SaidByControl][] = []
  const { http } = makeHttpBench({
    takeControlWord: async (...said) => {
      heard.push(said)
      return 'moved'
    }
  })
  const payload = '{ "state": "accepted",  "incident": "CAD-7", "more": 1 }'
  const answer = await http.inject({ method: 'POST', url: URL, headers: HEADERS, payload })
  t.match([answer.statusCode, answer.json()], [200, { result: 'moved' }])
  const [id, said] = heard[0] ?? []
  t.equal(id, HANDOVER_ID)
  t.equal(said?.body.toString(), payload)
  t.equal(said?.signature, 't=1,v1=00')
  t.match(said?.word(), { state: 'accepted', incident: 'CAD-7' })
})

t.test('what is not taken says why by a code; what was said already is a success', async t => {
  let result: Awaited<ReturnType<HandoverPorts['takeControlWord']>> = 'unsigned'
  const { http } = makeHttpBench({ takeControlWord: async () => result })
  const post = async (payload = '{"state":"seen"}', url = URL) => {
    const { statusCode, json } = await http.inject({ method: 'POST', url, headers: HEADERS, payload })
    return [statusCode, json()]
  }
  t.match(await post(), [401, { code: 'handover.unsigned' }])
  for (const [given, status] of [
    ['off', 404],
    ['unknown', 404],
    ['unreadable', 400],
    ['busy', 503]
  ] as const) {
    result = given
    t.match(await post(), [status, { code: `handover.${given}` }])
  }
  for (const given of ['as-it-was', 'over'] as const) {
    result = given
    t.match(await post(), [200, { result: given }])
  }
  t.match(await post('x'.repeat(9_000)), [413, {}])
  t.match(await post('{"state":"seen"}', '/api/v1/handovers/nobody/state'), [404, { code: 'handover.unknown' }])
})

t.test('what is no word of theirs is read as none', async t => {
  const words: unknown[] = []
  const { http } = makeHttpBench({
    takeControlWord: async (_, { word }) => {
      words.push(word())
      return 'moved'
    }
  })
  const odd = ['{"state":"closed"}', '{"state":"seen","incident":""}', '[]', '{"by":"x"}']
  for (const payload of odd) await http.inject({ method: 'POST', url: URL, headers: HEADERS, payload })
  t.same(words, [undefined, undefined, undefined, undefined])
})

t.test('without a command and control it is off', async t => {
  const { http } = makeHttpBench()
  const answer = await http.inject({ method: 'POST', url: URL, headers: HEADERS, payload: '{"state":"seen"}' })
  t.match([answer.statusCode, answer.json()], [404, { code: 'handover.off' }])
})
