import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, reasonOf } from '../operations/errors.ts'
import { MAX_RECORD_BYTES, toRecord } from './spool-record.ts'

export interface SpoolLimits {
  /** Bytes on disk; one record more is refused. */
  readonly maxBytes: number
  /** Records waiting for the disk; one more is refused, as a disk that stands still must not fill memory. */
  readonly maxWaiting: number
}

interface Waiting {
  readonly record: Buffer
  readonly written: () => void
  readonly refused: (why: unknown) => void
}

interface Parts {
  readonly folder: string
  /** Distinct among the processes that may share the folder. */
  readonly name: string
  readonly suffix?: string
  readonly limits: SpoolLimits
  /** Bytes on disk, after each change. */
  readonly onSize: (bytes: number) => void
}

export const SPOOL_SUFFIX = '.spool'
/** It holds callers' numbers: nobody but the gateway's own user reads it. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/**
 * A file of this process's own for what PostgreSQL could not take: each text is on the disk (fdatasync) when `append`
 * resolves. Texts that come while the disk is busy go together in its next write. Emptied as a whole.
 */
export class Spool {
  readonly #parts: Parts
  readonly #waiting: Waiting[] = []
  #file: FileHandle | undefined
  #bytes = 0
  #turn: Promise<void> = Promise.resolve()
  #isTurning = false
  #isStopped = false
  /** A write was begun and not ended: there may be more in the file than `#bytes`. */
  #isTorn = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get path(): string {
    const { folder, name, suffix = SPOOL_SUFFIX } = this.#parts
    return join(folder, `${name}${suffix}`)
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Makes the file before it is needed: a busy disk may take seconds for a new file and its name, which the first calls
   * without PostgreSQL do not have. What fails here is tried again, and told, with the first of them.
   */
  async prepare(): Promise<void> {
    await this.#inTurn(async () => {
      this.#file ??= await this.#open()
    }).catch(() => undefined)
  }

  /** Rejects with `spool.full` or `spool.failed`; then the text is not kept. */
  append(text: string): Promise<void> {
    const { maxBytes, maxWaiting } = this.#parts.limits
    const record = toRecord(text)
    if (this.#isStopped) return Promise.reject(new Fault('spool.failed', { reason: 'stopped' }))
    const isTooLarge = record.length > MAX_RECORD_BYTES
    if (isTooLarge || this.#bytes + record.length > maxBytes || this.#waiting.length >= maxWaiting) {
      return Promise.reject(new Fault('spool.full', { path: this.path, count: this.#bytes }))
    }
    return new Promise((written, refused) => {
      this.#waiting.push({ record, written, refused })
      this.#begin()
    })
  }

  /** Everything in it is in PostgreSQL by now; what is still waiting stays. */
  empty(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#bytes === 0 && !this.#isTorn) return
      await this.#file?.truncate(0)
      this.#isTorn = false
      this.#grown(-this.#bytes)
    })
  }

  /** After what is waiting is on the disk. An empty file goes. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#inTurn(async () => {
      await this.#file?.close()
      // Where this process was taken for dead, another has read the file and put it away.
      if (this.#file !== undefined && this.#bytes === 0) await rm(this.path, { force: true })
      this.#file = undefined
    })
  }

  #begin(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    void this.#inTurn(async () => {
      this.#isTurning = false
      await this.#write(this.#waiting.splice(0))
    })
  }

  /** One thing at a time on the file, in the order asked for. Never rejects for those who come after. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    // Its own caller has `done` and the failure; the next in turn must not inherit it.
    this.#turn = done.catch(() => {})
    return done
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(batch.map(({ record }) => record))
    try {
      this.#file ??= await this.#open()
      await this.#mend(this.#file)
      this.#isTorn = true
      await writeWhole(this.#file, bytes)
      await this.#file.datasync()
      this.#isTorn = false
      this.#grown(bytes.length)
      for (const { written } of batch) written()
    } catch (thrown) {
      const why = new Fault('spool.failed', { reason: reasonOf(thrown) }, thrown)
      for (const { refused } of batch) refused(why)
    }
  }

  /** Half a batch on the disk would hide the records behind it from whoever reads the file. */
  async #mend(file: FileHandle): Promise<void> {
    if (!this.#isTorn) return
    await file.truncate(this.#bytes)
    this.#isTorn = false
  }

  async #open(): Promise<FileHandle> {
    await mkdir(this.#parts.folder, { recursive: true, mode: FOLDER_MODE })
    const file = await open(this.path, 'a', FILE_MODE)
    // The name of a new file must outlive a power cut as well as its bytes.
    const folder = await open(this.#parts.folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
    return file
  }

  #grown(by: number): void {
    this.#bytes += by
    this.#parts.onSize(this.#bytes)
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}
