import t from 'tap'
import { loadConfig } from '../../../src/operations/config.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { knownMonths, monthAt, monthsBefore, monthsBetween } from '../../../src/records/month-parts.ts'
import { recentRuns } from '../../../src/records/retention-runs.ts'
import type { Base } from '../../../src/wiring/base.ts'
import { Upkeep } from '../../../src/wiring/start-upkeep.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

const NIGHT = Date.parse('2026-03-15T02:30:00Z')
const HOUR_MS = 3_600_000
const loaded = await loadConfig({ env: {} })

async function makeUpkeep(t: Parameters<typeof makeDatabase>[0]) {
  const { pool, openPool } = await makeDatabase(t)
  const clock = { at: NIGHT, now: () => clock.at, monotonicMs: () => performance.now() }
  const metrics = makeMetrics()
  const base = { loaded, config: loaded.config, log: silentLog, metrics, clock, node: 'n-test' } as unknown as Base
  const told: (string | undefined)[][] = []
  const causes = { onUpkeep: (what: string, why: string | undefined) => void told.push([what, why]) }
  const upkeep = new Upkeep(base, { upkeepPool: openPool({ max: 2, statementMs: 10_000 }) }, causes)
  return { pool, clock, metrics, told, upkeep }
}

t.test('at night the months to come are made and what is due goes, once', async t => {
  const { pool, clock, metrics, told, upkeep } = await makeUpkeep(t)
  const insert = `insert into contact (call_id, generation, seq, force, home_force, line, state, offered_at, released_at, closed_at,
    switch_call_ids) values (gen_random_uuid(), 1, 1, 'tvp', 'tvp', '999', 'released', $1, $1, $1, '{}')`
  await pool.query(insert, [monthsBefore(NIGHT, 85)])
  await pool.query(insert, [monthsBefore(NIGHT, 83)])
  await upkeep.look()
  t.same(told, [
    ['months', undefined],
    ['retention', undefined]
  ])
  const ahead = monthsBetween(NIGHT, Date.parse('2026-05-01T00:00:00Z'))
  for (const table of ['contact', 'journal'] as const) t.same(await knownMonths(pool, table), ahead)
  t.equal((await pool.query('select from contact')).rowCount, 1)
  const text = await metrics.registry.metrics()
  t.match(text, /gw_record_months_ahead\{table="journal"\} 2\n/)
  t.match(text, /gw_retention_deleted_total\{kind="contacts"\} 1\n/)
  clock.at += HOUR_MS
  await upkeep.look()
  t.equal((await recentRuns(pool, 9)).filter(({ kind }) => kind === 'run').length, 1, 'no second run tonight')
  clock.at += 24 * HOUR_MS
  await upkeep.look()
  t.equal((await recentRuns(pool, 9)).filter(({ kind }) => kind === 'run').length, 2)
})

t.test('a month that cannot be made is told of until it is', async t => {
  const { pool, clock, told, upkeep } = await makeUpkeep(t)
  clock.at += 10 * HOUR_MS
  const other = await pool.connect()
  await other.query('begin')
  await other.query('select from contact')
  await upkeep.look()
  t.match(told, [['months', /2026_04: others had it locked/]])
  await other.query('rollback')
  other.release()
  await upkeep.look()
  t.same(told.at(-1), ['months', undefined])
  t.ok((await knownMonths(pool, 'contact')).some(({ name }) => name === monthAt(Date.parse('2026-04-01')).name))
})
