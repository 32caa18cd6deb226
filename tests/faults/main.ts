/*
 * The fault suite: `npm run faults -- [options]`. Each row does one fault to real processes under load, several times,
 * and judges what the switch and the screens saw. See docs/fault-suite.md.
 *
 *   --rows F01,F07   only these; `--list` says which there are
 *   --runs 3         so often each
 *   --seed N         the first run's seed; each next one is one more. Without it: another one each time
 *   --calls 300      calls of each run, at least
 *   --rate 50        calls a second
 *   --minutes 20     how long the row `storm` lasts, which runs only when it is named
 *   --other-revision REV   the version the row `F34-mixed` upgrades from; named too. Default: the last tag, else the
 *                    commit before the last one that changed src
 *   --json FILE      the results also as JSON; default report/faults.json
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { inMs } from '../../src/simulator/percentiles.ts'
import { findingsOf, type RowResult, toFindings, toJson, toTable, verdictOf } from './report.ts'
import { startStores } from './rig/stores-ready.ts'
import type { Row } from './row.ts'
import { ROWS, specialRows } from './rows.ts'
import { type RunResult, runRow } from './run-row.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string' },
    calls: { type: 'string', default: '300' },
    rate: { type: 'string', default: '50' },
    minutes: { type: 'string', default: '20' },
    'other-revision': { type: 'string' },
    json: { type: 'string', default: 'report/faults.json' },
    list: { type: 'boolean', default: false }
  }
})

const abort = new AbortController()
const say = (text: string) => process.stderr.write(`${text}\n`)
process.on('SIGINT', () => {
  if (abort.signal.aborted) process.exit(130)
  say('ending; once more ends at once')
  abort.abort()
})

const special = specialRows({ minutes: Number(values.minutes), otherRevision: values['other-revision'], say })

if (values.list)
  for (const { id, fault, promise } of [...ROWS, ...special])
    process.stdout.write(`${id.padEnd(12)} ${fault}: ${promise}\n`)
else process.exitCode = await runAll(chosen(values.rows))

async function runAll(rows: readonly Row[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-faults-'))
  say('starting PostgreSQL and Redis …')
  const stores = await startStores(folder)
  const results: RowResult[] = []
  try {
    let seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
    for (const row of rows) {
      const runs: RunResult[] = []
      const notRun: { seed: number; why: string }[] = []
      for (let run = 1; run <= Number(values.runs) && !abort.signal.aborted; run++, seed++) {
        say(`${row.id} run ${run} of ${values.runs}, seed ${seed}: ${row.fault}`)
        try {
          const load = { calls: Number(values.calls), rate: Number(values.rate) }
          const result = await runRow({
            row,
            seed,
            ...load,
            stores,
            say: text => say(`  ${text}`),
            signal: abort.signal
          })
          runs.push(result)
          say(`  ${inWords(result)}`)
          if (result.breaches.length > 0) say(findingsOf(row, result))
        } catch (thrown) {
          const why = thrown instanceof Error ? thrown.message : String(thrown)
          notRun.push({ seed, why })
          say(`  not run: ${thrown instanceof Error ? thrown.stack : why}`)
        }
      }
      results.push({ row, runs, notRun })
      await write(results)
    }
  } finally {
    await stores.stop()
    await rm(folder, { recursive: true, force: true })
  }
  process.stdout.write(`${toTable(results)}\n${toFindings(results)}`)
  return results.every(result => verdictOf(result) === 'holds') ? 0 : 1
}

function inWords({
  calls,
  accepted,
  lost,
  doubled,
  before,
  window,
  recoveryMs,
  faultMs,
  notes,
  breaches
}: RunResult): string {
  const told = [
    `${calls} calls, ${accepted} answered, ${lost} lost, ${doubled} doubled`,
    `pop p99 ${inMs(before.at(99))} ms before, ${inMs(window.at(99))} ms while it lasted (${(faultMs / 1_000).toFixed(1)} s)`,
    `whole ${(recoveryMs / 1_000).toFixed(1)} s after`,
    ...notes
  ]
  return `${breaches.length === 0 ? 'holds' : 'BROKEN'}: ${told.join('; ')}`
}

/** After each row, so that a run that is cut short leaves what it found. */
async function write(results: readonly RowResult[]): Promise<void> {
  await mkdir(dirname(values.json), { recursive: true })
  await writeFile(values.json, `${JSON.stringify(toJson(results), null, 2)}\n`)
}

function chosen(list: string | undefined): readonly Row[] {
  if (list === undefined) return ROWS
  return list.split(',').map(id => {
    const row = [...ROWS, ...special].find(each => each.id === id)
    if (row === undefined) throw new Error(`no row ${id}; --list says which there are`)
    return row
  })
}
