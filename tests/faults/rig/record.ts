import type { RecordState } from '../oracle/history.ts'
import type { Rig } from './rig.ts'

/** What PostgreSQL holds of this run; the demo's own history has no call and is left out. */
export function readRecord(rig: Rig): Promise<RecordState> {
  return rig.record(async client => {
    const acks = await client.query<{ popId: string; handler: string }>(
      // A node's own test call is received by the node itself, under a name no person can have.
      `select pop_id as "popId", handler from pop_delivery where acked_at is not null and handler not like '~synthetic-%'`
    )
    const contacts = await client.query<RecordState['contacts'][number]>(
      'select call_id as "callId", state, switch_call_ids as "switchCallIds" from contact where call is not null'
    )
    const journal = await client.query<RecordState['journal'][number]>(
      'select call_id as "callId", generation, seq, node from journal'
    )
    return { acks: acks.rows, contacts: contacts.rows, journal: journal.rows }
  })
}
