import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { EventId } from '../../../src/call/ids.ts'
import type { JournalEntry, KeptEvent } from '../../../src/journal/journal.ts'
import { PostgresJournal } from '../../../src/journal/postgres-journal.ts'
import { Spool } from '../../../src/journal/spool.ts'
import { SpoolFiles } from '../../../src/journal/spool-files.ts'
import { readRecords } from '../../../src/journal/spool-record.ts'
import { recoverSpools } from '../../../src/journal/spool-recovery.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { isPoison } from '../../../src/operations/postgres.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { journalConformance } from '../../conformance/journal.ts'
import { anOffer, then } from '../../support/call-events.ts'
import { entriesOf, offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { makeDatabase, type TestDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

async function makeJournal(
  t: Test,
  { openPool }: TestDatabase,
  { url, maxPending = 10_000, spoolBytes = 10_000_000 }: { url?: string; maxPending?: number; spoolBytes?: number } = {}
) {
  const pool = openPool({ max: 2, statementMs: 1_000, ...(url === undefined ? {} : { url }) })
  const folder = await mkdtemp(join(tmpdir(), 'callbox-spool-'))
  const states: boolean[] = []
  const durable: boolean[] = []
  const superseded: JournalEntry[] = []
  const late: JournalEntry[] = []
  const metrics = makeMetrics()
  const limits = { maxBytes: spoolBytes, maxWaiting: maxPending }
  const hold = async () => async () => {}
  const onSize = (bytes: number) => metrics.spoolBytes.set(bytes)
  const spool = new SpoolFiles({ folder, name: 'a', limits, hold, onSize, log: silentLog })
  await spool.start()
  const quarantine = new Spool({ folder, name: 'a', limits, suffix: '.quarantine', onSize: () => {} })
  const journal = new PostgresJournal({
    appendEntries: entries => appendEntries(pool, entries),
    onSuperseded: entries => superseded.push(...entries),
    onLate: entry => late.push(entry),
    isPoison,
    onState: ok => states.push(ok),
    onDurable: ok => durable.push(ok),
    ...{ spool, quarantine, maxPending, metrics },
    log: silentLog,
    clock: systemClock
  })
  t.teardown(async () => {
    await journal.stop()
    await rm(folder, { recursive: true })
  })
  return { journal, states, durable, superseded, late, metrics, spool, quarantine, folder }
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
    const { journal, metrics } = await makeJournal(t, database)
    const isWritten = async () => (await metrics.journalPending.get()).values[0]?.value === 0
    // On a busy machine the disk may have an entry before PostgreSQL.
    const held = async (callId: string) => {
      await until(async () => ((await isWritten()) ? '' : 'not written yet'))
      return heldBy(database, callId)
    }
    return { journal, held }
  })
})

for (const fault of ['silent', 'away'] as const) {
  t.test(
    `PostgreSQL is ${fault} for a while: calls are kept on this machine’s disk, and written afterwards`,
    async t => {
      const database = await makeDatabase(t)
      const { proxy, url } = await behindProxy(t, database)
      const { journal, states, late, metrics, spool } = await makeJournal(t, database, { url })
      await journal.append(offerEntry(anOffer({ name: 'before' })))
      await proxy[fault]()
      const entries = entriesOf(anOffer({ name: 'during-1' }), anOffer({ name: 'during-2' }))
      const startedAt = performance.now()
      await Promise.all(entries.map(entry => journal.append(entry)))
      t.comment(`figure: the first were durable after ${Math.round(performance.now() - startedAt)} ms`)
      const laterAt = performance.now()
      const third = offerEntry(anOffer({ name: 'during-3' }))
      await journal.append(third)
      // On a busy machine the one before may have gone by the disk as well.
      const during = [...entries, third].map(({ call }) => call.callId)
      t.comment(`figure: the next after ${Math.round(performance.now() - laterAt)} ms`)
      await until(() => (states.length > 0 ? '' : 'not said to be away'))
      t.same(states, [false], 'the gateway says so once')
      const [first, second] = entries
      t.same((await heldBy(database, first?.call.callId ?? '')).kinds, [])
      const { texts } = readRecords(await readFile(spool.path))
      const kept = during.filter(callId => texts.some(text => text.includes(callId)))
      t.same(kept, during, 'what the next process would find, were this one killed now')
      t.equal((await stat(spool.path)).mode & 0o077, 0, 'nobody else may read it')
      await proxy.pass()
      await until(async () =>
        (await heldBy(database, second?.call.callId ?? '')).kinds.length === 1 ? '' : 'not written yet'
      )
      t.same((await heldBy(database, first?.call.callId ?? '')).kinds, ['offered'])
      await until(() => (states.at(-1) === true ? '' : 'not said to be up'))
      await until(async () => ((await stat(spool.path)).size === 0 ? '' : 'the spool is not emptied'))
      const told = during.filter(callId => late.some(({ call }) => call.callId === callId))
      t.same(told, during, 'whoever showed a call by the record before hears of each of them')
      t.equal((await metrics.spoolBytes.get()).values[0]?.value, 0)
      t.equal((await metrics.journalPending.get()).values[0]?.value, 0)
      const writtenAt = performance.now()
      await journal.append(offerEntry(anOffer({ name: 'after' })))
      t.comment(`figure: the next call was durable after ${Math.round(performance.now() - writtenAt)} ms`)
    }
  )
}

