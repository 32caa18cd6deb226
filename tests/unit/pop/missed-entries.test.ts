import t from 'tap'
import { MissedEntries } from '../../../src/pop/missed-entries.ts'
import { NOON } from '../../support/call-events.ts'

const MINUTE = 60_000
const at = (ms: number) => ({ now: () => NOON + ms, monotonicMs: () => ms })

t.test('the first time an hour is asked for, then what was closed since, and a minute before', t => {
  const missed = new MissedEntries()
  t.match(missed.due(at(0)), { offeredSince: NOON - 60 * MINUTE, closedSince: NOON - 60 * MINUTE })
  missed.found()
  t.equal(missed.due(at(MINUTE - 1)), undefined)
  t.match(missed.due(at(MINUTE)), { offeredSince: NOON - 59 * MINUTE, closedSince: NOON - MINUTE })
  t.end()
})

t.test('a try that failed is not made again at once, and the next one asks for its time too', t => {
  const missed = new MissedEntries()
  missed.due(at(0))
  missed.found()
  missed.due(at(MINUTE))
  t.equal(missed.due(at(MINUTE + 1_000)), undefined)
  t.match(missed.due(at(2 * MINUTE)), { closedSince: NOON - MINUTE })
  t.end()
})

t.test('what was closed a moment ago may still be entered by whoever closed it', t => {
  const { closedBefore = 0 } = new MissedEntries().due(at(0)) ?? {}
  t.ok(closedBefore < NOON - 8_000)
  t.end()
})
