import { Fault } from '../operations/errors.ts'
import { after, type Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { BatchWriter } from './batch-writer.ts'
import type { Journal, JournalEntry } from './journal.ts'

/** A switch waits for our answer; after this long the call is refused to it, while the entry is still written. */
export const DURABLE_WITHIN_MS = 2_000

interface Parts {
  /** One transaction for all entries; idempotent by event id (records/journal-rows.ts). */
  readonly appendEntries: (entries: readonly JournalEntry[]) => Promise<void>
  readonly isPoison: (thrown: unknown) => boolean
  readonly onState: (ok: boolean) => void
  readonly maxPending: number
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * The record in PostgreSQL. `append` resolves on commit. When PostgreSQL is away it rejects after
 * DURABLE_WITHIN_MS with `journal.append-failed`, but the entry stays and is written when PostgreSQL is back:
 * what happened is never dropped because nobody could wait for it.
 */
export class PostgresJournal implements Journal {
  readonly #parts: Parts
  readonly #writer: BatchWriter<JournalEntry>
  #isDown = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#writer = new BatchWriter<JournalEntry>({
      write: async entries => {
        await parts.appendEntries(entries)
        this.#up()
      },
      isPoison: parts.isPoison,
      onFault: (thrown, count) => this.#fault(thrown, count),
      limits: { maxPending: parts.maxPending }
    })
  }

  async append(entry: JournalEntry): Promise<void> {
    const { clock, metrics } = this.#parts
    if (this.#writer.isFull()) throw new Fault('journal.full', { count: this.#writer.pending })
    const startedAt = clock.monotonicMs()
    const written = this.#writer.add(entry)
    metrics.journalPending.set(this.#writer.pending)
    await this.#within(written)
    metrics.journalSeconds.observe((clock.monotonicMs() - startedAt) / 1000)
  }

  async stop(): Promise<void> {
    await this.#writer.stop()
  }

  async #within(written: Promise<void>): Promise<void> {
    let stop = () => {}
    const late = new Promise<never>((_, reject) => {
      stop = after(DURABLE_WITHIN_MS, () => reject(new Fault('journal.append-failed', { count: 1 })))
    })
    try {
      await Promise.race([written, late])
    } catch (thrown) {
      // The race has taken `written` in hand: a write that is given up later has no one left to tell.
      throw thrown instanceof Fault ? thrown : new Fault('journal.append-failed', { count: 1 }, thrown)
    } finally {
      stop()
    }
  }

  #up(): void {
    this.#parts.metrics.journalPending.set(this.#writer.pending)
    if (!this.#isDown) return
    this.#isDown = false
    this.#parts.onState(true)
  }

  #fault(thrown: unknown, count: number): void {
    const { log, onState } = this.#parts
    if (this.#isDown) return
    log.fault('journal.fault', new Fault('journal.append-failed', { count }, thrown))
    if (this.#parts.isPoison(thrown)) return
    this.#isDown = true
    onState(false)
  }
}
