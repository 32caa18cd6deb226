import type pg from 'pg'
import type { CallId } from '../call/ids.ts'
import type { KnownEntry } from '../pop/ledger.ts'
import type { Marking, RingBackRecord, Taking } from '../pop/ring-back.ts'
import { toJson } from './journal-rows.ts'
import { readEntries } from './ledger.ts'

/*
 * What is done about calls that must be rung back. Each act is kept beside the entry it changes, in one statement with it.
 */

export function makeRingBackRecord(pool: pg.Pool): RingBackRecord {
  const read = async (callId: CallId): Promise<KnownEntry | undefined> => (await readEntries(pool, [callId]))[0]
  return {
    mark: async marking => {
      await markRingBack(pool, marking)
      const known = await read(marking.callId)
      if (known === undefined) throw new Error('an entry that was written is not there')
      return known
    },
    take: async taking => ((await takeRingBack(pool, taking)) ? read(taking.callId) : undefined),
    giveBack: async taking => ((await giveBack(pool, taking)) ? read(taking.callId) : undefined)
  }
}

/** The call's own entry, which is made where there is none, and opened again where it was closed. */
async function markRingBack(pool: pg.Pool, marking: Marking): Promise<void> {
  const { callId, force, line, number, e164, dueAt, why, by, at } = marking
  await pool.query({
    name: 'ring-back-mark',
    text: `with marked as (
             insert into ledger (call_id, kind, force, line, e164, number, opened_at, due_at, why, marked_by)
             values ($1, 'ring-back', $2, $3, $4, $5::jsonb->0, $6, $7, $8, $9)
             on conflict (call_id) do update set
               due_at = excluded.due_at, why = excluded.why, marked_by = excluded.marked_by,
               e164 = coalesce(excluded.e164, ledger.e164), number = excluded.number,
               taken_by = null, taken_at = null, closed_at = null, closed_by = null, reason = null, note = null,
               rev = ledger.rev + 1, changed_at = clock_timestamp()
             returning call_id
           )
           insert into ledger_act (call_id, act, handler, at, due_at, why)
           select call_id, 'marked', $9, $6, $7, $8 from marked`,
    values: [...[callId, force, line, e164 ?? null, toJson([number]), Math.round(at), Math.round(dueAt), why, by]]
  })
}

/** Only as whoever takes it saw it: of two who take it at once one is told that it stands otherwise now. */
async function takeRingBack(pool: pg.Pool, { callId, rev, by, at }: Taking): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'ring-back-take',
    text: `with taken as (
             update ledger set taken_by = $2, taken_at = $3, rev = rev + 1, changed_at = clock_timestamp()
             where call_id = $1 and closed_at is null and rev = $4 returning call_id
           )
           insert into ledger_act (call_id, act, handler, at) select call_id, 'taken', $2, $3 from taken`,
    values: [callId, by, Math.round(at), rev]
  })
  return rowCount === 1
}

/** By whoever has it; it is everybody's again. */
async function giveBack(pool: pg.Pool, { callId, by, at }: Omit<Taking, 'rev'>): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'ring-back-give-back',
    text: `with given as (
             update ledger set taken_by = null, taken_at = null, rev = rev + 1, changed_at = clock_timestamp()
             where call_id = $1 and closed_at is null and taken_by = $2 returning call_id
           )
           insert into ledger_act (call_id, act, handler, at) select call_id, 'given-back', $2, $3 from given`,
    values: [callId, by, Math.round(at)]
  })
  return rowCount === 1
}
