import type pg from 'pg'

/** Removes the test calls offered before `before` (epoch ms) and all that the record has of them. */
export async function removeSyntheticCalls(pool: pg.Pool, before: number): Promise<void> {
  await pool.query(
    `with gone as (
       delete from contact where force = '~synthetic' and offered_at < $1 returning 'p_' || call_id as pop_id
     ), events as (
       delete from journal where force = '~synthetic' and received_at < $1
     )
     delete from pop_delivery where pop_id in (select pop_id from gone)`,
    [Math.round(before)]
  )
}
