import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { planCalls } from '../../../src/load/plan.ts'
import { SippLoad } from '../../../src/load/sipp-load.ts'
import { demoSite } from '../../../src/load/site.ts'
import { startSippServer } from '../../../src/simulator/sipp-server.ts'

const MIX = { name: 'plain', emergency: 1, withLocation: 0, withheld: 0, abandoned: 1, repeat: 0, ringAll: 0 }
const CPS = 20

t.test('a disk that fills while calls are placed ends the load: what was lost could not be told any more', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-load-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder])
  if (mounted.status !== 0) return void t.pass('', { skip: 'no small disk can be mounted here' })
  t.teardown(() => spawnSync('umount', ['-l', folder]))
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  const server = await startSippServer()
  t.teardown(() => server.stop())
  const { ringLeg: _, ...site } = demoSite(1)
  const load = (calls: number, onLine: () => void) => {
    const plan = planCalls({ calls, mix: MIX, desks: 1, holdMs: 50, acks: 'at-once', seed: 7 })
    return new SippLoad({
      ...{ plan, site, rate: { calls: CPS, periodMs: 1_000 }, transport: 'udp', from: undefined, tls: undefined },
      ...{ to: { host: '127.0.0.1', port: server.port }, onLine }
    })
  }
  await t.rejects(load(10_000, () => {}).run(), { code: 'load.no-room', message: /SIPp's log takes 33 MB there/ })
  let lines = 0
  const running = load(2_000, () => {
    lines += 1
    // Somebody else's file: as much as there is room for.
    if (lines === 1) writeFile(join(folder, 'filler'), Buffer.alloc(32 * 1024 * 1024)).catch(() => {})
  }).run()
  await t.rejects(running, { code: 'load.no-room', message: /it filled while calls were placed/ })
  t.ok(lines > 0 && lines < 2_000, 'in the middle of it')
  t.same(await readdir(folder), ['filler'], 'and leaves nothing there itself')
})
