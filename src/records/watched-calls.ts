import type pg from 'pg'
import { SYNTHETIC } from '../call/synthetic.ts'
import { inTransaction } from '../operations/postgres.ts'
import type { LiveCall, LiveCalls, PastCall, PastCalls } from '../pop/watched-calls.ts'
import { addSearch, type Searcher } from './search-audit.ts'

/** Shown at once; whoever answers for more looks at those that nobody has. */
const MAX_LIVE = 200
const MAX_ALARMS = 10

type LiveRow = Omit<LiveCall, 'answeredAt' | 'handler' | 'name' | 'position'> & {
  readonly answeredAt: number | null
  readonly handler: string | null
  readonly name: string | null
  readonly position: string | null
  readonly total: number
}

/** Calls that go on, of these forces; nothing of their callers. Rejects as the record does. */
export async function readLiveCalls(pool: pg.Pool, forces: readonly string[], now: number): Promise<LiveCalls> {
  const { rows } = await pool.query<LiveRow>(
    `select call_id as call, contact.force, line, state, contact.call->>'route' as route, offered_at as "offeredAt",
       answered_at as "answeredAt", taken_by as handler, handler.name, sign_on.position,
       coalesce((contact.call->'flags'->>'silent')::boolean, false) as silent,
       coalesce((contact.call->'flags'->>'abandoned')::boolean, false) as abandoned,
       coalesce((contact.call->>'isUnheard')::boolean, false) as unheard,
       jsonb_path_query_array(contact.call, '$.legs[*] ? (@.state == "alerting").device') as ringing,
       (select coalesce(json_agg(open), '[]') from (
          select code, priority, words from alarm where alarm.call_id = contact.call_id and ended_at is null
          order by priority, raised_at limit ${MAX_ALARMS}) open) as alarms,
       count(*) over ()::int as total
     from contact left join handler on handler.handler = taken_by left join sign_on on sign_on.handler = taken_by
     where released_at is null and closed_at is null and contact.call is not null and contact.force = any($1)
       and contact.force <> '${SYNTHETIC}'
     order by taken_by is not null, offered_at limit ${MAX_LIVE}`,
    [forces]
  )
  return { at: now, calls: rows.map(toLive), more: Math.max(0, (rows[0]?.total ?? 0) - rows.length) }
}

function toLive({ answeredAt, handler, name, position, total: _, ...row }: LiveRow): LiveCall {
  return {
    ...row,
    ...(answeredAt === null ? {} : { answeredAt }),
    ...(handler === null ? {} : { handler }),
    ...(name === null ? {} : { name }),
    ...(position === null ? {} : { position })
  }
}

export interface PastAsk {
  /** Whose calls. */
  readonly forces: readonly string[]
  /** Epoch ms between which they were offered. */
  readonly from: number
  readonly until: number
  readonly line?: string
  /** Whoever had it. */
  readonly handler?: string
  /** As it was typed, and what it is: the number of the network or the one shown. */
  readonly typed?: string
  readonly e164?: string
  /** The last of the page before. */
  readonly after?: { readonly at: number; readonly callId: string }
  readonly limit: number
}

type PastRow = Omit<PastCall, 'answeredAt' | 'cause' | 'releasedAt' | 'closedAt'> & {
  readonly answeredAt: number | null
  readonly cause: string | null
  readonly releasedAt: number | null
  readonly closedAt: number | null
}

/** Planned anew with each question, whose conditions differ. */
const PAST = `select call_id as call, force, line, state, cause, offered_at as "offeredAt", answered_at as "answeredAt",
    released_at as "releasedAt", closed_at as "closedAt",
    coalesce((call->'flags'->>'silent')::boolean, false) as silent,
    coalesce((call->'flags'->>'abandoned')::boolean, false) as abandoned,
    array(select handler from wrap_up where wrap_up.call_id = contact.call_id order by had_at, handler) as handlers
  from contact
  where offered_at >= $2 and offered_at < $3 and force = any($1) and force <> '${SYNTHETIC}' and call is not null
    and (released_at is not null or closed_at is not null)
    and ($4::text is null or line = $4)
    and ($5::text is null or exists (select from wrap_up where wrap_up.call_id = contact.call_id and handler = $5))
    and ($6::text is null or network_e164 = $6 or presentation_e164 = $6)
    and ($7::bigint is null or (offered_at, call_id) < ($7, $8::uuid))
  order by offered_at desc, call_id desc limit $9`

/** Calls that have ended, the newest first; the question is on record before its answer is given. Rejects as the record does. */
export async function findPastCalls(pool: pg.Pool, by: Searcher, ask: PastAsk): Promise<PastCalls> {
  return inTransaction(pool, async client => {
    const { forces, from, until, line, handler, typed, e164, after, limit } = ask
    const { rows } = await client.query<PastRow>(PAST, [
      ...[forces, Math.round(from), Math.round(until), line ?? null, handler ?? null, e164 ?? null],
      ...[after?.at ?? null, after?.callId ?? null, limit + 1]
    ])
    const calls = rows.slice(0, limit).map(toPast)
    const query = typed === undefined ? {} : { query: typed }
    await addSearch(client, by, { kind: 'calls', forces, results: calls.length, ...query })
    return { calls, more: rows.length > limit }
  })
}

function toPast({ answeredAt, cause, releasedAt, closedAt, ...row }: PastRow): PastCall {
  return {
    ...row,
    ...(answeredAt === null ? {} : { answeredAt }),
    ...(cause === null ? {} : { cause }),
    ...(releasedAt === null ? {} : { releasedAt }),
    ...(closedAt === null ? {} : { closedAt })
  }
}
