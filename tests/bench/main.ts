/*
 * Every benchmark with its reference beside it, one after the other, and the page of their figures:
 * `npm run bench -- [options]`.
 *
 *   --only sip,sockets   these and no others; the page keeps the figures it has of the others
 *   --quick              small: whether they run, not what they reach; without --page nothing is written
 *   --page FILE          default docs/benchmarks.md
 *
 * Figures are kept in report/bench/; the page is written when all that were asked for have some.
 */
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { ownVersion } from '../../src/operations/version.ts'
import { BENCHES, type Bench } from './benches.ts'
import { type Kept, readKept, toPage } from './benchmarks-page.ts'

const FOLDER = 'report/bench'
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    page: { type: 'string' }
  }
})
const wanted = values.only?.split(',') ?? BENCHES.map(({ name }) => name)
const unknown = wanted.filter(name => !BENCHES.some(bench => bench.name === name))
if (unknown.length > 0) {
  process.stderr.write(
    `no such bench: ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}\n`
  )
  process.exit(2)
}
const size = values.quick ? 'quick' : 'full'
for (const bench of BENCHES.filter(({ name }) => wanted.includes(name))) {
  process.stdout.write(`\n== ${bench.title}\n`)
  await run(bench)
}
const page = values.page ?? (values.quick ? undefined : 'docs/benchmarks.md')
if (page !== undefined) {
  await writeFile(page, toPage(await readKept(FOLDER)))
  process.stdout.write(`\nwritten: ${page}\n`)
}

/** A bench that breaks ends all of it: half a page of figures is no page. */
async function run(bench: Bench): Promise<void> {
  const folder = `${FOLDER}/${bench.name}`
  await mkdir(folder, { recursive: true })
  const before: Omit<Kept, 'name'> = {
    ...{ at: new Date().toISOString(), size, version: await ownVersion(), node: process.versions.node },
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GB`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    command: `npm run bench -- --only ${bench.name}${values.quick ? ' --quick' : ''}`
  }
  const child = spawn(process.execPath, [...bench.args(size, `${folder}/load.json`)], { stdio: 'inherit' })
  const code = await new Promise<number>(done => child.on('close', ended => done(ended ?? -1)))
  if (!bench.ends.includes(code)) throw new Error(`${bench.name} ended with ${code}; the page is as it was`)
  await writeFile(`${folder}/run.json`, `${JSON.stringify({ name: bench.name, ...before }, null, 1)}\n`)
}
