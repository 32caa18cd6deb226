import type pg from 'pg'
import type { CallId } from '../call/ids.ts'
import { handoverAlarmKey } from '../handover/handover-alarms.ts'
import type {
  Deployment,
  DueHandover,
  HandoverRecord,
  KnownHandover,
  MakeResult,
  SaidWord
} from '../handover/handover-record.ts'
import { HANDOVER_STEPS, type HandoverStep, stepsAt } from '../handover/handover-steps.ts'
import type { Handover } from '../pop/handover.ts'
import { toJson } from './journal-rows.ts'

/* Decisions and hand-overs in PostgreSQL: what is decided, what is to be sent and what is waited for go in as one. */

/** Of one call; more than anybody decides. */
const MAX_OF_CALL = 50
const MAX_CHANGED = 1_000
const MAX_DUE = 500
/** So long after it is over it still stands on the screens that open. */
const OVER_SHOWN_MS = 1_800_000
/** Whoever took a step raises its alarm at once; when after this there is none, that gateway has died. */
const RAISE_WITHIN_MS = 5_000

export interface Row {
  readonly handover_id: string
  readonly rev: number
  readonly body: Handover
}

const MAKE = `
with had as (
  select call_id, decided_by from deployment where deployment_id = $1
), held as (
  select count(*) as decisions from deployment where call_id = $2
), decided as (
  insert into deployment (deployment_id, call_id, force, outcome, grade, offered, chosen, note, decided_by, decided_at)
  select $1, $2, $3, $4, $5, $6::jsonb, $7::text[], $8, $9, $10 from held
  where exists (select 1 from contact where call_id = $2) and decisions < ${MAX_OF_CALL}
  on conflict (deployment_id) do nothing returning deployment_id
), handed as (
  insert into handover (handover_id, call_id, force, state, body, due_at, made_at, over_at)
  select $1, $2, $3, $11, $12::jsonb, $13::jsonb, $10, $14 from decided returning handover_id
), said as (
  insert into handover_step (handover_id, rev, call_id, signal, state, said_by, via, at)
  select $1, 1, $2, 'made', $11, $9, 'screen', $10 from handed
), queued as (
  insert into handover_outbox (handover_id, call_id, force, due_at)
  select $1, $2, $3, 0 from handed where $15::boolean
)
select case
  when exists (select 1 from handed) then 'made'
  when exists (select 1 from had where decided_by <> $9 or call_id <> $2) then 'not-theirs'
  when exists (select 1 from had) then 'as-it-was'
  when not exists (select 1 from contact where call_id = $2) then 'no-call'
  when (select decisions from held) >= ${MAX_OF_CALL} then 'too-many'
  else 'as-it-was' end as result`

export function makeHandoverRecord(pool: pg.Pool): HandoverRecord {
  return {
    make: (deployment, handover) => make(pool, deployment, handover),
    read: async id => {
      const { rows } = await pool.query<Row>({
        name: 'handover-read',
        text: 'select handover_id, rev, body from handover where handover_id = $1',
        values: [id]
      })
      return rows[0] === undefined ? undefined : toKnown(rows[0])
    },
    put: (before, after, word) => put(pool, before, { after, word }),
    open: async limit => {
      const { rows } = await pool.query<Row>({
        name: 'handover-open',
        text: `select handover_id, rev, body from handover
               where over_at is null or changed_at > clock_timestamp() - interval '${OVER_SHOWN_MS} milliseconds'
               order by (over_at is null) desc, made_at desc limit $1`,
        values: [limit]
      })
      return rows.reverse().map(toKnown)
    },
    changed: async withinMs => {
      const { rows } = await pool.query<Row>({
        name: 'handover-changed',
        text: `select handover_id, rev, body from handover
               where changed_at > clock_timestamp() - make_interval(secs => $1::float8 / 1000)
               order by changed_at limit ${MAX_CHANGED}`,
        values: [withinMs]
      })
      return rows.map(toKnown)
    },
    due: now => due(pool, now),
    claim: async (id, step, { node, at }) => {
      const { rowCount } = await pool.query({
        name: 'handover-claim',
        text: `insert into handover_alarm (handover_id, step, call_id, node, at)
               select handover_id, $2, call_id, $3, $4::bigint from handover
               where handover_id = $1 and over_at is null and (due_at->>$2)::bigint <= $4::bigint for share
               on conflict (handover_id, step) do update set node = excluded.node, at = excluded.at
               where handover_alarm.at <= excluded.at - ${RAISE_WITHIN_MS}
                 and not exists (select from alarm where key = $5)`,
        values: [id, step, node, Math.round(at), handoverAlarmKey(id, step)]
      })
      return rowCount === 1
    }
  }
}

