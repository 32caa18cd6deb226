import { toTableLines } from '../operations/text-table.ts'
import type { LegalHold } from '../records/legal-holds.ts'
import { monthAt } from '../records/month-parts.ts'
import type { RetentionPlan, RetentionReport } from '../records/retention.ts'
import { RETENTION_KINDS } from '../records/retention-kinds.ts'
import { type RunRow, WHOLE_RUN } from '../records/retention-runs.ts'

/** What `callbox retention` prints for people. */

export function keptWords({ forces, standard }: Pick<RetentionPlan, 'forces' | 'standard'>): string {
  const heads = [...forces.keys()]
  const rows = RETENTION_KINDS.map(({ name, months }) => [
    name,
    ...[...forces.values()].map(kept => String(kept[months])),
    String(standard[months])
  ])
  return `Kept for so many months\n${table([['', ...heads, 'other'], ...rows])}`
}

export function holdsWords(holds: readonly LegalHold[]): string {
  if (holds.length === 0) return 'Nothing is held\n'
  const rows = holds.map(hold => [
    ...[String(hold.id), hold.force, hold.what, hold.reference, day(hold.at)],
    ...[hold.until === undefined ? '–' : day(hold.until - 1), hold.by, hold.reason]
  ])
  return `Held\n${table([['hold', 'force', 'what', 'reference', 'since', 'until', 'by', 'reason'], ...rows])}`
}

/** Whole runs, and what the newest of them did. */
export function runsWords(rows: readonly RunRow[]): string {
  const runs = rows.filter(({ kind }) => kind === WHOLE_RUN.kind)
  const [newest] = runs
  if (newest === undefined) return 'No run yet\n'
  const whole = runs.map(run => [
    ...[String(run.run), minute(run.beganAt), `${Math.round((run.endedAt - run.beganAt) / 1_000)} s`, run.by],
    ...[String(run.deleted), String(run.heldBack), run.failed ?? '–']
  ])
  const parts = rows
    .filter(({ run, kind }) => run === newest.run && kind !== WHOLE_RUN.kind)
    .map(row => [row.kind, ...goneCells(row), row.failed ?? ''])
  const head = ['run', 'began', 'took', 'by', 'deleted', 'held back', 'failed']
  const of = parts.length === 0 ? '' : `Of run ${newest.run}\n${table([['', ...GONE_HEAD, ''], ...parts])}`
  return `Runs\n${table([head, ...whole])}${of}`
}

export function reportWords({ runId, gone, dropped, failed }: RetentionReport): string {
  const rows = gone.map(each => [each.kind, ...goneCells(each)])
  const done = rows.length === 0 ? 'Nothing was due\n' : table([['', ...GONE_HEAD], ...rows])
  const parts = dropped.length === 0 ? '' : `Whole months: ${dropped.join(', ')}\n`
  return `Run ${runId}\n${done}${parts}${failed.map(({ kind, reason }) => `${kind} failed: ${reason}\n`).join('')}`
}

/** How far the record's months reach. */
export function monthsWords(table: string, months: readonly { readonly name: string }[], now: number): string {
  const [first, last] = [months[0], months.at(-1)]
  if (first === undefined || last === undefined) return `${table}: no month has a part of its own\n`
  const ahead = months.filter(({ name }) => name > monthAt(now).name).length
  return `${table}: ${months.length} months, ${first.name} to ${last.name}, ${ahead} ahead\n`
}

const GONE_HEAD = ['force', 'deleted', 'from', 'to', 'held back']

function goneCells(row: Pick<RunRow, 'force' | 'deleted' | 'oldestAt' | 'newestAt' | 'heldBack'>): string[] {
  const { force, deleted, oldestAt, newestAt, heldBack } = row
  const [from, to] = [oldestAt, newestAt].map(at => (at === undefined ? '–' : day(at)))
  return [force === '' ? '–' : force, String(deleted), from ?? '–', to ?? '–', String(heldBack)]
}

function table(rows: readonly (readonly string[])[]): string {
  return `${toTableLines(rows)
    .map(line => `  ${line}`)
    .join('\n')}\n`
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

function minute(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}
