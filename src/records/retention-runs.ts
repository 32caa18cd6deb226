import type pg from 'pg'

/** The run itself, in the table of what each kind came to. */
export const WHOLE_RUN = { force: '*', kind: 'run' } as const

/** What a run did of one kind and force, or as a whole (`WHOLE_RUN`); times are epoch ms. */
export interface RunRow {
  readonly run: number
  readonly force: string
  readonly kind: string
  readonly by: string
  readonly beganAt: number
  readonly endedAt: number
  readonly deleted: number
  readonly oldestAt?: number
  readonly newestAt?: number
  readonly heldBack: number
  /** Why it broke off; of a whole run, the kinds that did. */
  readonly failed?: string
}

/** When the last run began, epoch ms, whoever ran it. */
export async function lastRunAt(pool: pg.Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ at: number | null }>(
    'select max(began_at) as at from retention_run where kind = $1',
    [WHOLE_RUN.kind]
  )
  return rows[0]?.at ?? undefined
}

/** The newest `limit` runs with all that each did, newest first. */
export async function recentRuns(pool: pg.Pool, limit: number): Promise<RunRow[]> {
  const { rows } = await pool.query<Record<string, never>>(
    `select * from retention_run
     where run_id in (select run_id from retention_run where kind = $1 order by run_id desc limit $2)
     order by run_id desc, kind <> $1, kind, force`,
    [WHOLE_RUN.kind, limit]
  )
  return rows.map(row => ({
    ...{ run: row['run_id'] ?? 0, force: row['force'] ?? '', kind: row['kind'] ?? '', by: row['ran_by'] ?? '' },
    ...{ beganAt: row['began_at'] ?? 0, endedAt: row['ended_at'] ?? 0 },
    ...{ deleted: row['deleted'] ?? 0, heldBack: row['held_back'] ?? 0 },
    ...(row['oldest_at'] == null ? {} : { oldestAt: row['oldest_at'] }),
    ...(row['newest_at'] == null ? {} : { newestAt: row['newest_at'] }),
    ...(row['failed'] == null ? {} : { failed: row['failed'] })
  }))
}
