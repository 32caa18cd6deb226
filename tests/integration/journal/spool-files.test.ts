import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { JournalEntry } from '../../../src/journal/journal.ts'
import { SpoolFiles } from '../../../src/journal/spool-files.ts'
import { recoverSpools } from '../../../src/journal/spool-recovery.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { anOffer } from '../../support/call-events.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

/** A spool whose files take a few records each, and what PostgreSQL has not yet said of each of them. */
async function makeSpool(t: Test, { maxBytes = 1_000_000 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-spool-'))
  const held = new Set<string>()
  const hold = async (path: string) => {
    if (held.has(path)) throw new Error(`${path} is held`)
    held.add(path)
    return async () => void held.delete(path)
  }
  let size = 0
  const onSize = (bytes: number) => {
    size = bytes
  }
  const limits = { maxBytes, maxWaiting: 1_000 }
  const spool = new SpoolFiles({ folder, name: '1-a', limits, fileBytes: 5_000, hold, onSize, log: silentLog })
  await spool.start()
  t.teardown(async () => {
    await spool.stop()
    await rm(folder, { recursive: true })
  })
  const owed: (() => void)[] = []
  const keep = (entry: JournalEntry) =>
    spool.keep(JSON.stringify(entry), new Promise<void>(written => owed.push(written)))
  const names = async () => (await readdir(folder)).sort()
  return { spool, folder, held, keep, owed, names, size: () => size }
}

const many = (count: number) =>
  entriesOf(...Array.from({ length: count }, (_, n) => anOffer({ name: `slow-${n}`, receivedAt: Date.now() + n })))

t.test('a PostgreSQL that is slow all the time, and takes everything in the end, does not fill the disk', async t => {
  const { keep, owed, names, size } = await makeSpool(t, { maxBytes: 40_000 })
  let kept = 0
  for (const entry of many(300)) {
    await keep(entry)
    kept += JSON.stringify(entry).length
    // There is always something that it does not have yet.
    if (owed.length > 5) owed.shift()?.()
    await new Promise(done => setImmediate(done))
  }
  t.ok(kept > 200_000, 'many times what there is room for')
  t.ok(size() > 0, 'the last are there')
  t.ok((await names()).length <= 8, 'files whose records PostgreSQL has are gone')
  for (const written of owed.splice(0)) written()
  await until(() => (size() === 0 ? '' : `${size()} bytes are left`))
  await until(async () => ((await names()).length <= 1 ? '' : 'more than the last file is left'))
})

t.test(
  'the process dies with several files: all of them are read, in order, and those of one that lives are not',
  async t => {
    const { spool, keep, folder, held, names } = await makeSpool(t)
    const entries = many(40)
    for (const entry of entries) {
      await keep(entry)
      await new Promise(done => setImmediate(done))
    }
    const left = await names()
    t.ok(left.length > 2, `${left.length} files`)
    t.same(
      [...held].sort(),
      left
        .map(name => join(folder, name))
        .concat(held.has(spool.path) ? [] : [])
        .sort()
    )
    const found: string[] = []
    const write = async ({ event }: JournalEntry) => void found.push(event.eventId)
    const holdDead = async (path: string) => (held.has(path) ? undefined : async () => {})
    t.equal(await recoverSpools({ folder, hold: holdDead, write, keep: async () => {}, log: silentLog }), 0, 'it lives')
    held.clear()
    t.equal(
      await recoverSpools({ folder, hold: holdDead, write, keep: async () => {}, log: silentLog }),
      entries.length
    )
    t.same(
      found,
      entries.map(({ event }) => event.eventId)
    )
  }
)

t.test('all files together keep to the limit', async t => {
  const { spool, keep, size } = await makeSpool(t, { maxBytes: 20_000 })
  const refused: string[] = []
  for (const entry of many(60)) {
    await keep(entry).catch(thrown => refused.push(thrown.code))
    await new Promise(done => setImmediate(done))
  }
  t.ok(size() <= 20_000 && size() > 15_000, `${size()} bytes`)
  t.same(new Set(refused), new Set(['spool.full']))
  t.ok((await readFile(spool.path)).length > 0)
})

t.test(
  'a process that was taken for dead, and whose empty file another has put away, still stops in order',
  async t => {
    const { spool, names } = await makeSpool(t)
    await spool.prepare()
    t.same(await names(), ['1-a.spool'])
    await rm(spool.path)
    await spool.stop()
    t.same(await names(), [])
  }
)
