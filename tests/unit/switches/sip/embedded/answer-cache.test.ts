import { mock } from 'node:test'
import t from 'tap'
import { ANSWER_KEPT_MS, AnswerCache } from '../../../../../src/switches/sip/embedded/answer-cache.ts'
import { passTime } from '../../../../support/sip-bench.ts'

function makeCache(t: { teardown(run: () => void): void }, max = 100) {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const forgotten = { count: 0 }
  const clock = { now: Date.now, monotonicMs: Date.now }
  const cache = new AnswerCache({ clock, max, onForgotten: () => void forgotten.count++ })
  cache.start()
  t.teardown(() => {
    cache.stop()
    mock.timers.reset()
  })
  const sent: string[] = []
  const put = (key: string, method: string, status: number) =>
    cache.remember({
      key,
      method,
      status,
      bytes: Buffer.from(key),
      flow: { send: bytes => void sent.push(`${bytes}`) }
    })
  return { cache, sent, put, forgotten, pass: passTime }
}

t.test('an answer is given again for 32 seconds, then forgotten', async t => {
  const { cache, sent, put, pass } = makeCache(t)
  put('bye', 'BYE', 200)
  t.equal(cache.replay('bye'), true)
  pass(ANSWER_KEPT_MS - 100)
  t.equal(cache.replay('bye'), true)
  pass(200)
  t.equal(cache.replay('bye'), false)
  t.same(sent, ['bye', 'bye'])
  t.equal(cache.size, 0)
})

t.test('a 200 to INVITE is the dialog’s to repeat: its INVITE is only absorbed', async t => {
  const { cache, sent, put, pass } = makeCache(t)
  put('call', 'INVITE', 200)
  t.equal(cache.replay('call'), true)
  pass(10_000)
  t.same(sent, [])
})

t.test('a refusal of INVITE goes again at Timer G until its ACK', async t => {
  const { cache, sent, put, pass } = makeCache(t)
  put('call', 'INVITE', 486)
  pass(3_600)
  t.equal(sent.length, 3)
  cache.acknowledge('call')
  pass(20_000)
  t.equal(sent.length, 3)
  t.equal(cache.replay('call'), true, 'the INVITE itself may still come again')
})

t.test('the first answer stands', async t => {
  const { cache, sent, put } = makeCache(t)
  put('call', 'INVITE', 486)
  put('call', 'INVITE', 200)
  cache.replay('call')
  t.same(sent, ['call'])
})

t.test('when full the oldest goes, with its Timer G', async t => {
  const { cache, sent, put, pass } = makeCache(t, 2)
  put('a', 'INVITE', 486)
  put('b', 'INVITE', 200)
  put('c', 'INVITE', 200)
  t.equal(cache.size, 2)
  t.equal(cache.replay('a'), false)
  pass(10_000)
  t.same(sent, [])
})

t.test('a flood of hang-ups of nobody pushes out no call: its repeat would be a second one', async t => {
  const { cache, put, forgotten } = makeCache(t, 10)
  put('call', 'INVITE', 200)
  for (let n = 0; n < 100; n++) put(`bye ${n}`, 'BYE', 481)
  t.equal(cache.replay('call'), true)
  t.equal(cache.replay('bye 99'), true)
  t.equal(cache.replay('bye 0'), false)
  t.same([cache.size, forgotten.count, cache.isFull], [11, 90, false])
  for (let n = 1; n < 10; n++) put(`call ${n}`, 'INVITE', 200)
  t.equal(cache.isFull, true)
})

t.test('thousands of answers are each given again as they were, and keep no page of other buffers alive', async t => {
  const { cache } = makeCache(t, 1_000)
  const given: Buffer[] = []
  const answers = Array.from({ length: 600 }, (_, at) => `SIP/2.0 200 OK\r\nCSeq: ${at} BYE\r\n${'-'.repeat(at)}`)
  for (const [at, text] of answers.entries()) {
    const bytes = Buffer.from(text)
    cache.remember({ key: `${at}`, method: 'BYE', status: 200, bytes, flow: { send: again => void given.push(again) } })
    // Whose page it was may write there again.
    bytes.fill(0)
  }
  for (const at of answers.keys()) cache.replay(`${at}`)
  t.same(given.map(String), answers)
  const held = [...new Set(given.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0)
  t.ok(held < 2 * answers.join('').length, `${held} bytes are held`)
})
