import type pg from 'pg'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { Choice } from '../resources/choice-settings.ts'
import { tellOwner } from './location-fixes.ts'
import { rowsOfLookup } from './lookup-statements.ts'

export interface ChoiceAct {
  readonly callId: CallId
  /** Absent: nobody chooses it any more, and the default holds. */
  readonly grade?: string
  readonly type?: string
  readonly handler: HandlerId
  /** Epoch ms. */
  readonly at: number
}

const CHOOSE = `
with put as (
  insert into job_choice (call_id, grade, type, handler, at)
  select $1, $3, $4, $5, $6 where exists (select 1 from contact where call_id = $1)
  on conflict (call_id) do update set grade = excluded.grade, type = excluded.type, handler = excluded.handler,
    at = excluded.at, change = nextval('location_change')
  where job_choice.at <= excluded.at
  returning change
), told as (select change from put), tells as (${tellOwner('fix')})
select (select change from tells) as change, exists (select 1 from contact where call_id = $1) as is_known`

/** What the call is now; the gateway that has it hears of it. `no-call`: the record does not have it yet. Rejects as it does. */
export async function chooseJob(
  pool: pg.Pool,
  node: string,
  { callId, grade, type, handler, at }: ChoiceAct
): Promise<{ readonly change: number | undefined; readonly isKnown: boolean }> {
  const { rows } = await pool.query<{ change: number | null; is_known: boolean }>({
    name: 'choose-job',
    text: CHOOSE,
    values: [callId, node, grade ?? null, type ?? null, handler, Math.round(at)]
  })
  return { change: rows[0]?.change ?? undefined, isKnown: rows[0]?.is_known === true }
}

/** What was chosen of a call; nothing where nobody has. */
export function makeReadChoice(pool: pg.Pool): (callId: CallId) => Promise<Choice> {
  return async callId => {
    const [row] = await rowsOfLookup<{ grade: string | null; type: string | null }>(pool, {
      ...{ name: 'read-job-choice', text: 'select grade, type from job_choice where call_id = $1', values: [callId] }
    })
    return {
      ...(row?.grade == null ? {} : { grade: row.grade }),
      ...(row?.type == null ? {} : { type: row.type })
    }
  }
}
