import { userInfo } from 'node:os'
import type pg from 'pg'
import type { Config } from '../operations/config-schema.ts'
import { Fault } from '../operations/errors.ts'
import { addHold, openHolds, releaseHold } from '../records/legal-holds.ts'
import { knownMonths, MONTHLY_TABLES } from '../records/month-parts.ts'
import { retentionOf, runRetention } from '../records/retention.ts'
import { recentRuns } from '../records/retention-runs.ts'
import { parseRetentionArgs, type RetentionOptions, USAGE } from './options.ts'
import { holdsWords, keptWords, monthsWords, reportWords, runsWords } from './words.ts'

const RUNS_SHOWN = 5

export interface RetentionCommandParts {
  readonly args: readonly string[]
  readonly say: { progress(text: string): void; line(text: string): void }
  /** The record of that config, for as long as `run` takes. Rejects as the gateway's start does. */
  readonly withRecord: (
    config: string | undefined,
    run: (pool: pg.Pool, config: Config) => Promise<void>
  ) => Promise<void>
  readonly now: () => number
  /** The run is to end after what it is at. */
  readonly isStopped: () => boolean
}

/**
 * `callbox retention`: what is kept, held and deleted by age. Rejects with a Fault of `retention.…`; `retention.usage` is a
 * command line that is none.
 */
export async function runRetentionCommand(parts: RetentionCommandParts): Promise<void> {
  const options = parseRetentionArgs(parts.args, userInfo().username)
  if (options.command === 'help') return parts.say.line(USAGE)
  await parts.withRecord(options.config, (pool, config) => obey(options, { ...parts, pool, config }))
}

type Parts = RetentionCommandParts & { readonly pool: pg.Pool; readonly config: Config }

async function obey(options: RetentionOptions, parts: Parts): Promise<void> {
  if (options.command === 'show') await show(options.isJson, parts)
  else if (options.command === 'run') await run(options, parts)
  else if (options.command === 'hold') await hold(options, parts)
  else if (options.command === 'release') await release(options, parts)
}

async function show(isJson: boolean, { pool, config, say, now }: Parts): Promise<void> {
  const kept = retentionOf(config)
  const [holds, runs] = [await openHolds(pool, now()), await recentRuns(pool, RUNS_SHOWN)]
  const months: Record<string, Awaited<ReturnType<typeof knownMonths>>> = {}
  for (const table of MONTHLY_TABLES) months[table] = await knownMonths(pool, table)
  if (isJson) {
    const names = Object.fromEntries(
      Object.entries(months).map(([table, known]) => [table, known.map(each => each.name)])
    )
    const forces = Object.fromEntries(kept.forces)
    return say.line(`${JSON.stringify({ keptMonths: { ...kept, forces }, holds, runs, months: names }, null, 2)}\n`)
  }
  const reach = Object.entries(months).map(([table, known]) => `  ${monthsWords(table, known, now())}`)
  say.line(`${keptWords(kept)}\n${holdsWords(holds)}\n${runsWords(runs)}\nMonths of the record\n${reach.join('')}`)
}

/** A kind that fails does not end the others; the command then rejects with `retention.failed`. */
async function run({ by, isJson }: RetentionOptions, { pool, config, say, now, isStopped }: Parts): Promise<void> {
  const report = await runRetention(pool, {
    ...retentionOf(config),
    ...{ now: now(), by, isStopped },
    onProgress: (kind, { looked, deleted }) => {
      if (!isJson) say.progress(`${kind}: ${looked} looked at, ${deleted} deleted`)
    }
  })
  if (report === undefined) throw new Fault('retention.busy')
  say.line(isJson ? `${JSON.stringify(report, null, 2)}\n` : reportWords(report))
  const [first] = report.failed
  if (first !== undefined) throw new Fault('retention.failed', { ...first })
}

async function hold(options: RetentionOptions & { command: 'hold' }, { pool, config, say, now }: Parts): Promise<void> {
  const { what, reference, force, reason, by, until } = options
  if (!config.forces.some(({ id }) => id === force))
    throw new Fault('retention.unknown', { what: 'force', reference: force, force })
  const asked = { what, reference, force, reason, by, at: now(), ...(until === undefined ? {} : { until }) }
  const held = await addHold(pool, asked)
  if (held === undefined) throw new Fault('retention.unknown', { what, reference, force })
  say.line(`Hold ${held.id}: nothing of it is deleted any more.\n`)
}

async function release(
  { hold: id, by }: RetentionOptions & { command: 'release' },
  { pool, say, now }: Parts
): Promise<void> {
  if (!(await releaseHold(pool, { id, by, at: now() }))) throw new Fault('retention.no-hold', { hold: id })
  say.line(`Hold ${id} is released: what is due goes with the next run.\n`)
}
