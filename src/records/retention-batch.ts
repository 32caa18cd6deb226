import type { Gone } from './retention.ts'
import type { RetentionKind } from './retention-kinds.ts'

/** What became of the rows of one force in a batch; times are epoch ms. */
export interface ForceRow {
  readonly force: string
  readonly deleted: number
  readonly oldest: number | null
  readonly newest: number | null
  readonly held: number
}

export interface BatchRow {
  /** Rows gone through; fewer than asked for: there are no more. */
  readonly looked: number
  readonly last: readonly string[] | null
  readonly forces: readonly ForceRow[] | null
}

/** What a kind comes to, force by force. */
export class Sums {
  readonly #kind: string
  readonly #forces = new Map<string, Gone>()

  constructor(kind: string) {
    this.#kind = kind
  }

  get all(): Gone[] {
    return [...this.#forces.values()]
  }

  get deleted(): number {
    return this.all.reduce((sum, each) => sum + each.deleted, 0)
  }

  add({ force, deleted, oldest, newest, held }: ForceRow): void {
    const sofar = this.#forces.get(force) ?? { force, kind: this.#kind, deleted: 0, heldBack: 0 }
    const oldestAt = Math.min(oldest ?? Number.POSITIVE_INFINITY, sofar.oldestAt ?? Number.POSITIVE_INFINITY)
    const newestAt = Math.max(newest ?? 0, sofar.newestAt ?? 0)
    this.#forces.set(force, {
      ...{ force, kind: this.#kind, deleted: sofar.deleted + deleted, heldBack: sofar.heldBack + held },
      ...(Number.isFinite(oldestAt) ? { oldestAt, newestAt } : {})
    })
  }
}

/** Looks at the next rows of a kind, deletes those that are due with all that goes with them, and says what it came to. */
export function toBatch({
  table,
  key,
  at,
  force,
  bound,
  join,
  columns = [],
  due,
  held,
  with: also = []
}: RetentionKind) {
  const begins = bound === undefined ? 6 : 7
  const keys = key.map(([name]) => name)
  const from = key.map(([, type], place) => `$${begins + place}::${type}`)
  const of = (row: string) => keys.map(name => `${row}.${name}`).join(', ')
  return `
with due as (select * from unnest($1::text[], $2::bigint[]) as d(due_force, due_before)
), batch as materialized (
  select ${[...new Set([...keys.map(name => `r.${name}`), ...columns])].join(', ')}, ${force} as of_force, ${at} as of_at
  from ${table} r ${join ?? ''}
  where (${of('r')}) > (${from.join(', ')})${bound === undefined ? '' : ` and ${bound}`}
    and ${at} < greatest($3::bigint, (select max(due_before) from due))
  order by ${of('r')} limit $5::int
), dated as (
  select batch.*, coalesce(due_before, $3::bigint) as before from batch left join due on due_force = of_force
), looked as materialized (
  select b.*, ${held} as is_held from dated b
  where of_at < before and $4::bigint > 0 ${due === undefined ? '' : `and ${due}`}
), gone as (
  delete from ${table} r using looked where (${of('r')}) = (${of('looked')}) and not is_held
  returning ${of('r')}, of_force, of_at
)${also.map((statement, place) => `, also_${place} as (${statement})`).join('')}
select (select count(*)::int from batch) as looked,
  (select array[${keys.map(name => `${name}::text`).join(', ')}] from batch r order by ${keys.map(name => `r.${name} desc`).join(', ')} limit 1) as last,
  (select json_agg(json_build_object('force', force, 'deleted', deleted, 'oldest', oldest, 'newest', newest, 'held', held))
   from (select of_force as force, count(*) filter (where not is_held) as deleted,
       min(of_at) filter (where not is_held) as oldest, max(of_at) filter (where not is_held) as newest,
       count(*) filter (where is_held) as held from looked group by 1) sums) as forces`
}
