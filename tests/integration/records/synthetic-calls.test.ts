import t from 'tap'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { recordAcks } from '../../../src/records/pop-deliveries.ts'
import { removeSyntheticCalls } from '../../../src/records/synthetic-calls.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)

t.test('old test calls are removed whole, younger ones and people’s calls are not', async t => {
  const own = { force: '~synthetic', homeForce: '~synthetic', line: '~synthetic', trunk: '~synthetic', test: true }
  const entries = [
    offerEntry(anOffer({ name: 'old', ...own })),
    offerEntry(anOffer({ name: 'young', ...own, receivedAt: NOON + 60_000 })),
    offerEntry(anOffer({ name: 'caller' }))
  ]
  await appendEntries(pool, entries)
  await recordAcks(
    pool,
    entries.map(({ call }) => ({ popId: call.popId, handler: 'h', at: NOON }))
  )
  await removeSyntheticCalls(pool, NOON + 30_000)
  const kept = entries.slice(1).map(({ call }) => call.callId)
  for (const [table, column] of [
    ['contact', 'call_id::text'],
    ['journal', 'call_id::text'],
    ['pop_delivery', 'substr(pop_id, 3)']
  ] as const) {
    const { rows } = await pool.query(`select ${column} as call from ${table}`)
    t.same(rows.map(row => row.call).sort(), [...kept].sort(), table)
  }
})
