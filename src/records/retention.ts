import type pg from 'pg'
import type { Config } from '../operations/config-schema.ts'
import { reasonOf } from '../operations/errors.ts'
import { pause } from '../operations/lifecycle.ts'
import { transaction } from '../operations/postgres.ts'
import type { RetentionKey, RetentionMonths } from '../operations/retention-schema.ts'
import { countAllCrimes } from './crime-counts.ts'
import { HELD_CALLS, HOLD_LOCK, holdsAt } from './legal-holds.ts'
import { knownMonths, type Month, monthsBefore, partOf } from './month-parts.ts'
import { analyseMonthly, dropMonth } from './months.ts'
import { type BatchRow, type ForceRow, Sums, toBatch } from './retention-batch.ts'
import { oldestIdKept, RETENTION_KINDS, type RetentionKind } from './retention-kinds.ts'
import { WHOLE_RUN } from './retention-runs.ts'
import { isLocked, LOCK_WITHIN_MS } from './short-locks.ts'

/*
 * Deletes what is older than its force keeps it, save for what is held. One gateway or command at a time, a few rows in a
 * transaction, and a rest after each that is several times as long as it took: calls come first.
 */

/** Any number, the same everywhere. */
const RUN_LOCK = 719_203_116
/** Rows that a batch looks at; it deletes as many at most. */
const BATCH = 500
/** Of the time it works and rests. */
const RESTS = 4
const LEAST_REST_MS = 20
const LOCKED_TRIES = 20
const LOCKED_REST_MS = 500
/** Runs are told of for this long. */
const RUNS_KEPT_MONTHS = 120

export interface RetentionPlan {
  /** Of each force served here; `standard` of any other that the record has rows of. */
  readonly forces: ReadonlyMap<string, RetentionMonths>
  readonly standard: RetentionMonths
  /** Epoch ms. */
  readonly now: number
  /** Who runs it: a node, or a person at a command. */
  readonly by: string
  readonly isStopped?: () => boolean
  /** After each batch. */
  readonly onProgress?: (kind: string, sofar: { readonly looked: number; readonly deleted: number }) => void
}

export interface Gone {
  readonly force: string
  readonly kind: string
  readonly deleted: number
  /** Epoch ms, of what was deleted. */
  readonly oldestAt?: number
  readonly newestAt?: number
  /** Old enough, and kept because it is held. */
  readonly heldBack: number
}

export interface RetentionReport {
  readonly runId: number
  readonly gone: readonly Gone[]
  /** Parts of months that went whole. */
  readonly dropped: readonly string[]
  readonly failed: readonly { readonly kind: string; readonly reason: string }[]
}

/** Undefined: another gateway or command is at it. Rejects as the record does; a kind that fails does not end the others. */
export async function runRetention(pool: pg.Pool, plan: RetentionPlan): Promise<RetentionReport | undefined> {
  const report = await runLocked(pool, plan)
  // What is told of crimes around a caller is counted beforehand.
  if (report?.gone.some(({ kind, deleted }) => kind === 'crimes' && deleted > 0)) await countAllCrimes(pool)
  return report
}

async function runLocked(pool: pg.Pool, plan: RetentionPlan): Promise<RetentionReport | undefined> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [RUN_LOCK])
    return rows[0]?.got === true ? await new Run(client, plan).all() : undefined
  } finally {
    // With the link go its list of held calls and the lock.
    client.release(true)
  }
}

class Run {
  readonly #client: pg.PoolClient
  readonly #plan: RetentionPlan
  readonly #dropped: string[] = []
  /** Of the holds as the list of held calls has them. */
  #holds = ''

  constructor(client: pg.PoolClient, plan: RetentionPlan) {
    this.#client = client
    this.#plan = plan
  }

  async all(): Promise<RetentionReport> {
    const client = this.#client
    await client.query(`set lock_timeout = ${LOCK_WITHIN_MS}`)
    await client.query('create temporary table held_call (call_id uuid primary key)')
    const { rows } = await client.query<{ id: number }>("select nextval('retention_run_id') as id")
    const runId = rows[0]?.id ?? 0
    await this.#keep(runId, { ...WHOLE_RUN, deleted: 0, heldBack: 0 })
    const gone: Gone[] = []
    const failed: { kind: string; reason: string }[] = []
    for (const kind of RETENTION_KINDS) {
      if (this.#isStopped) break
      const sums = new Sums(kind.name)
      const reason = await this.#one(kind, sums).then(() => undefined, reasonOf)
      if (reason !== undefined) failed.push({ kind: kind.name, reason })
      for (const sum of sums.all) await this.#keep(runId, sum, reason)
      gone.push(...sums.all)
    }
    const deleted = gone.reduce((sum, each) => sum + each.deleted, 0)
    const heldBack = gone.reduce((sum, each) => sum + each.heldBack, 0)
    const broken = failed.map(({ kind }) => kind).join(', ')
    await this.#keep(runId, { ...WHOLE_RUN, deleted, heldBack }, broken === '' ? undefined : broken)
    await client.query('delete from retention_run where began_at < $1', [
      monthsBefore(this.#plan.now, RUNS_KEPT_MONTHS)
    ])
    await analyseMonthly(client)
    return { runId, gone, dropped: this.#dropped, failed }
  }

  get #isStopped(): boolean {
    return this.#plan.isStopped?.() === true
  }

  async #one(kind: RetentionKind, sums: Sums): Promise<void> {
    const limits = limitsOf(kind, this.#plan)
    if (kind.name === 'journal') await this.#dropJournal(limits, sums)
    await this.#inBatches(kind, limits, sums)
    if (kind.name === 'contacts') await this.#dropEmpty(limits)
  }

  async #inBatches(kind: RetentionKind, limits: Limits, sums: Sums): Promise<void> {
    const text = toBatch(kind)
    let after: readonly string[] = kind.key.map(([, , first]) => first)
    let looked = 0
    while (!this.#isStopped) {
      const bound = kind.bound === undefined ? [] : [oldestIdKept(limits.newest)]
      const values = [limits.forces, limits.before, limits.other, this.#plan.now, BATCH, ...bound, ...after]
      const began = performance.now()
      const batch = await this.#batch(text, values)
      looked += batch.looked
      for (const each of batch.forces ?? []) sums.add(each)
      this.#plan.onProgress?.(kind.name, { looked, deleted: sums.deleted })
      if (batch.looked < BATCH || batch.last === null) return
      after = batch.last
      await pause(Math.max(LEAST_REST_MS, RESTS * (performance.now() - began)))
    }
  }

  /** In a transaction of its own, which a hold that is being made waits for. */
  async #batch(text: string, values: unknown[]): Promise<BatchRow> {
    for (let tried = 1; ; tried++) {
      try {
        return await transaction(this.#client, async () => {
          await this.#noteHolds()
          const { rows } = await this.#client.query<BatchRow>({ text, values })
          return rows[0] ?? { looked: 0, last: null, forces: null }
        })
      } catch (thrown) {
        this.#holds = ''
        if (!isLocked(thrown) || tried === LOCKED_TRIES) throw thrown
      }
      await pause(LOCKED_REST_MS)
    }
  }

