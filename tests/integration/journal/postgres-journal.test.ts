import { dirname } from 'node:path'
import t, { type Test } from 'tap'
import type { EventId } from '../../../src/call/ids.ts'
import { PostgresJournal } from '../../../src/journal/postgres-journal.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { isPoison } from '../../../src/operations/postgres.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { journalConformance } from '../../conformance/journal.ts'
import { anOffer } from '../../support/call-events.ts'
import { entriesOf, offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeDatabase, type TestDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

function makeJournal(
  t: Test,
  { openPool }: TestDatabase,
  { url, maxPending = 10_000 }: { url?: string; maxPending?: number } = {}
) {
  const pool = openPool({ max: 2, statementMs: 1_000, ...(url === undefined ? {} : { url }) })
  const states: boolean[] = []
  const metrics = makeMetrics()
  const journal = new PostgresJournal({
    appendEntries: entries => appendEntries(pool, entries),
    isPoison,
    onState: ok => states.push(ok),
    maxPending,
    log: silentLog,
    metrics,
    clock: systemClock
  })
  t.teardown(() => journal.stop())
  return { journal, states, metrics }
}

async function heldBy({ pool }: TestDatabase, callId: string) {
  const journal = await pool.query('select kind from journal where call_id = $1 order by generation, seq', [callId])
  const contact = await pool.query('select state from contact where call_id = $1', [callId])
  return {
    kinds: journal.rows.map(row => row.kind),
    ...(contact.rows[0] === undefined ? {} : { state: contact.rows[0].state })
  }
}

/** The database behind a link that can go bad. */
async function behindProxy(t: Test, database: TestDatabase) {
  const folder = decodeURIComponent(/host=([^&]+)/.exec(database.url)?.[1] ?? '')
  const proxy = await makeSilentProxy(t, `${folder}/.s.PGSQL.5432`, '.s.PGSQL.5432')
  const url = database.url.replace(/host=[^&]+/, `host=${encodeURIComponent(dirname(proxy.path))}`)
  return { proxy, url }
}

t.test('the journal in PostgreSQL keeps to what every journal keeps to', async t => {
  journalConformance(t, async t => {
    const database = await makeDatabase(t)
    const { journal } = makeJournal(t, database)
    return { journal, held: callId => heldBy(database, callId) }
  })
})

for (const fault of ['silent', 'away'] as const) {
  t.test(
    `PostgreSQL is ${fault} for a while: the switch hears it within 2 s, and the call is written afterwards`,
    async t => {
      const database = await makeDatabase(t)
      const { proxy, url } = await behindProxy(t, database)
      const { journal, states, metrics } = makeJournal(t, database, { url })
      await journal.append(offerEntry(anOffer({ name: 'before' })))
      await proxy[fault]()
      const entries = entriesOf(anOffer({ name: 'during-1' }), anOffer({ name: 'during-2' }))
      const startedAt = performance.now()
      const results = await Promise.allSettled(entries.map(entry => journal.append(entry)))
      const tookMs = performance.now() - startedAt
      t.comment(`figure: refused after ${Math.round(tookMs)} ms`)
      for (const result of results) t.match(result, { status: 'rejected', reason: { code: 'journal.append-failed' } })
      t.same(states, [false], 'the gateway says so once')
      const [first, second] = entries
      t.same((await heldBy(database, first?.call.callId ?? '')).kinds, [])
      await proxy.pass()
      await until(async () =>
        (await heldBy(database, second?.call.callId ?? '')).kinds.length === 1 ? '' : 'not written yet'
      )
      t.same((await heldBy(database, first?.call.callId ?? '')).kinds, ['offered'])
      await until(() => (states.at(-1) === true ? '' : 'not said to be up'))
      const pending = await metrics.journalPending.get()
      t.equal(pending.values[0]?.value, 0)
      const writtenAt = performance.now()
      await journal.append(offerEntry(anOffer({ name: 'after' })))
      t.comment(`figure: the next call was durable after ${Math.round(performance.now() - writtenAt)} ms`)
    }
  )
}

t.test('an event no PostgreSQL would take is refused at once, alone, and those beside it are written', async t => {
  const database = await makeDatabase(t)
  const { journal, states } = makeJournal(t, database)
  const entries = entriesOf(...[1, 2, 3, 4, 5].map(n => anOffer({ name: `beside-${n}` })))
  const bad = entries[2]
  if (bad === undefined) throw new Error('unreachable')
  const broken = { ...bad, event: { ...bad.event, eventId: 'not a uuid' as EventId } }
  const startedAt = performance.now()
  const results = await Promise.allSettled(entries.map(entry => journal.append(entry === bad ? broken : entry)))
  t.same(
    results.map(result => result.status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']
  )
  t.match(results[2], { reason: { code: 'journal.append-failed' } })
  t.comment(`figure: all settled after ${Math.round(performance.now() - startedAt)} ms`)
  for (const entry of entries) {
    t.equal((await heldBy(database, entry.call.callId)).kinds.length, entry === bad ? 0 : 1)
  }
  t.same(states, [], 'PostgreSQL was never said to be away')
})

t.test('more waiting than the limit is refused at once with its own code', async t => {
  const database = await makeDatabase(t)
  const { proxy, url } = await behindProxy(t, database)
  const { journal } = makeJournal(t, database, { url, maxPending: 100 })
  await journal.append(offerEntry(anOffer({ name: 'before' })))
  proxy.silent()
  const waiting = entriesOf(...Array.from({ length: 400 }, (_, n) => anOffer({ name: `full-${n}` }))).map(entry =>
    journal.append(entry).catch(thrown => thrown.code)
  )
  const codes = await Promise.all(waiting)
  t.ok(codes.filter(code => code === 'journal.full').length >= 100, 'the newest, said to be over the limit')
  t.ok(codes.filter(code => code === 'journal.append-failed').length >= 100)
  await proxy.pass()
})
