import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { BENCHES } from '../../bench/benches.ts'
import { readKept, toPage } from '../../bench/benchmarks-page.ts'
import { report } from '../../support/load-report.ts'

const RUN = {
  ...{
    name: 'sip',
    at: '2026-03-03T12:00:00.000Z',
    size: 'full',
    version: '1.0.0',
    node: '24.0.0',
    machine: '2 × CPU, 8 GB'
  },
  ...{ seconds: 12, loadAverage: 0.2, command: 'npm run bench -- --only sip' }
}
const point = { what: '500/s, u1', offered: 10_000, failed: 0, p50: 0.4, p99: 7.2, cpuUsPerCall: 324, rssMb: 120 }

t.test('each figure stands beside its reference, with the ratio and the command that gives it', async t => {
  const figures = {
    points: [
      { ...point, subject: 'Callbox' },
      { ...point, subject: 'Kamailio tm', cpuUsPerCall: 81, p99: null }
    ]
  }
  const page = toPage([{ run: RUN, figures }])
  t.match(page, /^\| Callbox \| 500\/s, u1 \| 10000 \| 0 \| 0\.4 \/ 7\.2 ms \| 324 µs \| × 4\.0 \| 120 MB \|$/m)
  t.match(page, /0\.4 \/ lost ms/, 'what was lost is no number')
  t.match(page, /`npm run bench -- --only sip`, 2026-03-03 12:00 UTC, Callbox 1\.0\.0.*load average before it 0\.2\./)
})

t.test('the report of a load is a bench too, and a void one says so', async t => {
  const made = report({ generator: { ...report().generator, watchdog: 1 } })
  const page = toPage([{ run: { ...RUN, name: 'load-200' }, figures: JSON.parse(JSON.stringify(made)) }])
  t.match(page, /^\| bare pop \| 4\.0 \/ 6\.0 ms \|/m)
  t.match(page, /^\| calls, lost \| 300, 0 \| void: Times that SIPp itself stood still/m)
})

t.test('what was not run is said, and what was is kept from one time to the next', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  t.teardown(() => rm(folder, { recursive: true }))
  t.equal(toPage(await readKept(folder)).match(/Not run yet/g)?.length, BENCHES.length)
  await mkdir(join(folder, 'sip'))
  await writeFile(join(folder, 'sip/run.json'), JSON.stringify(RUN))
  await writeFile(join(folder, 'sip/load.json'), JSON.stringify({ points: [] }))
  t.equal(toPage(await readKept(folder)).match(/Not run yet/g)?.length, BENCHES.length - 1)
})
