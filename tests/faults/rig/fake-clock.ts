import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The wall clock of one process, moved while it runs (Debian's libfaketime); its monotonic clock stays right. */
export class FakeClock {
  readonly #file: string
  readonly environment: Readonly<Record<string, string>>

  private constructor(file: string, library: string) {
    this.#file = file
    this.environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1'
    }
  }

  static async make(folder: string, name: string): Promise<FakeClock> {
    const file = join(folder, `${name}.clock`)
    const clock = new FakeClock(file, await library())
    await clock.set('+0')
    return clock
  }

  /** As faketime reads it: `-3600` is an hour back, `+0 x1.01` runs one in a hundred too fast. */
  async set(offset: string): Promise<void> {
    await writeFile(this.#file, `${offset}\n`)
  }
}

async function library(): Promise<string> {
  for (const machine of await readdir('/usr/lib')) {
    const path = join('/usr/lib', machine, 'faketime', 'libfaketimeMT.so.1')
    if (existsSync(path)) return path
  }
  throw new Error('this row moves clocks and needs faketime: apt-get install faketime')
}
