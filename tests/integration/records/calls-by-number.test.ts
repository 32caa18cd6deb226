import t from 'tap'
import { openCallsOfNumbers } from '../../../src/records/calls-by-number.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { anOffer, cliOf, NOON } from '../../support/call-events.ts'
import { recordClosed } from '../../support/hands.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)

async function aCall(over: Parameters<typeof anOffer>[0]) {
  const entry = offerEntry(anOffer(over))
  await appendEntries(pool, [entry])
  return entry.call.callId
}
const about = (lastThree: number) => ({
  ...{ e164: cliOf(lastThree).network?.e164 ?? '', from: NOON - 1_000, to: NOON + 60_000 }
})

t.test('the newest open 999 call of each number is found, whichever gateway has it', async t => {
  await aCall({ name: 'older', cli: cliOf(301), receivedAt: NOON })
  const newest = await aCall({ name: 'newest', cli: cliOf(301), receivedAt: NOON + 5_000 })
  await aCall({ name: 'other-line', cli: cliOf(301), line: '101', receivedAt: NOON + 9_000 })
  await aCall({ name: 'other-hour', cli: cliOf(302), receivedAt: NOON + 90_000 })
  const closed = await aCall({ name: 'closed', cli: cliOf(303) })
  await recordClosed(pool, 'n-test', { callId: closed, handler: 'ann', isLast: true }, NOON + 1)
  const shownOnly = {
    presentation: { raw: 'x', e164: '+447700900304', kind: 'mobile' },
    trust: 'presentation-only'
  } as const
  const shown = await aCall({ name: 'shown', cli: shownOnly })
  t.same([...(await openCallsOfNumbers(pool, [301, 302, 303, 304].map(about), ['999']))].sort(), [
    ['+447700900301', newest],
    ['+447700900304', shown]
  ])
})
