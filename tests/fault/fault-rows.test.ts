import t from 'tap'
import { findingsOf } from '../faults/report.ts'
import { ROWS } from '../faults/rows.ts'
import { makeFaultStores, runOnce } from '../support/fault-stores.ts'

/** A few rows of `npm run faults`, one short run each; the others take longer than every change can wait for. */
const CHOSEN = ['control', 'F01-alone', 'F12', 'F14', 'F36']

t.test('the fault suite: what is answered to the switch is on a screen once, whatever breaks', async t => {
  const stores = await makeFaultStores(t)
  for (const row of ROWS.filter(({ id }) => CHOSEN.includes(id))) {
    const result = await runOnce(t, stores, row)
    t.same([result.lost, result.doubled], [0, 0], `${row.id}: ${row.fault}: none lost, none doubled`)
    t.same(result.breaches, [], `${row.id}: ${row.promise}`)
    if (result.breaches.length > 0) t.comment(findingsOf(row, result))
  }
})
