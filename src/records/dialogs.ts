import type pg from 'pg'
import type { SwitchCallId } from '../call/ids.ts'

type Dialog = Readonly<Record<string, unknown>>

/** The dialogs of open calls by any of their switches' names; a name that no open call has is left out. */
export async function findDialogs(
  pool: pg.Pool,
  switchCallIds: readonly SwitchCallId[]
): Promise<ReadonlyMap<SwitchCallId, Dialog>> {
  const { rows } = await pool.query<{ switch_call_ids: SwitchCallId[]; dialog: Dialog }>({
    name: 'find-dialogs',
    text: `select switch_call_ids, dialog from contact
      where switch_call_ids && $1::text[] and closed_at is null and dialog is not null`,
    values: [switchCallIds]
  })
  return new Map(rows.flatMap(({ switch_call_ids: names, dialog }) => names.map(name => [name, dialog] as const)))
}
