import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Spool } from '../../../src/journal/spool.ts'
import { readRecords } from '../../../src/journal/spool-record.ts'

const DISK = 'size=256k'
const FILLER_BYTES = 128 * 1024

t.test(
  'a disk that fills up in the middle of a write hides nothing that is written when it has room again',
  async t => {
    const folder = await mkdtemp(join(tmpdir(), 'callbox-disk-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', folder])
    if (mounted.status !== 0) return void t.pass('', { skip: 'no small disk can be mounted here' })
    t.teardown(() => spawnSync('umount', ['-l', folder]))
    const filler = join(folder, 'filler')
    await writeFile(filler, Buffer.alloc(FILLER_BYTES))
    const limits = { maxBytes: 10_000_000, maxWaiting: 100 }
    const spool = new Spool({ folder, name: 'a', limits, onSize: () => {} })
    const kept: string[] = []
    let refusals = 0
    for (let n = 0; n < 30; n++) {
      const text = `${n}:${'x'.repeat(10_000)}`
      if (n === 20) await rm(filler)
      await spool.append(text).then(
        () => kept.push(text),
        thrown => {
          t.equal(thrown.code, 'spool.failed')
          refusals += 1
        }
      )
    }
    t.ok(refusals > 0, 'the disk was full for a while')
    t.ok(kept.length > 12, 'and then not')
    const { texts, damaged } = readRecords(await readFile(spool.path))
    t.same({ texts, damaged }, { texts: kept, damaged: 0 })
    await spool.stop()
  }
)
