import type pg from 'pg'
import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import { CHANNEL, toPayload } from './notices.ts'

/** Calls that one answer of the record brings. */
const MAX_OPEN = 500

export interface EisecRequest {
  readonly callId: CallId
  readonly logOn: string
  readonly run: number
}

/**
 * Takes the log-on where nobody has it whose own lease holds; answers whether it is ours. One that is draining takes
 * none. Rejects as the record does.
 */
export async function claimLogOn(pool: pg.Pool, logOn: string, node: string): Promise<boolean> {
  const { rows } = await pool.query<{ node: string | null }>({
    name: 'claim-eisec',
    // Asked every second by every gateway: nothing is locked or written while somebody has it.
    text: `with held as (
             select held.node, held.node = $2 or exists (select 1 from node where node.node = held.node
               and left_at is null and lease_until >= clock_timestamp()) as is_taken
             from eisec_log_on as held where log_on = $1
           ), mine as (
             select from node where node = $2 and left_at is null and not is_draining and lease_until >= clock_timestamp()
               and not exists (select 1 from held where is_taken)
           ), taken as (
             insert into eisec_log_on as held (log_on, node) select $1, $2 from mine
             on conflict (log_on) do update set node = excluded.node, since = clock_timestamp()
               where held.node is distinct from excluded.node and not exists (
                 select 1 from node where node.node = held.node and left_at is null and lease_until >= clock_timestamp())
             returning node
           )
           select coalesce((select node from taken), (select node from held)) as node`,
    values: [logOn, node]
  })
  return rows[0]?.node === node
}

/** Another may take it at once. */
export async function giveLogOn(pool: pg.Pool, logOn: string, node: string): Promise<void> {
  await pool.query({
    name: 'give-eisec',
    text: `with given as (update eisec_log_on set node = null where log_on = $1 and node = $2 returning 1)
           select pg_notify($3, $4) from given`,
    values: [logOn, node, CHANNEL, toPayload({ t: 'eisec' })]
  })
}

/** For the gateway with the log-on, which hears of it where it is another (`isBell`). */
export async function addRequests(
  pool: pg.Pool,
  requests: readonly EisecRequest[],
  { isBell }: { readonly isBell: boolean }
): Promise<void> {
  await pool.query({
    name: 'add-eisec-requests',
    text: `with put as (
             insert into eisec_request as held (call_id, log_on, run)
             select * from unnest($1::uuid[], $2::text[], $3::int[])
             on conflict (call_id) do update
               set log_on = excluded.log_on, run = excluded.run, asked_at = clock_timestamp()
               where held.run < excluded.run
             returning 1
           )
           select pg_notify($4, $5) where $6 and exists (select 1 from put)`,
    values: [
      requests.map(({ callId }) => callId),
      requests.map(({ logOn }) => logOn),
      requests.map(({ run }) => run),
      CHANNEL,
      toPayload({ t: 'eisec' }),
      isBell
    ]
  })
}

/**
 * Requests that are not older than `withinMs` and of which `known` has no run as new, oldest first. One whose call the
 * journal has not written yet comes another time.
 */
export async function openRequests(
  pool: pg.Pool,
  logOn: string,
  { known, withinMs }: { readonly known: ReadonlyMap<CallId, number>; readonly withinMs: number }
): Promise<readonly { readonly call: Call; readonly run: number }[]> {
  const { rows } = await pool.query<{ call: Call; run: number }>({
    name: 'open-eisec-requests',
    text: `select call, run from eisec_request join contact using (call_id)
           where log_on = $1 and asked_at > clock_timestamp() - $2 * interval '1 ms' and call is not null
             and not exists (select 1 from unnest($3::uuid[], $4::int[]) as known(known_id, known_run)
               where known_id = call_id and known_run >= run)
           order by asked_at limit ${MAX_OPEN}`,
    values: [logOn, withinMs, [...known.keys()], [...known.values()]]
  })
  return rows
}

/** Nothing more will come for these; one that was asked for anew meanwhile stays. */
export async function endRequests(pool: pg.Pool, ended: ReadonlyMap<CallId, number>): Promise<void> {
  await pool.query({
    name: 'end-eisec-requests',
    text: `delete from eisec_request using unnest($1::uuid[], $2::int[]) as ended(ended_id, ended_run)
           where call_id = ended_id and run <= ended_run`,
    values: [[...ended.keys()], [...ended.values()]]
  })
}

/** Those that nobody asked about in time. */
export async function dropOldRequests(pool: pg.Pool, olderMs: number): Promise<void> {
  await pool.query({
    name: 'drop-eisec-requests',
    text: `delete from eisec_request where asked_at < clock_timestamp() - $1 * interval '1 ms'`,
    values: [olderMs]
  })
}

/** Marks of the password in force, and of one that may be, because a change to it was sent or about to be. */
export interface PasswordMarks {
  readonly inForce?: string
  readonly next?: string
}

export async function readMarks(pool: pg.Pool, logOn: string): Promise<PasswordMarks> {
  const { rows } = await pool.query<{ password_mark: string | null; next_mark: string | null }>({
    name: 'read-eisec-marks',
    text: 'select password_mark, next_mark from eisec_log_on where log_on = $1',
    values: [logOn]
  })
  const [row] = rows
  return {
    ...(row?.password_mark == null ? {} : { inForce: row.password_mark }),
    ...(row?.next_mark == null ? {} : { next: row.next_mark })
  }
}

/** Resolves when it is durable: after this a change may be sent. */
export async function writeNextMark(pool: pg.Pool, logOn: string, next: string): Promise<void> {
  const { rowCount } = await pool.query({
    name: 'write-eisec-next-mark',
    text: 'update eisec_log_on set next_mark = $2 where log_on = $1',
    values: [logOn, next]
  })
  if (rowCount !== 1) throw new Error(`log-on ${logOn} is not in the record`)
}

export async function writeMark(pool: pg.Pool, logOn: string, inForce: string): Promise<void> {
  await pool.query({
    name: 'write-eisec-mark',
    text: 'update eisec_log_on set password_mark = $2, next_mark = null where log_on = $1',
    values: [logOn, inForce]
  })
}
