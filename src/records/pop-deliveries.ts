import type pg from 'pg'

export interface AckRow {
  readonly popId: string
  readonly handler: string
  readonly at: number
}

export interface SeenRow extends AckRow {
  readonly paintMs: number
}

/** Which client received which pop; the first acknowledgement of a pop by a handler counts. */
export async function recordAcks(pool: pg.Pool, rows: readonly AckRow[]): Promise<void> {
  await pool.query({
    name: 'record-acks',
    text: `insert into pop_delivery (pop_id, handler, acked_at)
           select distinct on (1, 2) pop, handler, at
           from unnest($1::text[], $2::text[], $3::bigint[]) as a(pop, handler, at) order by 1, 2, 3
           on conflict (pop_id, handler) do update set acked_at = coalesce(pop_delivery.acked_at, excluded.acked_at)`,
    values: [rows.map(row => row.popId), rows.map(row => row.handler), rows.map(row => Math.round(row.at))]
  })
}

/** Painted in a visible window; the first time counts. */
export async function recordSeen(pool: pg.Pool, rows: readonly SeenRow[]): Promise<void> {
  await pool.query({
    name: 'record-seen',
    text: `insert into pop_delivery (pop_id, handler, seen_at, paint_ms)
           select distinct on (1, 2) pop, handler, at, paint
           from unnest($1::text[], $2::text[], $3::bigint[], $4::real[]) as s(pop, handler, at, paint) order by 1, 2, 3
           on conflict (pop_id, handler) do update set
             seen_at = coalesce(pop_delivery.seen_at, excluded.seen_at),
             paint_ms = coalesce(pop_delivery.paint_ms, excluded.paint_ms)`,
    values: [
      rows.map(row => row.popId),
      rows.map(row => row.handler),
      rows.map(row => Math.round(row.at)),
      rows.map(row => row.paintMs)
    ]
  })
}
