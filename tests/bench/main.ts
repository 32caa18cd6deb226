/*
 * Every benchmark with its reference beside it, one after the other, and the page of their figures:
 * `npm run bench -- [options]`. About 20 minutes.
 *
 *   --only sip,sockets   these and no others; the page keeps what it has of the others, each with when and where
 *   --quick              small: whether they run, not what they reach; without --page nothing is written
 *   --page FILE          default docs/benchmarks.md
 *   --list               their names
 *
 * Figures are kept in report/bench/, those of a quick run in report/bench-quick/; the page is written when all that were
 * asked for have some.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { findSipp } from '../../src/load/sipp-load.ts'
import { reasonOf } from '../../src/operations/errors.ts'
import { ownVersion } from '../../src/operations/version.ts'
import { BENCHES, type Bench } from './benches.ts'
import { type Kept, readKept, toPage } from './benchmarks-page.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    page: { type: 'string' },
    list: { type: 'boolean', default: false }
  }
})
const size = values.quick ? 'quick' : 'full'
const FOLDER = values.quick ? 'report/bench-quick' : 'report/bench'
const runnable = BENCHES.filter(({ args }) => args !== undefined)
const wanted = values.only?.split(',') ?? runnable.map(({ name }) => name)
const unknown = wanted.filter(name => !runnable.some(bench => bench.name === name))
if (values.list || unknown.length > 0) {
  const names = runnable.map(({ name }) => name).join(', ')
  process.stderr.write(unknown.length > 0 ? `no such bench: ${unknown.join(', ')}; there are ${names}\n` : `${names}\n`)
  process.exit(unknown.length > 0 ? 2 : 0)
}
await findSipp('udp').catch(thrown => {
  process.stderr.write(`${reasonOf(thrown)}\nWhat to do: apt-get install sip-tester\n`)
  process.exit(69)
})

const startedAt = performance.now()
const broken: string[] = []
const chosen = runnable.filter(({ name }) => wanted.includes(name))
for (const [at, bench] of chosen.entries()) {
  process.stdout.write(`\n== ${at + 1} of ${chosen.length}, ${minutes()}: ${bench.name}, ${bench.title}\n`)
  await run(bench).catch(thrown => {
    broken.push(bench.name)
    process.stderr.write(`${bench.name}: ${reasonOf(thrown)}\n`)
  })
}
process.stdout.write(`\n${minutes()} in all\n`)
if (broken.length > 0) {
  // Half a page of figures is no page; what the others reached is kept.
  process.stderr.write(
    `no figures: ${broken.join(', ')}. The page is as it was; npm run bench -- --only ${broken.join(',')}\n`
  )
  process.exit(1)
}
const page = values.page ?? (values.quick ? undefined : 'docs/benchmarks.md')
if (page !== undefined) {
  const before = await readFile(page, 'utf8').catch(() => '')
  await writeFile(page, toPage(await readKept(FOLDER), before))
  process.stdout.write(`written: ${page}\n`)
}

async function run({ name, args, ends = [0] }: Bench): Promise<void> {
  const folder = `${FOLDER}/${name}`
  // What an earlier run left here must not be taken for this one's.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const began = performance.now()
  const before: Omit<Kept, 'name' | 'seconds'> = {
    ...{ at: new Date().toISOString(), size, version: await ownVersion(), node: process.versions.node },
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GB`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    command: `npm run bench -- --only ${name}${values.quick ? ' --quick' : ''}`
  }
  const child = spawn(process.execPath, [...(args?.(size, `${folder}/load.json`) ?? [])], { stdio: 'inherit' })
  const code = await new Promise<number>(done => child.on('close', ended => done(ended ?? -1)))
  if (!ends.includes(code)) throw new Error(`it ended with ${code}`)
  const seconds = Math.round((performance.now() - began) / 1_000)
  await writeFile(`${folder}/run.json`, `${JSON.stringify({ name, ...before, seconds }, null, 1)}\n`)
}

function minutes(): string {
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`
}
