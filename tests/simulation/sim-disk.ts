import { running, type SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

interface Entry {
  bytes: Buffer
  /** What outlives a power cut. */
  syncedBytes: number
  isNameSynced: boolean
}

export type DiskState = 'good' | 'full' | 'slow' | 'failing'

const PROGRAM = '{"version":"simulated"}'
const TYPICAL_MS = 0.4
const SLOW_MS = 1_500

/**
 * The files of one machine. They outlive a process; a power cut takes what was not synced, and leaves what was being
 * written torn. Full, it takes part of a write and then none.
 */
export class SimDisk {
  state: DiskState = 'good'
  readonly #files = new Map<string, Entry>()
  readonly #random: WorldRandom
  readonly #holders = new Set<SimProcess>()

  constructor(random: WorldRandom) {
    this.#random = random
  }

  /** Bytes in spools that are still there. */
  get spooledBytes(): number {
    return [...this.#files].reduce((sum, [name, { bytes }]) => sum + (name.includes('/spool/') ? bytes.length : 0), 0)
  }

  /** Processes of this machine that live. */
  holders(): SimProcess[] {
    return [...this.#holders].filter(holder => holder.state !== 'dead')
  }

  attach(process: SimProcess): void {
    this.#holders.add(process)
  }

  powerCut(): void {
    for (const [name, entry] of this.#files) {
      if (!entry.isNameSynced) this.#files.delete(name)
      const kept = this.#random.between(entry.syncedBytes, Math.max(entry.syncedBytes, entry.bytes.length))
      entry.bytes = entry.bytes.subarray(0, kept)
      entry.syncedBytes = kept
    }
  }

  readonly mkdir = async (): Promise<void> => this.#work(() => {})

  readonly readdir = (folder: string): Promise<string[]> =>
    this.#work(() =>
      [...this.#files.keys()].flatMap(name => (name.startsWith(`${folder}/`) ? [name.slice(folder.length + 1)] : []))
    )

  /** A file of the program itself is asked for by its address, and is the same on every machine. */
  readonly readFile = (name: string | URL, encoding?: string): Promise<Buffer | string> =>
    this.#work(() => {
      if (typeof name !== 'string') return PROGRAM
      const { bytes } = this.#entry(name)
      return encoding === undefined ? Buffer.from(bytes) : bytes.toString('utf8')
    })

  /** What is written so is small, and there after a crash only as far as it was renamed. */
  readonly writeFile = (name: string, text: string): Promise<void> =>
    this.#work(() => {
      if (this.state === 'full') throw errno('ENOSPC')
      if (this.state === 'failing') throw errno('EIO')
      const bytes = Buffer.from(text)
      this.#files.set(name, { bytes, syncedBytes: bytes.length, isNameSynced: true })
    })

  readonly unlink = (name: string): Promise<void> => this.#work(() => void this.#files.delete(name))

  readonly rename = (from: string, to: string): Promise<void> =>
    this.#work(() => {
      this.#files.set(to, this.#entry(from))
      this.#files.delete(from)
    })

  readonly open = (name: string, flags: string) =>
    this.#work(() => {
      if (flags === 'r') return this.#folderHandle(name)
      if (this.state === 'failing') throw errno('EIO')
      const entry = this.#files.get(name) ?? { bytes: Buffer.alloc(0), syncedBytes: 0, isNameSynced: false }
      this.#files.set(name, entry)
      return this.#fileHandle(entry)
    })

  #folderHandle(folder: string) {
    const sync = () =>
      this.#work(() => {
        for (const [name, entry] of this.#files) if (name.startsWith(`${folder}/`)) entry.isNameSynced = true
      })
    return { sync, close: () => this.#work(() => {}) }
  }

  #fileHandle(entry: Entry) {
    return {
      write: (bytes: Buffer, at: number, length: number) =>
        this.#work(() => {
          const isShort = this.state === 'full'
          const taken = isShort ? this.#random.between(0, length - 1) : length
          entry.bytes = Buffer.concat([entry.bytes, bytes.subarray(at, at + taken)])
          if (this.state === 'failing') throw errno('EIO')
          if (isShort && taken === 0) throw errno('ENOSPC')
          return { bytesWritten: taken }
        }),
      datasync: () =>
        this.#work(() => {
          if (this.state === 'failing') throw errno('EIO')
          entry.syncedBytes = entry.bytes.length
        }),
      truncate: (length: number) =>
        this.#work(() => {
          if (this.state === 'failing') throw errno('EIO')
          entry.bytes = entry.bytes.subarray(0, length)
          entry.syncedBytes = Math.min(entry.syncedBytes, length)
        }),
      close: () => this.#work(() => {})
    }
  }

  #entry(name: string): Entry {
    const entry = this.#files.get(name)
    if (entry === undefined) throw errno('ENOENT')
    return entry
  }

  /** What a system call does happens at once or not at all for a process that dies meanwhile. */
  #work<T>(run: () => T): Promise<T> {
    const owner = running.getStore()
    if (owner === undefined) throw new Error('a disk belongs to processes')
    const typical = this.state === 'slow' ? SLOW_MS : TYPICAL_MS
    return new Promise((done, failed) => {
      owner.time.schedule(owner, this.#random.delayMs(typical), () => {
        try {
          done(run())
        } catch (thrown) {
          failed(thrown)
        }
      })
    })
  }
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code })
}
