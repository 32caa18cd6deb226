import type { CallEvent } from '../call/call-event.ts'
import { Fault } from '../operations/errors.ts'
import { type Clock, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { BatchWriter } from './batch-writer.ts'
import type { Journal, JournalEntry, KeptEvent } from './journal.ts'
import type { Spool } from './spool.ts'
import type { SpoolFiles } from './spool-files.ts'

/**
 * PostgreSQL has this long; then the entry goes to this machine's disk as well, and the switch has its answer. Well
 * before its 100 Trying (200 ms): who had that does not ask again, so what it asked for must outlive us.
 */
export const SPOOL_AFTER_MS = 100
/** PostgreSQL that has kept one entry waiting for so long is away, and everybody is told. */
export const AWAY_AFTER_MS = 1_000
/** When neither has it by now, the call is refused to the switch, while the entry is still written. */
export const DURABLE_WITHIN_MS = 2_000

interface Parts {
  /** One transaction for all entries; idempotent by event id (records/journal-rows.ts). Answers those that came too late. */
  readonly appendEntries: (entries: readonly JournalEntry[]) => Promise<readonly JournalEntry[]>
  /** The record has these as facts, but their calls are another node's by now. */
  readonly onSuperseded: (entries: readonly JournalEntry[]) => void
  /** PostgreSQL has this entry now, which it could not be given in time. */
  readonly onLate?: (entry: JournalEntry) => void
  readonly isPoison: (thrown: unknown) => boolean
  readonly spool: Pick<SpoolFiles, 'keep' | 'stop'>
  /** For events that PostgreSQL refuses for what they are. */
  readonly quarantine: Pick<Spool, 'append' | 'stop' | 'path'>
  /** PostgreSQL takes events, or does not. */
  readonly onState: (ok: boolean) => void
  /** Events are kept somewhere that outlives this process, or are not. */
  readonly onDurable: (ok: boolean) => void
  readonly maxPending: number
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * The record in PostgreSQL, and while that is away, this machine's disk. `append` resolves when either holds the
 * entry. An entry stays in memory, in order, until PostgreSQL has it; the spool is read only by the next process
 * (spool-recovery.ts), and is emptied when PostgreSQL has all that is in it.
 */
export class PostgresJournal implements Journal {
  readonly #parts: Parts
  readonly #writer: BatchWriter<JournalEntry>
  #isDown = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#writer = new BatchWriter<JournalEntry>({
      write: async entries => {
        const superseded = await parts.appendEntries(entries)
        this.#up()
        if (superseded.length > 0) parts.onSuperseded(superseded)
      },
      isPoison: parts.isPoison,
      onFault: (thrown, count) => this.#down(new Fault('journal.append-failed', { count }, thrown)),
      onPoison: (entry, thrown) => this.#toQuarantine(entry, thrown),
      limits: { maxPending: parts.maxPending }
    })
  }

  async append(entry: JournalEntry): Promise<void> {
    const { clock, metrics } = this.#parts
    const startedAt = clock.monotonicMs()
    const written = this.write(entry)
    try {
      await this.#durable(entry, written)
    } catch (thrown) {
      throw thrown instanceof Fault && thrown.code === 'journal.full'
        ? thrown
        : new Fault('journal.append-failed', { count: 1 }, thrown)
    }
    metrics.journalSeconds.observe((clock.monotonicMs() - startedAt) / 1000)
  }

  /** Resolves only when PostgreSQL has the entry, however long that takes. */
  write(entry: JournalEntry): Promise<void> {
    if (this.#writer.isFull()) return Promise.reject(new Fault('journal.full', { count: this.#writer.pending }))
    const written = this.#writer.add(entry)
    this.#parts.metrics.journalPending.set(this.#writer.pending)
    return written
  }

  /** A switch was told that we have heard it, and it can be given to no call before the record answers. */
  keep(event: CallEvent): KeptEvent {
    const { promise: heard, resolve: letGo } = Promise.withResolvers<void>()
    const kept = this.#parts.spool.keep(JSON.stringify({ event }), heard)
    kept.catch(thrown => this.#parts.log.fault('journal.spool', thrown))
    return { kept, letGo }
  }

  async stop(): Promise<void> {
    await this.#writer.stop()
    await this.#parts.spool.stop()
    await this.#parts.quarantine.stop()
  }

  async #durable(entry: JournalEntry, written: Promise<void>): Promise<void> {
    if (!this.#isDown) {
      if (await isDone(SPOOL_AFTER_MS, written)) return
      this.#watch(written)
    }
    const kept = this.#keep(entry, written)
    if (!(await isDone(DURABLE_WITHIN_MS - SPOOL_AFTER_MS, Promise.any([written, kept])))) throw new Error('late')
    this.#parts.onDurable(true)
  }

  /** A record that is slow is not away yet. */
  #watch(written: Promise<void>): void {
    isDone(AWAY_AFTER_MS - SPOOL_AFTER_MS, written).then(
      isWritten => {
        if (!isWritten) this.#down(new Fault('journal.append-failed', { count: this.#writer.pending }))
      },
      // Whoever appended it is told.
      () => {}
    )
  }

  /** On this machine's disk, until PostgreSQL has it. */
  #keep(entry: JournalEntry, written: Promise<void>): Promise<void> {
    const { spool, onDurable, log } = this.#parts
    const kept = spool.keep(JSON.stringify(entry), written)
    kept.catch(thrown => {
      onDurable(false)
      log.fault('journal.spool', thrown)
    })
    void Promise.allSettled([written, kept]).then(([inRecord]) => {
      if (inRecord.status === 'fulfilled') this.#parts.onLate?.(entry)
    })
    return kept
  }

  /** Rejects when the disk does not take it either. */
  #toQuarantine(entry: JournalEntry, thrown: unknown): Promise<void> {
    const { quarantine, log } = this.#parts
    const { eventId } = entry.event
    log.fault('journal.quarantine', new Fault('journal.quarantined', { event: eventId, path: quarantine.path }, thrown))
    return quarantine.append(JSON.stringify(entry))
  }

  #up(): void {
    this.#parts.metrics.journalPending.set(this.#writer.pending)
    if (!this.#isDown) return
    this.#isDown = false
    this.#parts.onState(true)
    this.#parts.onDurable(true)
  }

  #down(fault: Fault): void {
    if (this.#isDown) return
    this.#isDown = true
    this.#parts.log.fault('journal.fault', fault)
    this.#parts.onState(false)
  }
}

/** Whether `work` was done within `ms`; rejects as it does. Work that is not waited for any longer goes on. */
async function isDone(ms: number, work: Promise<unknown>): Promise<boolean> {
  return (
    (await within(
      ms,
      work.then(() => true)
    )) ?? false
  )
}
