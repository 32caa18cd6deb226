import { type Lookup, NOBODY } from './lookup.ts'
import { numbersAsked } from './numbers-asked.ts'

/** An earlier contact of one of the call's numbers, and the incident it led to. */
export interface EarlierContact {
  readonly callId: string
  readonly e164: string
  readonly line: string
  readonly offeredAt: number
  readonly result?: string
  readonly summary?: string
  readonly incident?: { readonly reference: string; readonly type: string; readonly status: string }
}

export interface EarlierContacts {
  readonly items: readonly EarlierContact[]
  /** All there are, shown or not. */
  readonly total: number
}

export type FindEarlierContacts = (
  ask: {
    readonly forces: readonly string[]
    readonly e164s: readonly string[]
    readonly excludeCallId: string
    readonly limit: number
  },
  signal: AbortSignal
) => Promise<EarlierContacts>

const NO_CALL = '00000000-0000-0000-0000-000000000000'

/** Earlier contacts of both the network and the presentation number, newest first. */
export function makeHistoryLookup({
  earlierContacts,
  deadlineMs,
  limit,
  now
}: {
  earlierContacts: FindEarlierContacts
  deadlineMs: number
  limit: number
  now: () => number
}): Lookup<EarlierContacts> {
  return {
    name: 'history',
    source: 'Force record',
    deadlineMs,
    probe: signal => earlierContacts({ ...NOBODY, excludeCallId: NO_CALL, limit }, signal),
    ask: async (call, signal) => {
      const e164s = numbersAsked(call)
      if (e164s.length === 0) return { kind: 'not-asked', why: 'no-cli' }
      const forces = [call.homeForce, call.force]
      const found = await earlierContacts({ forces, e164s, excludeCallId: call.callId, limit }, signal)
      return found.total === 0 ? { kind: 'none' } : { kind: 'found', value: found, asOf: now() }
    }
  }
}
