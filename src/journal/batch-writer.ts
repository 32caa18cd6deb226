import { Fault } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'

export interface BatchLimits {
  /** Rows in one write. */
  readonly maxBatch: number
  /** Rows held while the store is slow or away; one more is refused. */
  readonly maxPending: number
  /** Pause after a failed write, doubled each time up to `maxRetryMs`. */
  readonly firstRetryMs: number
  readonly maxRetryMs: number
}

export const BATCH_LIMITS: BatchLimits = { maxBatch: 200, maxPending: 50_000, firstRetryMs: 25, maxRetryMs: 500 }

interface Row<T> {
  readonly value: T
  readonly written: () => void
  readonly refused: (why: unknown) => void
}

interface Parts<T> {
  /** Writes all rows or none; must be idempotent, because a lost answer is written again. */
  readonly write: (rows: readonly T[]) => Promise<void>
  /** True when the row itself can never be written, whoever asks: it must not hold up the others. */
  readonly isPoison: (thrown: unknown) => boolean
  readonly onFault: (thrown: unknown, rows: number) => void
  /** A row that was refused twice by itself, and goes. Resolves when it is kept elsewhere, rejects when it is not. */
  readonly onPoison: (value: T, thrown: unknown) => Promise<void>
  readonly limits?: Partial<BatchLimits>
}

/**
 * Group commit: rows that arrive while a write is under way go together in the next. One write at a time, in order.
 * A failed write is tried again until the store is back; a row that no store would take is dropped alone, and said.
 */
export class BatchWriter<T> {
  readonly #parts: Parts<T>
  readonly #limits: BatchLimits
  readonly #pending: Row<T>[] = []
  #writing = false
  #stopped = false
  #failures = 0
  #wake: Stop = () => {}
  #idle: (() => void)[] = []

  constructor(parts: Parts<T>) {
    this.#parts = parts
    this.#limits = { ...BATCH_LIMITS, ...parts.limits }
  }

  get pending(): number {
    return this.#pending.length
  }

  isFull(): boolean {
    return this.#pending.length >= this.#limits.maxPending
  }

  /** Resolves when the row is written; rejects when it never can be, or when `stop` gave up on it. Check `isFull` first. */
  add(value: T): Promise<void> {
    if (this.#stopped) return Promise.reject(notWritten())
    return new Promise((written, refused) => {
      this.#pending.push({ value, written, refused })
      this.#begin()
    })
  }

  /** Writes what is pending within `deadlineMs`, refuses the rest. */
  async stop(deadlineMs = 3_000): Promise<void> {
    if (this.#pending.length > 0 || this.#writing) {
      const idle = new Promise<void>(resolve => this.#idle.push(resolve))
      const giveUp = after(deadlineMs, () => this.#goIdle())
      await idle
      giveUp()
    }
    this.#stopped = true
    this.#wake()
    for (const row of this.#pending.splice(0)) row.refused(notWritten())
  }

  #begin(): void {
    if (this.#writing || this.#stopped) return
    this.#writing = true
    // One turn of the loop later, so that all that one tick brings goes together.
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    const rows = this.#pending.splice(0, this.#limits.maxBatch)
    this.#write(rows).then(
      () => this.#next(0),
      thrown => {
        this.#pending.unshift(...rows)
        this.#failures += 1
        this.#parts.onFault(thrown, this.#pending.length)
        this.#next(Math.min(this.#limits.firstRetryMs * 2 ** (this.#failures - 1), this.#limits.maxRetryMs))
      }
    )
  }

  async #write(rows: readonly Row<T>[]): Promise<void> {
    if (rows.length === 0) return
    try {
      await this.#parts.write(rows.map(row => row.value))
    } catch (thrown) {
      if (!this.#parts.isPoison(thrown)) throw thrown
      await this.#split(rows)
      return
    }
    this.#failures = 0
    for (const row of rows) row.written()
  }

  /** Halves a batch that holds a poisoned row until the row stands alone, which then has one more try. */
  async #split(rows: readonly Row<T>[]): Promise<void> {
    const [row] = rows
    if (row === undefined) return
    if (rows.length === 1) {
      await this.#last(row)
      return
    }
    const half = rows.length >> 1
    await this.#write(rows.slice(0, half))
    await this.#write(rows.slice(half))
  }

  async #last(row: Row<T>): Promise<void> {
    try {
      await this.#parts.write([row.value])
      row.written()
    } catch (thrown) {
      if (!this.#parts.isPoison(thrown)) throw thrown
      await this.#parts.onPoison(row.value, thrown).then(row.written, row.refused)
    }
  }

  #next(pauseMs: number): void {
    this.#writing = false
    if (this.#pending.length === 0) this.#goIdle()
    else if (pauseMs === 0) this.#begin()
    else if (!this.#stopped) {
      this.#writing = true
      this.#wake = after(pauseMs, () => this.#flush())
    }
  }

  #goIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function notWritten(): Fault {
  return new Fault('record.away', {}, new Error('stopped before it was written'))
}
