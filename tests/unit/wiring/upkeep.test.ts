import t from 'tap'
import { isRunDue } from '../../../src/wiring/start-upkeep.ts'

const at = (text: string) => Date.parse(`2026-03-${text}Z`)

t.test('a run is due once a night, in the hours after its own', async t => {
  t.equal(isRunDue(at('10T02:00:00'), at('09T02:05:00'), 2), true)
  t.equal(isRunDue(at('10T05:59:59'), at('09T02:05:00'), 2), true)
  t.equal(isRunDue(at('10T02:10:00'), at('10T02:00:01'), 2), false, 'it was tonight already')
  t.equal(isRunDue(at('10T01:59:00'), at('09T02:05:00'), 2), false, 'too early')
  t.equal(isRunDue(at('10T12:00:00'), at('09T02:05:00'), 2), false, 'the day is for calls')
})

t.test('a night that crosses midnight is one night', async t => {
  t.equal(isRunDue(at('11T00:30:00'), at('09T23:10:00'), 23), true)
  t.equal(isRunDue(at('11T00:30:00'), at('10T23:10:00'), 23), false)
})

t.test('two nights without a run are made up for at any hour; a record that is new waits for a night', async t => {
  t.equal(isRunDue(at('12T12:00:00'), at('09T02:05:00'), 2), true)
  t.equal(isRunDue(at('12T12:00:00'), undefined, 2), false)
  t.equal(isRunDue(at('12T03:00:00'), undefined, 2), true)
})
