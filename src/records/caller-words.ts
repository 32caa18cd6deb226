import type pg from 'pg'
import type { CallingNumber } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { type CallerWord, type CallerWords, wordsAfter } from '../lookups/caller-words.ts'
import { tellOwner } from './location-fixes.ts'

/*
 * What handlers say of who is calling. As with a late fix the gateway that has the call hears of it with the commit, by
 * ids alone; the number itself is read here.
 */

/** Of one call; more is no handler at work. */
export const MAX_CALLER_WORDS = 100

export interface CallerAct {
  readonly callId: CallId
  readonly act: CallerWord['act']
  /** Of `number`. */
  readonly number?: CallingNumber
  /** Of `none`. */
  readonly e164s?: readonly string[]
  readonly handler: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/** `as-it-was`: it stood so already. `too-many`: this call has had as many as one may have. */
export interface CallerSaid {
  readonly result: 'said' | 'as-it-was' | 'too-many'
  /** The newest change of the call; undefined where nothing was changed. */
  readonly change: number | undefined
}

const SORTS = {
  number: ['number', 'number-back'],
  'number-back': ['number', 'number-back'],
  none: ['none', 'none-back'],
  'none-back': ['none', 'none-back']
} as const satisfies Record<CallerWord['act'], readonly [CallerWord['act'], CallerWord['act']]>

/** Taking back can always be done. Rejects as the record does. */
export async function putCallerWord(pool: pg.Pool, node: string, said: CallerAct): Promise<CallerSaid> {
  const { callId, act, number, e164s, handler, at } = said
  const { rows } = await pool.query<{ result: CallerSaid['result']; change: number | null }>({
    name: 'put-caller-word',
    text: `with held as (
             select act, number->>'e164' as e164, e164s from caller_word
             where call_id = $1 and act = any($4) order by change desc limit 1
           ), differs as (
             select case when $3 like '%-back' then exists (select from held where act || '-back' = $3)
               else not exists (select from held where act = $3 and e164 is not distinct from $5::jsonb->>'e164'
                 and e164s is not distinct from $6::text[]) end as it,
               $3 like '%-back' or (select count(*) from caller_word where call_id = $1) < ${MAX_CALLER_WORDS} as may
           ), told as (
             insert into caller_word (call_id, act, number, e164s, handler, at)
             select $1, $3, $5::jsonb, $6::text[], $7, $8 from differs where it and may returning change
           ), tells as (${tellOwner('caller')})
           select (select change from tells) as change, case
             when exists (select 1 from told) then 'said'
             when (select it from differs) then 'too-many'
             else 'as-it-was' end as result`,
    values: [
      ...[callId, node, act, SORTS[act], number === undefined ? null : JSON.stringify(number)],
      ...[e164s ?? null, handler, Math.round(at)]
    ]
  })
  return { result: rows[0]?.result ?? 'as-it-was', change: rows[0]?.change ?? undefined }
}

interface Row {
  readonly act: CallerWord['act']
  readonly number: CallingNumber | null
  readonly e164s: readonly string[] | null
  readonly handler: HandlerId
  readonly at: number
}

/** What holds of what was said of the caller of this call. Rejects as the record does. */
export async function readCallerWords(pool: pg.Pool, callId: CallId): Promise<CallerWords> {
  const { rows } = await pool.query<Row>({
    name: 'read-caller-words',
    text: 'select act, number, e164s, handler, at from caller_word where call_id = $1 order by change',
    values: [callId]
  })
  return wordsAfter(
    rows.map(({ act, number, e164s, handler, at }) => ({
      ...{ act, by: handler, at },
      ...(number === null ? {} : { number }),
      ...(e164s === null ? {} : { e164s })
    }))
  )
}
