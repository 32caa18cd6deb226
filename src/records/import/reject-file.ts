import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { toCsv } from './csv-reader.ts'

/** Written; what is more is counted only, and said in the last line. */
export const MAX_REJECTS = 100_000

/**
 * The rows of one file that were not taken: line and reason, nothing of what stood there, since that may be of a
 * person. Made with the first; the one of an earlier run is replaced.
 */
export class RejectFile {
  readonly path: string
  #file: WriteStream | undefined
  #count = 0

  constructor(path: string) {
    this.path = path
  }

  get count(): number {
    return this.#count
  }

  async add(line: number, reason: string): Promise<void> {
    this.#count += 1
    if (this.#count > MAX_REJECTS) return
    const file = this.#file ?? (await this.#open())
    if (!file.write(toCsv([line, reason]))) await once(file, 'drain')
  }

  /** All is on the disk, or rejects with what the file system says. */
  async close(): Promise<void> {
    const file = this.#file
    if (file === undefined) {
      await rm(this.path, { force: true })
      return
    }
    if (this.#count > MAX_REJECTS) file.write(toCsv(['', `${this.#count - MAX_REJECTS} more are not listed`]))
    file.end()
    await finished(file)
  }

  async #open(): Promise<WriteStream> {
    await mkdir(dirname(this.path), { recursive: true })
    const file = createWriteStream(this.path, { mode: 0o600 })
    // Told by close().
    file.on('error', () => {})
    file.write(toCsv(['line', 'reason']))
    this.#file = file
    return file
  }
}
