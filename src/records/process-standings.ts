import type pg from 'pg'

/** BT's place of 999 callers, which is asked by one gateway for all, stands among the sources by this name. */
export const EISEC = 'eisec'

/** How a source stands in a process. */
export interface SourceStanding {
  readonly source: string
  /** The forces whose calls it is asked about; absent: all. */
  readonly forces?: readonly string[]
  /** For whose calls it is left alone now, because it fails. */
  readonly leftAloneFor: readonly string[]
}

/** What a process says of itself, every few seconds. */
export interface ProcessStanding {
  readonly node: string
  readonly kind: 'gateway' | 'worker'
  readonly level: number
  readonly why?: string
  readonly sources: readonly SourceStanding[]
}

/** As the record has it: of a gateway that holds its lease and has said nothing of late, nothing but that. */
export type KnownStanding = ProcessStanding | { readonly node: string; readonly kind: 'silent' }

/** Who has said nothing for so long is not asked after any more; five times as long as they let pass. */
const SAID_WITHIN = '15 s'
/** A row of a process that ended without a word. */
const KEEP_ROW = '1 day'
/** More processes than any force runs. */
const MAX_READ = 500

/** Says it anew, and forgets who has been gone for long. */
export async function putStanding(pool: pg.Pool, { node, kind, level, why, sources }: ProcessStanding): Promise<void> {
  await pool.query({
    name: 'put-standing',
    text: `with gone as (
             delete from process_standing where said_at < clock_timestamp() - interval '${KEEP_ROW}' and node <> $1
           )
           insert into process_standing (node, kind, level, why, sources) values ($1, $2, $3, $4, $5::jsonb)
           on conflict (node) do update set level = excluded.level, why = excluded.why, sources = excluded.sources,
             said_at = clock_timestamp()`,
    values: [node, kind, level, why ?? null, JSON.stringify(sources)]
  })
}

/** The process ends: nobody is to wonder why it says nothing. */
export async function endStanding(pool: pg.Pool, node: string): Promise<void> {
  await pool.query('delete from process_standing where node = $1', [node])
}

/** Every process that has said how it stands, by PostgreSQL's clock, and every gateway with a lease that has not. */
export async function readStandings(pool: pg.Pool): Promise<KnownStanding[]> {
  const { rows } = await pool.query<{
    node: string
    kind: 'gateway' | 'worker' | null
    level: number | null
    why: string | null
    sources: SourceStanding[] | null
  }>(
    `select node, said.kind, said.level, said.why, said.sources
     from (select node from node where left_at is null and lease_until > clock_timestamp()) held
     full join (
       select node, kind, level, why, sources from process_standing
       where said_at > clock_timestamp() - interval '${SAID_WITHIN}'
     ) said using (node) order by node limit ${MAX_READ}`
  )
  return rows.map(({ node, kind, level, why, sources }) =>
    kind === null || level === null || sources === null
      ? { node, kind: 'silent' }
      : { node, kind, level, sources, ...(why === null ? {} : { why }) }
  )
}
