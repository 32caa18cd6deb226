import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type pg from 'pg'
import { Fault, reasonOf } from '../../operations/errors.ts'
import type { RowNote } from './crime-row.ts'
import {
  type BatchCounts,
  endRun,
  type ImportRun,
  openRun,
  type Refusal,
  refusalsOf,
  writeBatch
} from './import-runs.ts'
import { checksumOf, type FileRow, rowsOf } from './record-file.ts'
import type { RejectFile } from './reject-file.ts'

/** What a reader says of one row of a file. */
export type Taken<T> =
  | { readonly kind: 'row'; readonly row: T; readonly notes: readonly RowNote[] }
  | { readonly kind: 'tombstone'; readonly recordKey: string }
  | { readonly kind: 'bad'; readonly reason: string }
  /** Of a CSV's head. */
  | { readonly kind: 'head' }

/** One row to write, or a key to take away, with the line it came from. */
export type Entry<T> =
  | { readonly line: number; readonly key: string; readonly row: T }
  | { readonly line: number; readonly key: string; readonly row?: never }

/** How the rows of a kind are read and written. */
export interface RecordImport<T> {
  /** A reader for one file from its first row; `asOf` is when this file was first seen. */
  readonly makeReader: (asOf: number) => (row: FileRow) => Taken<T>
  readonly keyOf: (row: T) => string
  /** Makes entries whose keys differ ready, while those before them are written still, and gives who writes them. */
  readonly write: (entries: readonly Entry<T>[]) => (client: pg.ClientBase) => Promise<BatchCounts>
  readonly rowsAtOnce: number
}

export interface FileToImport {
  readonly path: string
  readonly kind: string
  readonly force: string
  readonly source: string
  /** Also where it is done already. */
  readonly again: boolean
}

export interface FileProgress {
  readonly step: 'checking' | 'reading'
  readonly bytes: number
  readonly size: number
  readonly rows: number
}

export interface ImportParts {
  readonly client: pg.ClientBase
  readonly signal: AbortSignal
  readonly now: () => number
  readonly onProgress: (progress: FileProgress) => void
}

export interface FileReport {
  /** `already`: this very file was done before, and nothing was read. `stopped`: the next run goes on from here. */
  readonly result: 'done' | 'already' | 'stopped'
  /** Rows of the file, good and bad, its head not counted. */
  readonly rows: number
  readonly rejected: number
  readonly notes: Readonly<Partial<Record<RowNote, number>>>
  readonly run: Pick<ImportRun, 'added' | 'changed' | 'removed'>
  /** Rows that an earlier run had done. */
  readonly before: number
}

/**
 * Imports one file: reads it from its first row, so that the keys and the rejects are the same each time, and writes
 * from where an earlier run of the same file came to. While one batch is written the next is read. Rejects with
 * `import.unreadable` for the file, else as the record does; what was written by then stays, and is passed over next
 * time.
 */
export async function importFile<T>(
  file: FileToImport,
  kind: RecordImport<T>,
  rejects: RejectFile,
  parts: ImportParts
): Promise<FileReport> {
  const { client, signal, now, onProgress } = parts
  const { size, checksum } = await identify(file.path, signal)
  onProgress({ step: 'checking', bytes: size, size, rows: 0 })
  const { path, again } = file
  const run = await openRun(client, { ...file, checksum }, { name: basename(path), bytes: size, now: now(), again })
  if (run.doneAt !== undefined) {
    return { result: 'already', rows: run.rowsDone, rejected: 0, notes: {}, run, before: run.rowsDone }
  }
  for (const { line, reason } of await refusalsOf(client, run.runId)) await rejects.add(line, reason)
  const reading = new Reading(kind, run, rejects, parts)
  await reading.readAll(path, size)
  const report = reading.report()
  if (signal.aborted) return { ...report, result: 'stopped', before: run.rowsDone }
  const ended = await endRun(client, run.runId, now())
  return { ...report, run: ended, result: 'done', before: run.rowsDone }
}

