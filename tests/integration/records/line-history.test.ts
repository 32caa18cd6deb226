import t from 'tap'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { firstCallAt, lineHistory, newestCalls } from '../../../src/records/line-history.ts'
import { hourOfWeek } from '../../../src/switches/quiet-line.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const HOUR = 3_600_000

t.test('calls are counted by trunk, line and hour of the week; tests are not', async t => {
  t.equal(await firstCallAt(pool), undefined)
  const at = (name: string, receivedAt: number, over = {}) => offerEntry(anOffer({ name, receivedAt, ...over }))
  await appendEntries(pool, [
    at('a', NOON),
    at('b', NOON + 1_000),
    at('c', NOON + HOUR),
    at('d', NOON + HOUR, { line: '101', trunk: 'pbx' }),
    at('e', NOON + 2 * HOUR, { test: true })
  ])
  const counted = (await lineHistory(pool, NOON)).map(({ trunk, line, hourOfWeek: hour, calls }) =>
    [trunk, line, hour, calls].join(' ')
  )
  const noon = hourOfWeek(NOON)
  t.same(counted.sort(), [`demo-switch 999 ${noon} 2`, `demo-switch 999 ${noon + 1} 1`, `pbx 101 ${noon + 1} 1`])
  t.equal(await firstCallAt(pool), NOON)
  const newest = await newestCalls(pool, NOON + 500)
  t.same(
    newest.toSorted((a, b) => a.line.localeCompare(b.line)),
    [
      { trunk: 'pbx', line: '101', at: NOON + HOUR },
      { trunk: 'demo-switch', line: '999', at: NOON + HOUR }
    ]
  )
  t.same(await newestCalls(pool, NOON + 2 * HOUR), [])
})
