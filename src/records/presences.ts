import type pg from 'pg'
import type { Attention, PresenceRow, RecordedPresence } from '../delivery/console-presence.ts'

/**
 * What a node has seen of its screens. That one is gone counts only where no other node has seen the handler since:
 * they moved, and the old node is told last.
 */
export async function recordPresences(pool: pg.Pool, node: string, rows: readonly PresenceRow[]): Promise<void> {
  await pool.query({
    name: 'record-presences',
    text: `update sign_on set presence = seen.state, presence_since = seen.since, presence_node = $1,
             presence_changed = clock_timestamp()
           from unnest($2::text[], $3::text[], $4::bigint[]) as seen(handler, state, since)
           where sign_on.handler = seen.handler
             and (seen.state <> 'gone' or sign_on.presence_node is null or sign_on.presence_node = $1)`,
    values: [
      node,
      rows.map(row => row.handler),
      rows.map(row => row.attention),
      rows.map(row => Math.round(row.sinceAt))
    ]
  })
}

/** Screens of a node that is no more: whoever held its sockets cannot say that they are gone. */
export async function endPresencesOfLostNodes(pool: pg.Pool, at: number): Promise<void> {
  await pool.query({
    name: 'end-presences-of-lost-nodes',
    text: `update sign_on set presence = 'gone', presence_since = $1, presence_changed = clock_timestamp()
           where presence <> 'gone' and not exists
             (select from node where node.node = sign_on.presence_node and lease_until > clock_timestamp())`,
    values: [Math.round(at)]
  })
}

/** What has changed within the last `withinMs`, by PostgreSQL's clock; everything where it is not given. */
export async function readPresences(pool: pg.Pool, withinMs?: number): Promise<RecordedPresence[]> {
  const { rows } = await pool.query<{ handler: string; presence: Attention; presence_since: string; node: string }>({
    name: 'read-presences',
    text: `select handler, presence, presence_since, presence_node as node from sign_on
           where presence_changed > coalesce(clock_timestamp() - $1::integer * interval '1 ms', '-infinity')`,
    values: [withinMs]
  })
  return rows.map(({ handler, presence, presence_since, node }) => ({
    handler,
    attention: presence,
    sinceAt: Number(presence_since),
    node
  }))
}