  /** The list of calls to be kept is that of this moment; none is held until the transaction is over. */
  async #noteHolds(): Promise<void> {
    const now = Math.round(this.#plan.now)
    await this.#client.query('select pg_advisory_xact_lock_shared($1)', [HOLD_LOCK])
    const { rows } = await this.#client.query<{ mark: string }>(
      `select count(*) || '-' || coalesce(max(hold_id), 0) as mark from legal_hold h where ${holdsAt('h', '$1')}`,
      [now]
    )
    const mark = rows[0]?.mark ?? ''
    if (mark === this.#holds) return
    await this.#client.query('truncate held_call')
    await this.#client.query(`insert into held_call select call_id from (${HELD_CALLS}) h where call_id is not null`, [
      now
    ])
    this.#holds = mark
  }

  /** Months that are over for every force, and of which nothing is held, go whole. */
  async #dropJournal(limits: Limits, sums: Sums): Promise<void> {
    for (const month of await this.#monthsOver('journal', limits)) {
      const part = partOf('journal', month)
      const { rows } = await this.#client.query<ForceRow>(
        `select force, count(*) as deleted, min(received_at) as oldest, max(received_at) as newest, 0 as held
         from ${part} group by force`
      )
      const gone = await dropMonth(this.#client, 'journal', month, async () => {
        // At each try: what an earlier one noted was taken back with it.
        this.#holds = ''
        await this.#noteHolds()
        const held = await this.#client.query(`select from ${part} join held_call using (call_id) limit 1`)
        return held.rowCount === 0
      })
      this.#holds = ''
      if (gone !== true) continue
      this.#dropped.push(part)
      for (const row of rows) sums.add(row)
      this.#plan.onProgress?.('journal', { looked: sums.deleted, deleted: sums.deleted })
    }
  }

  async #dropEmpty(limits: Limits): Promise<void> {
    for (const month of await this.#monthsOver('contact', limits)) {
      const part = partOf('contact', month)
      const isEmpty = async () => (await this.#client.query(`select from ${part} limit 1`)).rowCount === 0
      if (!(await isEmpty())) continue
      if ((await dropMonth(this.#client, 'contact', month, isEmpty)) === true) this.#dropped.push(part)
    }
  }

  async #monthsOver(table: 'contact' | 'journal', limits: Limits): Promise<Month[]> {
    if (this.#isStopped) return []
    return (await knownMonths(this.#client, table)).filter(({ to }) => to <= limits.oldest)
  }

  async #keep(runId: number, gone: Gone, failed?: string): Promise<void> {
    await this.#client.query(
      `insert into retention_run (run_id, force, kind, ran_by, began_at, ended_at, deleted, oldest_at, newest_at, held_back, failed)
       values ($1, $2, $3, $4, $5, (extract(epoch from clock_timestamp()) * 1000)::bigint, $6, $7, $8, $9, $10)
       on conflict (run_id, force, kind) do update set ended_at = excluded.ended_at, deleted = excluded.deleted,
         held_back = excluded.held_back, failed = excluded.failed`,
      [
        ...[runId, gone.force, gone.kind, this.#plan.by, Math.round(this.#plan.now), gone.deleted],
        ...[gone.oldestAt ?? null, gone.newestAt ?? null, gone.heldBack, failed ?? null]
      ]
    )
  }
}

interface Limits {
  readonly forces: readonly string[]
  /** Epoch ms, of the force at the same place: what is older goes. */
  readonly before: readonly number[]
  readonly other: number
  readonly oldest: number
  readonly newest: number
}

function limitsOf({ months }: RetentionKind, { forces, standard, now }: RetentionPlan): Limits {
  const before = [...forces.values()].map(kept => monthsBefore(now, kept[months]))
  const other = monthsBefore(now, standard[months])
  const all = [...before, other]
  return { forces: [...forces.keys()], before, other, oldest: Math.min(...all), newest: Math.max(...all) }
}

/** How long the config keeps what, force by force. */
export function retentionOf({ retention, forces }: Config): Pick<RetentionPlan, 'forces' | 'standard'> {
  const { isOn: _, fromHour: __, ...standard } = retention
  const keptBy = (own: Partial<Record<RetentionKey, number>> = {}): RetentionMonths => ({ ...standard, ...own })
  return { standard, forces: new Map(forces.map(force => [force.id, keptBy(force.retention)])) }
}
