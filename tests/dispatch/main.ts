/*
 * Whom three ways of choosing would have sent, over generated days: `npm run simulate-dispatch -- [options]`.
 *
 *   --seed 1        the first of the days; the others follow it
 *   --days 10       how many
 *   --units 75,110  on duty at a time; a plot of the first, a table of each
 *   --jobs 900      in a day
 *   --page FILE     the tables; default docs/dispatch.md, with the plot beside it as .svg
 *
 * Each day is the same for all three: the same jobs, units, roads and times on the spot.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { GRADES } from '../support/recommending.ts'
import { makeDay } from './day.ts'
import { toSvg } from './plot.ts'
import { makePolicy, POLICIES, POLICY_WORDS, type PolicyName } from './policies.ts'
import { type DayResult, runDay } from './run-day.ts'
import { summarise } from './summary.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '10' },
    units: { type: 'string', default: '75,110' },
    jobs: { type: 'string', default: '900' },
    page: { type: 'string', default: 'docs/dispatch.md' }
  }
})
const [seed, days, jobs] = [Number(values.seed), Number(values.days), Number(values.jobs)]
type Results = Readonly<Record<PolicyName, DayResult[]>>

const sizes = values.units.split(',').map(Number)
const runs = sizes.map(units => ({ units, results: simulate(units) }))
const [first] = runs
if (first === undefined) throw new Error('--units names no number')
const svg = values.page.replace(/\.md$/, '.svg')
const panels = GRADES.map(({ id, name }) => ({ grade: id, title: `Grade ${id}, ${name}`, days: first.results }))
const parts = runs.map(
  ({ units, results }) => `## ${units} units on duty\n\n${tableOf(results)}\n\n${diversionsOf(results)}`
)
const page = `# Whom three ways of choosing would have sent

Written by \`npm run simulate-dispatch\`, and by nothing else; what it means is told in [recommendation](recommendation.md).
${days} generated days from seed ${seed}, ${jobs} jobs each, the same for all three: jobs, units, roads, and times on the spot, which
nobody knows beforehand. The roads are not those of the estimate. Percentiles count a job that nobody had come to at the end of
its day as slower than any; the mean leaves it out.

![Shares of jobs that had been reached, by minutes](${basename(svg)})

${parts.join('\n\n')}
`
for (const [path, text] of [
  [svg, toSvg(panels, `${days} days from seed ${seed}, ${first.units} units on duty, ${jobs} jobs a day`)],
  [values.page, page]
] as const) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  process.stdout.write(`${path}\n`)
}

function simulate(units: number): Results {
  const results: Results = { callbox: [], nearest: [], random: [] }
  for (let at = 0; at < days; at++) {
    const day = makeDay({ seed: seed + at, units, jobs })
    for (const policy of POLICIES) results[policy].push(runDay(day, makePolicy(policy, seed + at)))
    process.stdout.write(`${units} units: day ${at + 1} of ${days}, seed ${seed + at}\n`)
  }
  return results
}

function tableOf(results: Results): string {
  const rows = GRADES.flatMap(({ id, name }) =>
    POLICIES.map(policy => ({ name, ...summarise(policy, id, results[policy]) }))
  )
  const lines = rows.map(row => {
    const times = [row.meanMinutes, row.p50, row.p90].map(minutes =>
      Number.isFinite(minutes) ? `${minutes.toFixed(1)} min` : 'never'
    )
    const shares = [row.withinTarget, row.wishMet].map(share => `${(share * 100).toFixed(1)} %`)
    const cells = [`${row.grade} ${row.name}`, POLICY_WORDS[row.policy], row.jobs, ...times, ...shares, row.unreached]
    return `| ${cells.join(' | ')} |`
  })
  const titles = [
    'grade',
    'who is sent',
    'jobs',
    'mean',
    'p50',
    'p90',
    'within the target',
    'wished skills there',
    'not reached'
  ]
  const table = [`| ${titles.join(' | ')} |`, `|${' --- |'.repeat(titles.length)}`, ...lines].join('\n')
  process.stdout.write(`\n${table}\n\n`)
  return table
}

function diversionsOf(results: Results): string {
  const each = POLICIES.map(policy => {
    const sum = results[policy].reduce((total, day) => total + day.diversions, 0)
    return `${POLICY_WORDS[policy]} ${(sum / days).toFixed(1)}`
  })
  return `Taken off a job, a day: ${each.join(', ')}.`
}
