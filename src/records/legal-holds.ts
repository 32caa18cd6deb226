import type pg from 'pg'
import { inTransaction } from '../operations/postgres.ts'

/*
 * What must be kept whatever its age. A hold is of one force and holds that force's own rows, and the calls of others that
 * were for it. Whoever deletes by age asks here (retention.ts).
 */

export const HOLDS = ['person', 'incident', 'number', 'call'] as const
export type HoldKind = (typeof HOLDS)[number]

/** A batch of the retention has it shared; a hold waits for it alone, so that nothing goes once it is held. */
export const HOLD_LOCK = 719_203_117

export interface NewHold {
  readonly force: string
  readonly what: HoldKind
  /** person: its id; incident: its reference; number: E.164; call: its id. */
  readonly reference: string
  readonly reason: string
  readonly by: string
  /** Epoch ms. */
  readonly at: number
  /** Epoch ms; absent: until somebody releases it. */
  readonly until?: number
}

export interface LegalHold extends NewHold {
  readonly id: number
}

interface Row {
  readonly hold_id: number
  readonly force: string
  readonly what: HoldKind
  readonly reference: string
  readonly reason: string
  readonly held_by: string
  readonly held_at: number
  readonly until_at: number | null
}

/** A hold `h` that holds at `$now`, a number of ms. */
export const holdsAt = (h: string, now: string) =>
  `${h}.released_at is null and (${h}.until_at is null or ${h}.until_at > ${now})`

/** Of these the record must have the row; a number may be one that has not called yet. */
const KNOWN: Readonly<Record<HoldKind, string>> = {
  person: 'select from person where force = $1 and person_id::text = $2',
  incident: 'select from incident where force = $1 and reference = $2',
  number: 'select where $1::text is not null and $2::text is not null',
  call: 'select from contact where $1 in (force, home_force) and call_id = $2::uuid'
}

/**
 * Holds it from now on: when this resolves nothing of it is deleted any more. Undefined: the force's record knows nothing
 * of that name.
 */
export async function addHold(pool: pg.Pool, hold: NewHold): Promise<LegalHold | undefined> {
  return inTransaction(pool, async client => {
    await client.query('select pg_advisory_xact_lock($1)', [HOLD_LOCK])
    const { rowCount } = await client.query(KNOWN[hold.what], [hold.force, hold.reference])
    const { rows } = await client.query<{ hold_id: number }>(
      `insert into legal_hold (force, what, reference, numbers, reason, held_by, held_at, until_at)
       select $1, $2, $3, case $2 when 'number' then array[$3]
           when 'person' then array(select distinct e164 from number_link where force = $1 and person_id::text = $3)
           else '{}' end, $4, $5, $6, $7
       where $8 returning hold_id`,
      [
        ...[hold.force, hold.what, hold.reference, hold.reason, hold.by, Math.round(hold.at)],
        ...[hold.until === undefined ? null : Math.round(hold.until), rowCount !== 0]
      ]
    )
    return rows[0] === undefined ? undefined : { ...hold, id: rows[0].hold_id }
  })
}

/** False: there is no such hold, or it was released already. */
export async function releaseHold(
  pool: pg.Pool,
  { id, by, at }: { readonly id: number; readonly by: string; readonly at: number }
): Promise<boolean> {
  const { rowCount } = await pool.query(
    'update legal_hold set released_at = $2, released_by = $3 where hold_id = $1 and released_at is null',
    [id, Math.round(at), by]
  )
  return rowCount !== 0
}

/** Those that hold at this time, oldest first. */
export async function openHolds(pool: pg.Pool, now: number): Promise<LegalHold[]> {
  const { rows } = await pool.query<Row>(`select * from legal_hold h where ${holdsAt('h', '$1')} order by hold_id`, [
    Math.round(now)
  ])
  return rows.map(row => ({
    id: row.hold_id,
    ...{ force: row.force, what: row.what, reference: row.reference, reason: row.reason },
    ...{ by: row.held_by, at: row.held_at },
    ...(row.until_at === null ? {} : { until: row.until_at })
  }))
}

/** Of the number `e164` of force `force`, both SQL: held itself, or of somebody who is. */
export const numberHeld = (e164: string, forces: string, now: string) =>
  `(exists (select from legal_hold h where h.numbers @> array[${e164}] and h.force in (${forces}) and ${holdsAt('h', now)})
    or exists (select from number_link l join legal_hold h on h.what = 'person' and h.reference = l.person_id::text
      and h.force = l.force where l.e164 = ${e164} and l.force in (${forces}) and ${holdsAt('h', now)}))`

/** A hold of this kind on the row of that name, all three SQL. */
export const rowHeld = (what: HoldKind, reference: string, force: string, now: string) =>
  `exists (select from legal_hold h where h.what = '${what}' and h.reference = ${reference} and h.force in (${force})
    and ${holdsAt('h', now)})`

/**
 * Every call that must be kept now, `$1`: held itself, of a number or a person that is, led to an incident that is, not
 * over yet, or still in the ledger.
 */
export const HELD_CALLS = `
with held as (select * from legal_hold h where ${holdsAt('h', '$1')}
), held_numbers as (
  select force, unnest(numbers) as e164 from held
  union select l.force, l.e164 from held join number_link l on l.force = held.force
    and l.person_id = case held.what when 'person' then held.reference::bigint end
)
select c.call_id from held_numbers n join contact c on c.network_e164 = n.e164 and n.force in (c.force, c.home_force)
union select c.call_id from held_numbers n join contact c on c.presentation_e164 = n.e164 and n.force in (c.force, c.home_force)
union select case what when 'call' then reference::uuid end from held where what = 'call'
union select ci.call_id from held join incident i on i.force = held.force and i.reference = held.reference
  join contact_incident ci using (incident_id) where held.what = 'incident'
union select call_id from contact where closed_at is null and released_at is null
union select call_id from ledger where closed_at is null`
