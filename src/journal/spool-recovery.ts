import { readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../operations/errors.ts'
import type { Log } from '../operations/log.ts'
import type { JournalEntry } from './journal.ts'
import { SPOOL_SUFFIX } from './spool.ts'
import { readRecords } from './spool-record.ts'

interface Parts {
  readonly folder: string
  /** Undefined for a file whose process still lives and will empty it itself; else what lets it go again. */
  readonly hold: (path: string) => Promise<(() => Promise<void>) | undefined>
  /** Idempotent by event id, so that a file read twice is written once. */
  readonly write: (entry: JournalEntry) => Promise<void>
  readonly log: Log
}

/** Entries on their way to PostgreSQL at once. */
const BATCH = 1_000
/** What is kept of a file in which something could not be read: for a person to look at. */
const DAMAGED_SUFFIX = '.damaged'

/**
 * Into PostgreSQL with what earlier processes could only write to this machine's disk, in order, before anything is
 * read from the record. Rejects as PostgreSQL does; files go only when all their entries are written. Answers how many
 * entries were found.
 */
export async function recoverSpools({ folder, hold, write, log }: Parts): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith(SPOOL_SUFFIX))
  let found = 0
  // A name begins with the time at which its process started.
  for (const name of names.sort()) {
    const path = join(folder, name)
    const release = await hold(path)
    if (release === undefined) continue
    try {
      found += await recoverOne(path, write, log)
    } finally {
      await release()
    }
  }
  if (found > 0) log.info('journal.recovered', { count: found })
  return found
}

async function recoverOne(path: string, write: Parts['write'], log: Log): Promise<number> {
  const { texts, tornBytes, damaged } = readRecords(await readFile(path))
  const entries = texts.flatMap(text => readEntry(text) ?? [])
  for (let at = 0; at < entries.length; at += BATCH) await Promise.all(entries.slice(at, at + BATCH).map(write))
  const unread = damaged + texts.length - entries.length
  // A torn end was never promised to anyone; damage inside was.
  if (unread > 0) {
    log.fault('journal.spool', new Fault('spool.damaged', { path: `${path}${DAMAGED_SUFFIX}`, count: unread }))
    await rename(path, `${path}${DAMAGED_SUFFIX}`)
  } else await unlink(path)
  if (tornBytes > 0) log.warn('journal.spool-torn', { count: tornBytes })
  return entries.length
}

function readEntry(text: string): JournalEntry | undefined {
  try {
    const { event, call, node } = JSON.parse(text) as Partial<JournalEntry>
    return event === undefined || call === undefined || node === undefined ? undefined : { event, call, node }
  } catch {
    return undefined
  }
}
