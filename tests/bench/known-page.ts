import { cpus, totalmem } from 'node:os'
import type { Figures } from './table.ts'

type Measured = Omit<Figures, 'subject' | 'what'>

/** What a subject came to. */
export interface KnownFigures {
  readonly title: string
  readonly notes: readonly string[]
  readonly cases: readonly ({ readonly what: string; readonly goalMs?: number; readonly mustMs?: number } & Measured)[]
  readonly plans: readonly { readonly name: string; readonly plan: string }[]
}

/** Columns beyond this are of no use to a reader of a plan: long lists of squares. */
const PLAN_COLUMNS = 150

const HEAD = `# The lookups at full size

What is known around a caller, over a record as large as a force's, with the plan of every statement. This page is made by
\`node tests/bench/known.ts --page docs/lookups.md\`, which fills a PostgreSQL of its own as the gateway starts one
(128 MB of shared buffers) and asks one question after the other; both share the machine. Times are of the whole lookup as a
worker asks it, all of its statements and the reading of their rows; the SELECT by key
says how much of a p99 is the machine's. \`--only\` names subjects, \`--rows\` how many rows.
Why the record is laid out so: [decision 22](decisions/0022-counts-by-point.md).
`

/** docs/lookups.md, whole. */
export function toKnownPage(all: readonly KnownFigures[]): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GB`
  const rows = all.flatMap(({ title, cases }) => cases.map(each => toRow(title, each)))
  const table = `| record | asked | asks | p50 | p99 | goal / must | lost |\n|---|---|---|---|---|---|---|\n${rows.join('')}`
  const sections = all.map(toSection)
  return [HEAD, `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}.\n`, table, ...sections].join('\n')
}

function toRow(title: string, { what, goalMs, mustMs, p50, p99, count, lost }: KnownFigures['cases'][number]): string {
  const promised = goalMs === undefined ? '' : `${goalMs} / ${mustMs ?? goalMs} ms`
  return `| ${[title, what, count.toLocaleString('en-GB'), inMs(p50), `**${inMs(p99)}**`, promised, lost].join(' | ')} |\n`
}

function toSection({ title, notes, plans }: KnownFigures): string {
  const blocks = plans.map(({ name, plan }) => `### ${name}\n\n\`\`\`text\n${shorten(plan)}\n\`\`\`\n`)
  return `## ${title}\n\n${notes.join('\n')}\n\n${blocks.join('\n')}`
}

function shorten(plan: string): string {
  const cut = (line: string) => (line.length <= PLAN_COLUMNS ? line : `${line.slice(0, PLAN_COLUMNS)} …`)
  return plan.split('\n').map(cut).join('\n')
}

function inMs(ms: unknown): string {
  return typeof ms === 'number' ? `${ms.toFixed(2)} ms` : 'lost'
}