async function make(pool: pg.Pool, deployment: Deployment, handover: Handover): Promise<MakeResult> {
  const { id, callId, force, outcome, grade, offered, chosen, note, by, at } = deployment
  const { rows } = await pool.query<{ result: MakeResult }>({
    name: 'handover-make',
    text: MAKE,
    values: [
      ...[id, callId, force, outcome, grade, toJson(offered), chosen, note ?? null, by, Math.round(at)],
      ...[handover.state, toJson(handover), toJson(stepsAt(handover)), handover.overAt ?? null, handover.toControl]
    ]
  })
  return rows[0]?.result ?? 'no-call'
}

interface Change {
  readonly after: Handover
  readonly word: Parameters<HandoverRecord['put']>[2]
}

async function put(pool: pg.Pool, before: KnownHandover, { after, word }: Change): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'handover-put',
    text: `with moved as (
             update handover set rev = rev + 1, state = $3, body = $4::jsonb, due_at = $5::jsonb, over_at = $6,
               changed_at = clock_timestamp()
             where handover_id = $1 and rev = $2 returning handover_id, rev, call_id
           )
           insert into handover_step (handover_id, rev, call_id, signal, state, said_by, via, at, said)
           select handover_id, rev, call_id, $7, $3, $8, $9, $10, $11::jsonb from moved`,
    values: [
      ...[after.handover, before.rev, after.state, toJson(after), toJson(stepsAt(after)), after.overAt ?? null],
      ...[word.signal, word.by, word.via, Math.round(word.at), saidBeside(word)]
    ]
  })
  return rowCount === 1
}

/** What a word names, and what it was chosen from; null of most words. */
function saidBeside({ units, assign, release, outcome, offered }: SaidWord): string | null {
  const said = { units, assign, release, outcome, offered }
  return Object.values(said).every(value => value === undefined) ? null : toJson(said)
}

async function due(pool: pg.Pool, now: number): Promise<DueHandover[]> {
  const { rows } = await pool.query<Row & { step: HandoverStep }>({
    name: 'handover-due',
    text: `select h.handover_id, h.rev, h.body, s.step
           from handover h cross join unnest($2::text[], $3::text[]) as s(step, alarm)
           left join handover_alarm a on a.handover_id = h.handover_id and a.step = s.step
           where h.over_at is null and (h.due_at->>s.step)::bigint <= $1::bigint
             and (a.at is null or (a.at <= $1::bigint - ${RAISE_WITHIN_MS}
               and not exists (select from alarm where key = s.alarm || h.handover_id)))
           order by (h.due_at->>s.step)::bigint limit ${MAX_DUE}`,
    values: [Math.round(now), HANDOVER_STEPS, HANDOVER_STEPS.map(step => handoverAlarmKey('', step))]
  })
  return rows.map(({ step, ...row }) => ({ step, known: toKnown(row) }))
}

export function toKnown({ rev, body }: Row): KnownHandover {
  return { rev, handover: body }
}

/** For the card: what was decided of a call, and how each stands; the newest first. */
export async function handoversOf(pool: pg.Pool, callId: CallId): Promise<KnownHandover[]> {
  const { rows } = await pool.query<Row>({
    name: 'handover-of-call',
    text: `select handover_id, rev, body from handover where call_id = $1 order by made_at desc limit ${MAX_OF_CALL}`,
    values: [callId]
  })
  return rows.map(toKnown)
}
