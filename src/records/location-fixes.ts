import type pg from 'pg'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { HeldFix, LateRecord, LateSource, SourceState } from '../lookups/location/late-fix.ts'
import { fixId } from '../lookups/location/late-fix.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { toJson } from './journal-rows.ts'
import { CHANNEL } from './notices.ts'

/*
 * Late fixes in the record. Whoever writes one need not have the call: the gateway that does hears of it with the
 * commit, and runs the location lookup again.
 */

/** Of one call; beyond it the oldest that nobody confirmed goes. */
export const MAX_FIXES = 16

/** What one source says of a call at one time. */
export interface LateWord {
  readonly callId: CallId
  readonly source: LateSource
  readonly fix?: LocationFix
  readonly state?: SourceState
  readonly by?: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/** `change`: the newest of this call; undefined when it was all known. `owner`: null while nobody has the call on record. */
export interface Recorded {
  readonly change: number | undefined
  readonly owner: string | null
}

/** Of a statement whose `told` has the change, of a place, a link, a note or the caller: `$1` is the call, `$2` this node. */
export function tellOwner(of: 'fix' | 'link' | 'note' | 'caller'): string {
  return `select told.change, owner, case
    when told.change is not null and owner is distinct from $2 then pg_notify('${CHANNEL}', json_build_object(
      't', 'fix', 'call', call_id, 'generation', generation, 'change', told.change${of === 'fix' ? '' : `, '${of}', true`})::text)::text end
  from told left join contact on contact.call_id = $1`
}
const TELL_OWNER = tellOwner('fix')

/**
 * Keeps what was said. What is known already changes nothing; a statement that waited in the record while its answer was
 * given up takes back nothing that was said since. `isAgain`: the answer to the first time was lost, so the newest change is
 * answered in any case. Rejects as the record does.
 */
export async function addLateWord(
  pool: pg.Pool,
  node: string,
  word: LateWord,
  { isAgain = false }: { readonly isAgain?: boolean } = {}
): Promise<Recorded> {
  const { rows } = await pool.query<{ change: number | null; owner: string | null }>({
    name: 'add-late-word',
    text: `with said as (
             select * from jsonb_to_recordset($3::jsonb) as s(
               fix_id text, source text, fix jsonb, state text, typed_by text)
           ), put as (
             insert into location_fix (call_id, fix_id, source, fix, state, came_at, typed_by)
             select $1, fix_id, source, fix, state, $4, typed_by from said
             on conflict (call_id, fix_id) do update
               set state = excluded.state, came_at = excluded.came_at, change = nextval('location_change')
               where excluded.state is distinct from location_fix.state and excluded.came_at >= location_fix.came_at
             returning change
           ), dropped as (
             delete from location_fix where call_id = $1 and fix_id in (
               select fix_id from location_fix where call_id = $1 and fix is not null and confirmed_at is null
               order by change desc offset ${MAX_FIXES - 1})
           ), told as (
             select coalesce((select max(change) from put), case when $5 then (
               select max(change) from location_fix where call_id = $1) end) as change)
           ${TELL_OWNER}`,
    values: [word.callId, node, toJson(toRows(word)), Math.round(word.at), isAgain]
  })
  return { change: rows[0]?.change ?? undefined, owner: rows[0]?.owner ?? null }
}

function toRows({ source, fix, state, by }: LateWord): object[] {
  return [
    ...(fix === undefined ? [] : [{ fix_id: fixId(fix), source, fix, ...(by === undefined ? {} : { typed_by: by }) }]),
    ...(state === undefined ? [] : [{ fix_id: source, source, state }])
  ]
}

export interface Confirming {
  readonly callId: CallId
  /** As the screens name it; what the fix says may have been completed since. */
  readonly id: string
  readonly fix: LocationFix
  readonly handler: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/** The handler says that the caller is there: kept as the fix was then, whatever its source says later. */
export async function confirmFix(pool: pg.Pool, node: string, confirming: Confirming): Promise<Recorded> {
  const { callId, id, fix, handler, at } = confirming
  const { rows } = await pool.query<{ change: number | null; owner: string | null }>({
    name: 'confirm-fix',
    text: `with told as (
             insert into location_fix (call_id, fix_id, source, fix, came_at, confirmed_at, confirmed_by)
             values ($1, $3, $4, $5::jsonb->0, $6, $6, $7)
             on conflict (call_id, fix_id) do update set confirmed_at = excluded.confirmed_at,
               confirmed_by = excluded.confirmed_by, change = nextval('location_change')
             returning change
           )
           ${TELL_OWNER}`,
    values: [callId, node, id, fix.source, toJson([fix]), Math.round(at), handler]
  })
  return { change: rows[0]?.change ?? undefined, owner: rows[0]?.owner ?? null }
}

interface Row {
  readonly fix_id: string
  readonly source: LateSource
  readonly fix: LocationFix | null
  readonly state: SourceState | null
  readonly came_at: number
  readonly typed_by: string | null
  readonly confirmed_at: number | null
  readonly confirmed_by: string | null
  /** What a handler said of the incident, and not of the caller; who and when stand as of a confirmation. */
  readonly is_incident: boolean
}

/**
 * All that came late of the call, oldest first; of the fixes that were confirmed the newest confirmation holds, and of what
 * was said of the incident's place the newest word.
 */
export async function readLateRecord(pool: pg.Pool, callId: CallId): Promise<LateRecord> {
  const { rows } = await pool.query<Row>({
    name: 'read-late-record',
    text: `(select fix_id, source, fix, state, came_at, typed_by, confirmed_at, confirmed_by, false as is_incident, change
            from location_fix where call_id = $1)
           union all
           (select '', '', fix, null, at, null, at, handler, true, change
            from incident_place where call_id = $1 order by change desc limit 1)
           order by change`,
    values: [callId]
  })
  const ofCaller = rows.filter(row => !row.is_incident)
  const holds = ofCaller.findLast(row => row.confirmed_at !== null)
  const incident = incidentOf(rows)
  return {
    fixes: ofCaller.flatMap(row => (row.fix === null ? [] : [toHeld(row, row.fix, row === holds)])),
    states: ofCaller.flatMap(({ source, state, came_at }) => (state === null ? [] : [{ source, state, at: came_at }])),
    ...(incident === undefined ? {} : { incident })
  }
}

function incidentOf(rows: readonly Row[]): LateRecord['incident'] {
  const said = rows.find(row => row.is_incident)
  if (said === undefined || said.fix === null || said.confirmed_by === null) return undefined
  return { fix: said.fix, by: said.confirmed_by, at: said.came_at }
}

function toHeld(row: Row, fix: LocationFix, isConfirmed: boolean): HeldFix {
  const { fix_id, came_at, typed_by, confirmed_at, confirmed_by } = row
  return {
    id: fix_id,
    fix,
    cameAt: came_at,
    ...(typed_by === null ? {} : { by: typed_by }),
    ...(!isConfirmed || confirmed_at === null || confirmed_by === null
      ? {}
      : { confirmed: { by: confirmed_by, at: confirmed_at } })
  }
}

/** A call as this node has it: the last change of its late fixes and links that it was told. */
export interface KnownChange {
  readonly callId: CallId
  readonly change: number
}

/**
 * `isLink`: of what it was linked to there is a later change too. `isNote`: of nothing but what was written of it.
 * `isCaller`: of what was said of its caller; with `isLink` of a place or a link too.
 */
export interface LaterChange extends KnownChange {
  readonly isLink: boolean
  readonly isNote: boolean
  readonly isCaller?: boolean
}

type ChangeKind = 'place' | 'link' | 'note' | 'caller'

/** Of these calls, those of which the record has later changes. */
export async function laterChanges(pool: pg.Pool, known: readonly KnownChange[]): Promise<LaterChange[]> {
  const { rows } = await pool.query<{ call_id: CallId; change: number; kinds: ChangeKind[] }>({
    name: 'later-changes',
    text: `select held_id as call_id, max(later.change) as change, array_agg(distinct kind) as kinds
           from unnest($1::uuid[], $2::bigint[]) as known(held_id, known_change) cross join lateral (
             select change, 'place' as kind from location_fix where call_id = held_id and change > known_change
             union all
             select change, 'place' from incident_place where call_id = held_id and change > known_change
             union all
             select change, 'link' from incident_link_act where call_id = held_id and change > known_change
             union all
             select change, 'caller' from caller_word where call_id = held_id and change > known_change
             union all
             select change, 'note' from call_note where call_id = held_id and change > known_change
             union all
             select change, 'place' from job_choice where call_id = held_id and change > known_change
           ) later group by held_id`,
    values: [known.map(({ callId }) => callId), known.map(({ change }) => change)]
  })
  return rows.map(({ call_id, change, kinds }) => {
    const isCaller = kinds.includes('caller')
    return {
      ...{ callId: call_id, change },
      isLink: kinds.includes('link') || (isCaller && kinds.includes('place')),
      isNote: kinds.every(kind => kind === 'note'),
      ...(isCaller ? { isCaller } : {})
    }
  })
}
