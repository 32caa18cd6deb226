import { cpus } from 'node:os'
import { inMs, Percentiles } from '../../src/simulator/percentiles.ts'
import type { Row } from './row.ts'
import type { RunResult } from './run-row.ts'

/** What came of all runs of a row; a run that could not be made has its reason in place of a result. */
export interface RowResult {
  readonly row: Row
  readonly runs: readonly RunResult[]
  readonly notRun: readonly { readonly seed: number; readonly why: string }[]
}

/** Breaches of one run that are printed; more are counted. */
const BREACHES_SHOWN = 5

const HEAD = [
  '| row | fault | runs | calls | lost | doubled | p99 before / in the window | recovery | verdict | seeds |',
  '|---|---|---|---|---|---|---|---|---|---|'
]

export function verdictOf({ runs, notRun }: RowResult): 'holds' | 'broken' | 'not run' {
  if (runs.some(({ breaches }) => breaches.length > 0)) return 'broken'
  return notRun.length > 0 || runs.length === 0 ? 'not run' : 'holds'
}

/** The table a person reads. */
export function toTable(results: readonly RowResult[]): string {
  const rows = results.map(result => {
    const { row, runs, notRun } = result
    const sum = (of: (run: RunResult) => number) => runs.reduce((total, run) => total + of(run), 0)
    const p99 = (of: (run: RunResult) => Percentiles) => inMs(together(runs.map(of)).at(99))
    const recovery = runs.length === 0 ? '–' : `${(Math.max(...runs.map(run => run.recoveryMs)) / 1_000).toFixed(1)} s`
    const seeds = [...runs, ...notRun].map(({ seed }) => seed).join(' ')
    const cells = [row.id, row.fault, runs.length, sum(run => run.calls), sum(run => run.lost), sum(run => run.doubled)]
    const times = `${p99(run => run.before)} / ${p99(run => run.window)} ms`
    return `| ${[...cells, times, recovery, verdictOf(result), seeds].join(' | ')} |`
  })
  const all = results.flatMap(({ runs }) => runs)
  const calls = all.reduce((total, run) => total + run.calls, 0)
  const lost = all.reduce((total, run) => total + run.lost, 0)
  const doubled = all.reduce((total, run) => total + run.doubled, 0)
  const held = results.filter(result => verdictOf(result) === 'holds').length
  const [cpu] = cpus()
  const foot = `${held} of ${results.length} rows hold; ${calls} calls, ${lost} lost, ${doubled} doubled. ${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}.`
  return `${[...HEAD, ...rows].join('\n')}\n\n${foot}\n`
}

/** The rows as docs/fault-suite.md has them. */
export function toRowTable(rows: readonly Row[]): string {
  const lines = rows.map(({ id, fault, promise }) => `| ${id} | ${fault} | ${promise} |`)
  return ['| row | what happens | what must be so all the same |', '|---|---|---|', ...lines].join('\n')
}

/** What was broken, each with the seed that shows it again. */
export function toFindings(results: readonly RowResult[]): string {
  return results
    .flatMap(({ row, runs, notRun }) => [
      ...runs.filter(({ breaches }) => breaches.length > 0).map(run => findingsOf(row, run)),
      ...notRun.map(({ seed, why }) => `${row.id} (seed ${seed}) was not run: ${why}\n`)
    ])
    .join('')
}

export function findingsOf({ id }: Row, { seed, breaches }: RunResult): string {
  const lines = breaches.slice(0, BREACHES_SHOWN).map(({ invariant, what, call, handler }) => {
    const where = [call === undefined ? '' : `call ${call}`, handler === undefined ? '' : `at ${handler}`]
    return `  ${invariant}: ${what} ${where.filter(each => each !== '').join(', ')}`.trimEnd()
  })
  const more = breaches.length > BREACHES_SHOWN ? [`  … and ${breaches.length - BREACHES_SHOWN} more`] : []
  return `${id} (seed ${seed}), ${breaches.length} breaches:\n${[...lines, ...more].join('\n')}\n`
}

export function toJson(results: readonly RowResult[]): unknown {
  return results.map(result => ({
    row: result.row.id,
    fault: result.row.fault,
    promise: result.row.promise,
    verdict: verdictOf(result),
    runs: result.runs.map(({ before, window, ...run }) => ({
      ...run,
      p99BeforeMs: plain(before.at(99)),
      p99WindowMs: plain(window.at(99)),
      callsInWindow: window.count
    })),
    notRun: result.notRun
  }))
}

/** JSON knows no infinity. */
function plain(value: number): number | string | null {
  if (Number.isNaN(value)) return null
  return value === Number.POSITIVE_INFINITY ? 'lost' : Math.round(value * 10) / 10
}

function together(all: readonly Percentiles[]): Percentiles {
  const sum = new Percentiles()
  for (const each of all) for (const value of each.values) sum.add(value)
  return sum
}
