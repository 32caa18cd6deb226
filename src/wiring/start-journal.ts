import { join } from 'node:path'
import type { CallEvent } from '../call/call-event.ts'
import type { JournalEntry, KeptEvent } from '../journal/journal.ts'
import { PostgresJournal } from '../journal/postgres-journal.ts'
import { Spool } from '../journal/spool.ts'
import { SpoolFiles } from '../journal/spool-files.ts'
import { recoverSpools } from '../journal/spool-recovery.ts'
import { lockDataDir } from '../operations/embedded/data-lock.ts'
import { Fault } from '../operations/errors.ts'
import { isPoison } from '../operations/postgres.ts'
import { appendEntries } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

const MEGABYTE = 1024 * 1024
const QUARANTINE_SUFFIX = '.quarantine'

interface JournalPorts {
  /** The record refused these: another node has their calls. */
  readonly onSuperseded: (entries: readonly JournalEntry[]) => void
  /** An earlier process had still to give this event to its call. */
  readonly onKept: (event: CallEvent, kept: KeptEvent) => void
  readonly onLate?: (entry: JournalEntry) => void
  readonly onSpool?: (bytes: number, maxBytes: number) => void
  /** One more event that PostgreSQL will never take. */
  readonly onQuarantined?: () => void
}

/**
 * The journal, its spool beside it, and what earlier processes left in theirs already in PostgreSQL: whatever reads
 * the record afterwards finds every call that a switch was told we took.
 */
export async function startJournal(
  base: Base,
  { journalPool, databaseState }: Stores,
  { onSuperseded, onKept, onLate = () => {}, onSpool = () => {}, onQuarantined = () => {} }: JournalPorts
): Promise<PostgresJournal> {
  const { config, log, metrics, clock, releases, health, node } = base
  const folder = join(config.dataDir, 'spool')
  const limits = { maxBytes: config.limits.spoolMegabytes * MEGABYTE, maxWaiting: config.limits.journalPending }
  const name = `${clock.now()}-${node}`
  const onSize = (bytes: number) => {
    metrics.spoolBytes.set(bytes)
    onSpool(bytes, limits.maxBytes)
  }
  const spool = new SpoolFiles({ folder, name, limits, hold: lockDataDir, onSize, log })
  const quarantine = new Spool({ folder, name, limits, suffix: QUARANTINE_SUFFIX, onSize: onQuarantined })
  await spool.start()
  releases.push('spool', () => spool.stop())
  const journal = new PostgresJournal({
    appendEntries: entries => appendEntries(journalPool, entries),
    onSuperseded,
    onLate,
    isPoison,
    onState: databaseState,
    onDurable: ok =>
      health.set('journal', {
        ok,
        ...(ok ? {} : { why: 'Neither PostgreSQL nor this machine’s disk takes events: the switch is refused' })
      }),
    maxPending: config.limits.journalPending,
    ...{ spool, quarantine, log, metrics, clock }
  })
  releases.push('journal', () => journal.stop())
  const keep = async (event: CallEvent) => {
    const kept = journal.keep(event)
    onKept(event, kept)
    // A disk that takes nothing more says so by itself; nobody is helped by a gateway that does not start for that.
    await Promise.allSettled([kept.kept])
  }
  await recoverSpools({ folder, hold, write: entry => journal.write(entry), keep, log })
  await spool.prepare()
  health.set('journal', { ok: true })
  return journal
}

/** Undefined while the process that writes this file lives. */
async function hold(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lockDataDir(path)
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined
    throw thrown
  }
}
