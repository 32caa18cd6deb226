import type pg from 'pg'
import type { NodeState, Renewal } from '../delivery/node-lease.ts'

/** What a node says of itself with each renewal. */
export interface NodeSelf {
  readonly node: string
  readonly version: string
  readonly siteGroup: string
  /** Where it listens for screens, for whoever looks into the table; empty until it does. */
  readonly http: string
  readonly isDraining: boolean
}

/** A row of a node that is gone is kept this long at most. */
const KEEP_ROW = '1 day'
/** More gateways than any force runs; a table that holds more is not ours to judge. */
const MAX_NODES = 500

interface RenewedRow {
  readonly node: string
  readonly site_group: string
  readonly is_draining: boolean
  readonly state: NodeState
  readonly silent_ms: number
  readonly lease_end: string
}

/**
 * Takes or renews the lease for `leaseMs` from now by PostgreSQL's clock, and answers every node. One statement reads
 * the state before it: what it says of us is whether anybody could have taken us for dead.
 */
export async function renewLease(pool: pg.Pool, self: NodeSelf, leaseMs: number): Promise<Renewal> {
  const { rows } = await pool.query<RenewedRow>({
    name: 'renew-lease',
    text: `with mine as (
             insert into node (node, version, site_group, http, is_draining, lease_until)
             values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 ms')
             on conflict (node) do update set version = excluded.version, site_group = excluded.site_group,
               http = excluded.http, is_draining = excluded.is_draining, lease_until = excluded.lease_until,
               left_at = null
           )
           select node, site_group, is_draining, case
             when left_at is not null then 'left' when lease_until < clock_timestamp() then 'lapsed' else 'live'
           end as state, (extract(epoch from clock_timestamp() - lease_until) * 1000 + $6)::float8 as silent_ms,
             (extract(epoch from lease_until) * 1000)::bigint::text as lease_end
           from node order by lease_until desc limit $7`,
    values: [self.node, self.version, self.siteGroup, self.http, self.isDraining, leaseMs, MAX_NODES]
  })
  const nodes = rows.map(({ node, site_group, is_draining, state, silent_ms, lease_end }) => ({
    node,
    siteGroup: site_group,
    isDraining: is_draining,
    state,
    silentMs: silent_ms,
    leaseEnd: lease_end
  }))
  const before = nodes.find(({ node }) => node === self.node)
  return { hadLapsed: before !== undefined && before.state !== 'live', nodes }
}

/** Lease given back, by the node itself or by whoever knows for certain that it is over: its calls may be adopted. */
export async function leave(pool: pg.Pool, nodes: readonly string[]): Promise<void> {
  await pool.query({
    name: 'node-leave',
    text: `update node set left_at = clock_timestamp(), is_draining = true, lease_until = clock_timestamp()
           where node = any($1) and left_at is null`,
    values: [nodes]
  })
}

/**
 * Forgets the rows of nodes that are gone and own nothing any more: of a group that has a live node at once, so that
 * its last node is told from the others when it goes; of a group without, after a day.
 */
export async function dropGoneNodes(pool: pg.Pool): Promise<void> {
  await pool.query({
    name: 'drop-gone-nodes',
    text: `delete from node gone where (gone.left_at is not null or gone.lease_until < clock_timestamp())
           and not exists (select 1 from contact where owner = gone.node and closed_at is null)
           and (gone.lease_until < clock_timestamp() - interval '${KEEP_ROW}' or exists (
             select 1 from node other where other.site_group = gone.site_group and other.left_at is null
             and other.lease_until >= clock_timestamp()))`
  })
}
