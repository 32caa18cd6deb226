import { Fault, reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { SPOOL_SUFFIX, Spool, type SpoolLimits } from './spool.ts'

interface Parts {
  readonly folder: string
  /** Distinct among the processes that may share the folder. */
  readonly name: string
  /** Of all files together. */
  readonly limits: SpoolLimits
  /** A file is begun with this one's size, while PostgreSQL has not all that is in it. */
  readonly fileBytes?: number
  /** Keeps a file for this process, until it lets go. */
  readonly hold: (path: string) => Promise<() => Promise<void>>
  /** Bytes on disk, after each change. */
  readonly onSize: (bytes: number) => void
  readonly log: Log
}

interface SpoolFile {
  readonly spool: Spool
  readonly release: () => Promise<void>
  /** What is in it, or on its way there, and not in PostgreSQL yet. */
  outstanding: number
}

/** The share of the limit that one file takes. */
const FILES = 32
/** A disk that would not empty its spool is asked again after this long. */
const EMPTY_AGAIN_MS = 2_000

/**
 * The spool of this process, in files one after the other. Each is emptied as a whole, when PostgreSQL has all that is in
 * it; a PostgreSQL that is slow all the time always lacks something, but never of the older files for long.
 */
export class SpoolFiles {
  readonly #parts: Parts
  /** The last is written to. */
  readonly #files: SpoolFile[] = []
  #count = 0
  #isMaking = false
  #stopEmpty: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Where the next record goes. */
  get path(): string {
    return this.#files.at(-1)?.spool.path ?? ''
  }

  get bytes(): number {
    return this.#files.reduce((sum, { spool }) => sum + spool.bytes, 0)
  }

  /** Before anything is kept. Rejects when somebody else has the first file. */
  async start(): Promise<void> {
    this.#files.push(await this.#makeFile())
  }

  /** Makes the file of now, so that the first record does not wait for a busy disk. A disk that cannot says so then. */
  async prepare(): Promise<void> {
    await this.#files.at(-1)?.spool.prepare()
  }

  /** On the disk when it resolves, and as long as `written` has not; rejects with `spool.full` or `spool.failed`. */
  keep(text: string, written: Promise<unknown>): Promise<void> {
    const file = this.#files.at(-1)
    const { maxBytes } = this.#parts.limits
    if (file === undefined || this.bytes + Buffer.byteLength(text) > maxBytes) {
      return Promise.reject(new Fault('spool.full', { path: this.path, count: this.bytes }))
    }
    file.outstanding += 1
    const kept = file.spool.append(text)
    // What PostgreSQL never took stays in the file, for the next process.
    void Promise.allSettled([written, kept]).then(([inRecord]) => {
      if (inRecord.status === 'fulfilled') this.#done(file)
    })
    if (file.spool.bytes >= this.#fileBytes) this.#begin()
    return kept
  }

  async stop(): Promise<void> {
    this.#stopEmpty()
    for (const { spool, release } of this.#files.splice(0)) {
      await spool.stop()
      await release()
    }
  }

  get #fileBytes(): number {
    return this.#parts.fileBytes ?? this.#parts.limits.maxBytes / FILES
  }

  /** The next file; until it is there the one before takes more. */
  #begin(): void {
    if (this.#isMaking) return
    this.#isMaking = true
    this.#goOn()
      .catch(thrown => this.#fault(thrown))
      .finally(() => {
        this.#isMaking = false
      })
  }

  async #goOn(): Promise<void> {
    const file = await this.#makeFile()
    await file.spool.prepare()
    const before = this.#files.at(-1)
    this.#files.push(file)
    if (before?.outstanding === 0) this.#empty(before)
  }

  async #makeFile(): Promise<SpoolFile> {
    const { folder, name, limits, hold, onSize } = this.#parts
    this.#count += 1
    // In the order of their names, as they are read.
    const suffix = this.#count === 1 ? SPOOL_SUFFIX : `~${String(this.#count).padStart(6, '0')}${SPOOL_SUFFIX}`
    const spool = new Spool({ folder, name, suffix, limits, onSize: () => onSize(this.bytes) })
    return { spool, release: await hold(spool.path), outstanding: 0 }
  }

  #done(file: SpoolFile): void {
    file.outstanding -= 1
    if (file.outstanding === 0) this.#empty(file)
  }

  /** What PostgreSQL has must not fill the disk, nor look as if it were still to be written. */
  #empty(file: SpoolFile): void {
    file.spool
      .empty()
      .then(() => this.#drop(file))
      .catch(thrown => {
        this.#fault(thrown)
        this.#stopEmpty()
        this.#stopEmpty = after(EMPTY_AGAIN_MS, () => this.#emptyAll())
      })
  }

  #emptyAll(): void {
    for (const file of [...this.#files]) if (file.outstanding === 0) this.#empty(file)
  }

  /** A file that is behind goes with what was in it. */
  async #drop(file: SpoolFile): Promise<void> {
    if (file === this.#files.at(-1) || !this.#files.includes(file)) return
    this.#files.splice(this.#files.indexOf(file), 1)
    await file.spool.stop()
    await file.release()
  }

  #fault(thrown: unknown): void {
    const fault = thrown instanceof Fault ? thrown : new Fault('spool.failed', { reason: reasonOf(thrown) }, thrown)
    this.#parts.log.fault('journal.spool', fault)
  }
}