async function identify(path: string, signal: AbortSignal): Promise<{ size: number; checksum: string }> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new Error('it is no file')
    return { size: found.size, checksum: await checksumOf(path, signal) }
  } catch (thrown) {
    signal.throwIfAborted()
    throw new Fault('import.unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}

class Reading<T> {
  readonly #kind: RecordImport<T>
  readonly #run: ImportRun
  readonly #rejects: RejectFile
  readonly #parts: ImportParts
  readonly #read: (row: FileRow) => Taken<T>
  readonly #notes: Partial<Record<RowNote, number>> = {}
  readonly #sums: { added: number; changed: number; removed: number }
  #rows = 0
  #entries: Entry<T>[] = []
  readonly #keys = new Set<string>()
  #writing: Promise<readonly Refusal[]> = Promise.resolve([])

  constructor(kind: RecordImport<T>, run: ImportRun, rejects: RejectFile, parts: ImportParts) {
    this.#kind = kind
    this.#run = run
    this.#rejects = rejects
    this.#parts = parts
    this.#read = kind.makeReader(run.firstAt)
    this.#sums = { added: run.added, changed: run.changed, removed: run.removed }
  }

  report(): Omit<FileReport, 'result' | 'before'> {
    return { rows: this.#rows, rejected: this.#rejects.count, notes: this.#notes, run: this.#sums }
  }

  async readAll(path: string, size: number): Promise<void> {
    const { signal, onProgress } = this.#parts
    try {
      for await (const { rows, bytes } of this.#pieces(path)) {
        for (const row of rows) {
          const waiting = this.#take(row)
          if (waiting !== undefined) await waiting
        }
        onProgress({ step: 'reading', bytes, size, rows: this.#rows })
        if (signal.aborted) break
      }
      if (!signal.aborted) await this.#flush()
    } finally {
      // Whatever ends the reading: no batch is left half-way behind it.
      await this.#settle()
    }
  }

  async *#pieces(path: string): ReturnType<typeof rowsOf> {
    try {
      yield* rowsOf(path)
    } catch (thrown) {
      throw new Fault('import.unreadable', { path, reason: reasonOf(thrown) }, thrown)
    }
  }

  /** Most rows wait for nothing: a promise for each of a million would take as long as reading them. */
  #take(row: FileRow): Promise<void> | undefined {
    const taken = this.#read(row)
    if (taken.kind === 'head') return undefined
    this.#rows += 1
    if (taken.kind === 'bad') return this.#rejects.add(row.line, taken.reason)
    const isTombstone = taken.kind === 'tombstone'
    const key = isTombstone ? taken.recordKey : this.#kind.keyOf(taken.row)
    if (!isTombstone) for (const note of taken.notes) this.#notes[note] = (this.#notes[note] ?? 0) + 1
    if (this.#rows <= this.#run.rowsDone) return undefined
    const entry = isTombstone ? { line: row.line, key } : { line: row.line, key, row: taken.row }
    if (!this.#keys.has(key)) {
      this.#keys.add(key)
      this.#entries.push(entry)
      return this.#entries.length < this.#kind.rowsAtOnce ? undefined : this.#flush()
    }
    // The same record again: what comes later in the file holds.
    return this.#flush(this.#rows - 1).then(() => {
      this.#keys.add(key)
      this.#entries.push(entry)
    })
  }

  async #flush(rowsDone = this.#rows): Promise<void> {
    const write = this.#kind.write(this.#entries)
    this.#entries = []
    this.#keys.clear()
    await this.#settle()
    const { client } = this.#parts
    this.#writing = writeBatch(client, { runId: this.#run.runId, rowsDone }, () => write(client)).then(
      ({ added, changed, removed, refused }) => {
        this.#sums.added += added
        this.#sums.changed += changed
        this.#sums.removed += removed
        return refused
      }
    )
    // Asked for at the next batch; until then a failure is nobody's.
    this.#writing.catch(() => undefined)
  }

  async #settle(): Promise<void> {
    const refused = await this.#writing
    this.#writing = Promise.resolve([])
    for (const { line, reason } of refused) await this.#rejects.add(line, reason)
  }
}
