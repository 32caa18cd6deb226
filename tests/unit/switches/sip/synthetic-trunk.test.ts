import t from 'tap'
import { makeSyntheticTrunk, syntheticHost } from '../../../../src/switches/sip/synthetic-trunk.ts'
import { EVENT_TRUNK, makeBench } from '../../../support/sip-bench.ts'
import { said } from '../../../support/sip-switch.ts'
import { invite, makeDialog } from '../../../support/sip-text.ts'

const OWN = { address: '127.0.0.1' }
const to = (number: string) => ({ uri: `sip:${number}@127.0.0.1`, headers: { To: `<sip:${number}@127.0.0.1>` } })

t.test('a test call is taken by its number; whoever guesses at another from our own address is not', async t => {
  const bench = makeBench(t, { trunks: [EVENT_TRUNK, makeSyntheticTrunk('127.0.0.1', 'test-secret')] })
  t.same(said(await bench.say(invite(makeDialog(), to('test-secret')), OWN)), ['200 INVITE'])
  t.match(bench.events, [{ kind: 'offered', trunk: '~synthetic', line: '~synthetic', force: '~synthetic', test: true }])
  t.same(said(await bench.say(invite(makeDialog(), to('test-guess')), OWN)), ['503 INVITE'])
  t.same(said(await bench.say(invite(makeDialog(), to('999')), OWN)), ['503 INVITE'])
  t.equal(bench.events.length, 1)
})

t.test('a switch at our own address keeps its numbers, and its unknown number stays a call', async t => {
  const trunks = [{ ...EVENT_TRUNK, peers: ['127.0.0.1'] }, makeSyntheticTrunk('127.0.0.1', 'test-secret')]
  const bench = makeBench(t, { trunks })
  for (const number of ['999', '01632960777', 'test-guess']) await bench.say(invite(makeDialog(), to(number)), OWN)
  t.same(
    bench.events.map(event => event.trunk),
    ['event-switch', 'event-switch', 'event-switch']
  )
})

t.test('it goes to the first IPv4 address that is listened on', async t => {
  t.equal(syntheticHost(['192.0.2.7']), '192.0.2.7')
  t.equal(syntheticHost(['::', '0.0.0.0']), '127.0.0.1')
  t.equal(syntheticHost(['localhost']), '127.0.0.1')
  t.equal(syntheticHost(['::1']), undefined)
})
