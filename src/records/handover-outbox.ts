import type pg from 'pg'
import type { HandoverOutbox, Leased } from '../handover/handover-record.ts'
import { type Row, toKnown } from './handovers.ts'

/*
 * What is still to go to command and control. All times are the record's own, so that gateways whose clocks differ do not
 * send beside each other.
 */

const NOW = `(extract(epoch from clock_timestamp()) * 1000)::bigint`

export function makeHandoverOutbox(pool: pg.Pool): HandoverOutbox {
  return {
    lease: async (force, limit, leaseMs): Promise<Leased[]> => {
      const { rows } = await pool.query<Row & { attempts: number }>({
        name: 'handover-lease',
        text: `with next as (
                 select handover_id from handover_outbox
                 where force = $1 and done_at is null and due_at <= ${NOW} and leased_until <= ${NOW}
                 order by due_at limit $2 for update skip locked
               ), leased as (
                 update handover_outbox o set leased_until = ${NOW} + $3::bigint, attempts = attempts + 1
                 from next where o.handover_id = next.handover_id returning o.handover_id, o.attempts - 1 as attempts
               )
               select h.handover_id, h.rev, h.body, leased.attempts from handover h join leased using (handover_id)`,
        values: [force, limit, Math.round(leaseMs)]
      })
      return rows.map(({ attempts, ...row }) => ({ known: toKnown(row), attempts }))
    },
    done: async id => {
      await pool.query({
        name: 'handover-done',
        text: `update handover_outbox set done_at = ${NOW} where handover_id = $1 and done_at is null`,
        values: [id]
      })
    },
    again: async (id, inMs, why) => {
      await pool.query({
        name: 'handover-again',
        text: `with kept as (
                 update handover_outbox set due_at = ${NOW} + $2::bigint, leased_until = 0
                 where handover_id = $1 and done_at is null returning handover_id
               )
               update handover h set rev = rev + 1, body = jsonb_set(body, '{trouble}', to_jsonb($3::text)),
                 changed_at = clock_timestamp()
               from kept where h.handover_id = kept.handover_id and body->>'trouble' is distinct from $3::text`,
        values: [id, Math.round(inMs), why]
      })
    }
  }
}
