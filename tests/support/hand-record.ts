import type { Call } from '../../src/call/call.ts'
import type { CallId, HandlerId } from '../../src/call/ids.ts'
import type { Closing, Restored, Taking } from '../../src/pop/holders.ts'

interface Row {
  call: Call
  takenBy?: HandlerId
  isClosed: boolean
  readonly hands: Map<HandlerId, boolean>
}

/** What PostgreSQL keeps of calls and whoever had them, by the rules of records/wrap-ups.ts, in memory. */
export class HandRecord {
  readonly rows = new Map<CallId, Row>()
  /** So many times it does not answer whoever closes a contact for good. */
  refusesLast = 0

  write(call: Call): void {
    const row = this.rows.get(call.callId)
    if (row === undefined) this.rows.set(call.callId, { call, isClosed: false, hands: new Map() })
    else row.call = call
  }

  taken({ callId, handler, from }: Taking): boolean {
    const row = this.rows.get(callId)
    if (row === undefined) throw new Error('record.no-call')
    if (row.takenBy === undefined || row.takenBy === from) row.takenBy = handler
    if (row.takenBy !== handler) return false
    row.hands.set(handler, false)
    return true
  }

  closed({ callId, handler, isLast }: Closing): void {
    if (isLast && this.refusesLast-- > 0) throw new Error('away')
    const row = this.rows.get(callId)
    row?.hands.set(handler, true)
    if (row !== undefined && isLast) row.isClosed = true
  }

  open(): readonly { readonly call: Call; readonly known: Restored }[] {
    return [...this.rows.values()].flatMap(({ call, isClosed, takenBy, hands }) =>
      isClosed
        ? []
        : [
            {
              call,
              known: {
                hands: [...hands].map(([handler, isDone]) => ({ handler, isClosed: isDone })),
                ...(takenBy === undefined ? {} : { takenBy })
              }
            }
          ]
    )
  }
}