t.test(
  'neither PostgreSQL nor the disk: the switch hears it within 2 s, and the call is written afterwards',
  async t => {
    const database = await makeDatabase(t)
    const { proxy, url } = await behindProxy(t, database)
    const { journal, durable } = await makeJournal(t, database, { url, spoolBytes: 1 })
    await journal.append(offerEntry(anOffer({ name: 'before' })))
    proxy.silent()
    const entry = offerEntry(anOffer({ name: 'during' }))
    await t.rejects(journal.append(entry), { code: 'journal.append-failed' })
    t.same(durable, [false])
    await proxy.pass()
    await until(async () => ((await heldBy(database, entry.call.callId)).kinds.length === 1 ? '' : 'not written yet'))
    await until(() => (durable.at(-1) === true ? '' : 'not said to be durable again'))
  }
)

t.test(
  'the file for a record that is away is there before it is needed, and goes with a process that never needed it',
  async t => {
    const database = await makeDatabase(t)
    const { journal, spool, folder } = await makeJournal(t, database)
    await spool.prepare()
    await spool.prepare()
    t.same(await readdir(folder), ['a.spool'])
    await journal.stop()
    t.same(await readdir(folder), [])
    const killed = await makeJournal(t, database)
    await writeFile(join(killed.folder, '1-dead.spool'), '')
    const recovery = { folder: killed.folder, hold: async () => async () => {}, keep: async () => {}, log: silentLog }
    t.equal(await recoverSpools({ ...recovery, write: async () => void t.fail('nothing was in it') }), 0)
    t.same(await readdir(killed.folder), [], 'one that was killed leaves an empty one, which goes')
    const nowhere = new Spool({
      folder: '/dev/null/spool',
      name: 'a',
      limits: { maxBytes: 1_000, maxWaiting: 1 },
      onSize() {}
    })
    await nowhere.prepare()
    await t.rejects(nowhere.append('{}'), { code: 'spool.failed' }, 'where none can be made, the first append says so')
  }
)

t.test(
  'the process dies while PostgreSQL is away: the next one writes what was on the disk, in order and once',
  async t => {
    const database = await makeDatabase(t)
    const { proxy, url } = await behindProxy(t, database)
    const dying = await makeJournal(t, database, { url })
    proxy.silent()
    const offer = anOffer({ name: 'survives' })
    const entries = entriesOf(offer, then(offer, 'answered', { device: '4001' }), then(offer, 'released'))
    for (const entry of entries) await dying.journal.append(entry)
    const left = await readFile(dying.spool.path)
    const next = await makeJournal(t, database)
    const torn = Buffer.concat([left, left.subarray(0, 20)])
    const callId = entries[0]?.call.callId ?? ''
    const keep = async () => void t.fail('every event has its call')
    const recover = (hold: () => Promise<(() => Promise<void>) | undefined>) =>
      recoverSpools({ folder: next.folder, hold, write: entry => next.journal.write(entry), keep, log: silentLog })
    await writeFile(join(next.folder, '1-dead.spool'), torn)
    t.equal(await recover(async () => undefined), 0, 'a file whose process lives is not touched')
    t.equal(await recover(async () => async () => {}), 3)
    t.same(await heldBy(database, callId), { kinds: ['offered', 'answered', 'released'], state: 'released' })
    t.same(await readdir(next.folder), [], 'and the file is gone')
    await writeFile(join(next.folder, '1-dead.spool'), left)
    t.equal(await recover(async () => async () => {}), 3)
    t.same((await heldBy(database, callId)).kinds, ['offered', 'answered', 'released'], 'read twice, written once')
    await proxy.pass()
  }
)

