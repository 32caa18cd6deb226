import { readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallEvent } from '../call/call-event.ts'
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
  /** An event that waited to be given to its call. */
  readonly keep: (event: CallEvent) => Promise<void>
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
export async function recoverSpools({ folder, hold, log, ...to }: Parts): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith(SPOOL_SUFFIX))
  let found = 0
  // A name begins with the time at which its process started.
  for (const name of names.sort()) {
    const path = join(folder, name)
    const release = await hold(path)
    if (release === undefined) continue
    try {
      found += await recoverOne(path, to, log)
    } finally {
      await release()
    }
  }
  if (found > 0) log.info('journal.recovered', { count: found })
  return found
}

async function recoverOne(path: string, { write, keep }: Pick<Parts, 'write' | 'keep'>, log: Log): Promise<number> {
  const { texts, tornBytes, damaged } = readRecords(await readFile(path))
  const entries = texts.flatMap(text => readEntry(text) ?? [])
  for (let at = 0; at < entries.length; at += BATCH) {
    const some = entries.slice(at, at + BATCH)
    await Promise.all(some.map(({ event, ...of }) => (isWhole(of) ? write({ event, ...of }) : keep(event))))
  }
  const unread = damaged + texts.length - entries.length
  // A torn end was never promised to anyone; damage inside was.
  if (unread > 0) {
    log.fault('journal.spool', new Fault('spool.damaged', { path: `${path}${DAMAGED_SUFFIX}`, count: unread }))
    await rename(path, `${path}${DAMAGED_SUFFIX}`)
  } else await unlink(path)
  if (tornBytes > 0) log.warn('journal.spool-torn', { count: tornBytes })
  return entries.length
}

type Read = Pick<JournalEntry, 'event'> & Partial<JournalEntry>

function isWhole(of: Omit<Partial<JournalEntry>, 'event'>): of is Omit<JournalEntry, 'event'> {
  return of.call !== undefined && of.node !== undefined
}

function readEntry(text: string): Read | undefined {
  try {
    const { event, call, node } = JSON.parse(text) as Partial<JournalEntry>
    if (event === undefined) return undefined
    return call === undefined || node === undefined ? { event } : { event, call, node }
  } catch {
    return undefined
  }
}
