import type pg from 'pg'
import type { CallId } from '../call/ids.ts'

export interface NumberAsked {
  readonly e164: string
  /** Epoch ms between which the call was offered. */
  readonly from: number
  readonly to: number
}

/** Each number's newest open call of these lines, where it has one: the network's number, else the one that was shown. */
export async function openCallsOfNumbers(
  pool: pg.Pool,
  numbers: readonly NumberAsked[],
  lines: readonly string[]
): Promise<ReadonlyMap<string, CallId>> {
  const { rows } = await pool.query<{ e164: string; call_id: CallId }>({
    name: 'open-calls-of-numbers',
    text: `select asked.e164, newest.call_id
           from unnest($1::text[], $2::bigint[], $3::bigint[]) as asked(e164, since, until)
           cross join lateral (
             select call_id, offered_at from contact
             where network_e164 = asked.e164 and offered_at between since and until
               and closed_at is null and call is not null and line = any($4)
             union all
             select call_id, offered_at from contact
             where presentation_e164 = asked.e164 and network_e164 is null and offered_at between since and until
               and closed_at is null and call is not null and line = any($4)
             order by offered_at desc limit 1
           ) newest`,
    values: [
      numbers.map(({ e164 }) => e164),
      numbers.map(({ from }) => Math.round(from)),
      numbers.map(({ to }) => Math.round(to)),
      lines
    ]
  })
  return new Map(rows.map(({ e164, call_id }) => [e164, call_id]))
}