t.test(
  'the process dies with a hang-up that it could give to no call: the next one hears of it, and keeps it so long',
  async t => {
    const database = await makeDatabase(t)
    const dying = await makeJournal(t, database)
    const offer = anOffer({ name: 'theirs' })
    const entry = offerEntry(anOffer({ name: 'ours' }))
    await dying.journal.keep(then(offer, 'released')).kept
    await dying.spool.keep(JSON.stringify(entry), new Promise(() => {}))
    const next = await makeJournal(t, database)
    await writeFile(join(next.folder, '1-dead.spool'), await readFile(dying.spool.path))
    const heard: string[] = []
    const kept: KeptEvent[] = []
    const found = await recoverSpools({
      folder: next.folder,
      hold: async path => (path.endsWith('1-dead.spool') ? async () => {} : undefined),
      write: each => next.journal.write(each),
      keep: async event => {
        heard.push(`${event.kind} ${event.switchCallId}`)
        kept.push(next.journal.keep(event))
        await kept.at(-1)?.kept
      },
      log: silentLog
    })
    t.equal(found, 2)
    t.same(heard, [`released ${offer.switchCallId}`])
    t.same((await heldBy(database, entry.call.callId)).kinds, ['offered'])
    t.ok((await stat(next.spool.path)).size > 0, 'it is on the disk of the next one before that of the first goes')
    await next.journal.append(offerEntry(anOffer({ name: 'between' })))
    t.ok((await stat(next.spool.path)).size > 0, 'and stays there while others come and go')
    kept[0]?.letGo()
    kept[0]?.letGo()
    await until(async () => ((await stat(next.spool.path)).size === 0 ? '' : 'not emptied'))
  }
)

t.test('a spool that was damaged on the disk gives what can be read, and is kept for a person', async t => {
  const database = await makeDatabase(t)
  const { journal, spool, folder } = await makeJournal(t, database)
  const entries = entriesOf(...[1, 2, 3].map(n => anOffer({ name: `damaged-${n}` })))
  for (const entry of entries) await spool.keep(JSON.stringify(entry), new Promise(() => {}))
  const bytes = await readFile(spool.path)
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
  await writeFile(join(folder, '1-dead.spool'), bytes)
  const keep = async () => void t.fail('every event has its call')
  const hold = async (path: string) => (path.endsWith('1-dead.spool') ? async () => {} : undefined)
  t.equal(await recoverSpools({ folder, hold, write: entry => journal.write(entry), keep, log: silentLog }), 2)
  t.ok((await readdir(folder)).includes('1-dead.spool.damaged'))
})

t.test('an event no PostgreSQL would take is kept aside, alone, and those beside it are written', async t => {
  const database = await makeDatabase(t)
  const { journal, states, quarantine } = await makeJournal(t, database)
  const entries = entriesOf(...[1, 2, 3, 4, 5].map(n => anOffer({ name: `beside-${n}` })))
  const bad = entries[2]
  if (bad === undefined) throw new Error('unreachable')
  const broken = { ...bad, event: { ...bad.event, eventId: 'not a uuid' as EventId } }
  await Promise.all(entries.map(entry => journal.write(entry === bad ? broken : entry)))
  for (const entry of entries) {
    t.equal((await heldBy(database, entry.call.callId)).kinds.length, entry === bad ? 0 : 1)
  }
  const { texts } = readRecords(await readFile(quarantine.path))
  t.match(
    texts.map(text => JSON.parse(text).event.eventId),
    ['not a uuid']
  )
  t.same(states, [], 'PostgreSQL was never said to be away')
})

t.test('more waiting than the limit is refused at once with its own code', async t => {
  const database = await makeDatabase(t)
  const { proxy, url } = await behindProxy(t, database)
  const { journal } = await makeJournal(t, database, { url, maxPending: 100 })
  await journal.append(offerEntry(anOffer({ name: 'before' })))
  proxy.silent()
  const waiting = entriesOf(...Array.from({ length: 400 }, (_, n) => anOffer({ name: `full-${n}` }))).map(entry =>
    journal.append(entry).then(
      () => 'durable',
      thrown => thrown.code
    )
  )
  const codes = await Promise.all(waiting)
  t.ok(codes.filter(code => code === 'journal.full').length >= 100, 'the newest, said to be over the limit')
  t.ok(codes.filter(code => code === 'durable').length >= 100, 'the others are on the disk')
  await proxy.pass()
})
