import type pg from 'pg'

export interface LineHour {
  readonly trunk: string
  readonly line: string
  /** UTC, Monday 00:00 first. */
  readonly hourOfWeek: number
  readonly calls: number
}

/** Calls of each trunk and line by hour of the week, offered at `sinceAt` (epoch ms) or later; tests left out. */
export async function lineHistory(pool: pg.Pool, sinceAt: number): Promise<readonly LineHour[]> {
  const { rows } = await pool.query<LineHour>(
    `select call->>'trunk' as trunk, line, ((offered_at / 3600000 + 72) % 168)::int as "hourOfWeek", count(*)::int as calls
     from contact where offered_at >= $1 and call is not null and not coalesce((call->'flags'->>'test')::boolean, false)
     group by 1, 2, 3`,
    [Math.round(sinceAt)]
  )
  return rows
}

/** When the record's first call was offered, epoch ms: as far as its past goes. */
export async function firstCallAt(pool: pg.Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ first: string | null }>(
    'select min(offered_at) as first from contact where call is not null'
  )
  const first = rows[0]?.first
  return first === null || first === undefined ? undefined : Number(first)
}

/** The newest call of each trunk and line offered at `sinceAt` or later, at whichever gateway. */
export async function newestCalls(
  pool: pg.Pool,
  sinceAt: number
): Promise<readonly { readonly trunk: string; readonly line: string; readonly at: number }[]> {
  const { rows } = await pool.query<{ trunk: string; line: string; at: string }>(
    `select call->>'trunk' as trunk, line, max(offered_at) as at from contact
     where offered_at >= $1 and call is not null and not coalesce((call->'flags'->>'test')::boolean, false)
     group by 1, 2`,
    [Math.round(sinceAt)]
  )
  return rows.map(({ trunk, line, at }) => ({ trunk, line, at: Number(at) }))
}
