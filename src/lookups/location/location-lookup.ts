import type { Call } from '../../call/call.ts'
import type { CallId } from '../../call/ids.ts'
import { type Lookup, NOBODY } from '../lookup.ts'
import { numbersAsked } from '../numbers-asked.ts'
import { type LateRecord, NO_LATE_RECORD } from './late-fix.ts'
import type { LocationFix } from './location.ts'
import { readPidfLo } from './pidf-lo.ts'

export interface Address {
  readonly text: string
  readonly latitude?: number
  readonly longitude?: number
  readonly source: string
  readonly asOf: number
}

export type AddressOnRecord = (
  ask: { readonly forces: readonly string[]; readonly e164s: readonly string[] },
  signal: AbortSignal
) => Promise<Address | undefined>

export interface Located {
  /** Best first. */
  readonly fixes: readonly LocationFix[]
  /** Why a document the switch sent is not among them. */
  readonly unreadable?: string
}

/**
 * Where the caller is: the fix in the INVITE, else the address on record of the number. A document that cannot be
 * read is said beside the address, not instead of it.
 */
export function makeLocationLookup({
  addressOnRecord,
  deadlineMs,
  lateRecord = async () => NO_LATE_RECORD,
  onUnreadable
}: {
  addressOnRecord: AddressOnRecord
  deadlineMs: number
  /** What came after the first lookups; asked only of a call that has such. */
  lateRecord?: (callId: CallId) => Promise<LateRecord>
  onUnreadable: (call: Call, reason: string) => void
}): Lookup<Located> {
  return {
    name: 'location',
    source: 'Network fix, else address on record',
    deadlineMs,
    probe: signal => addressOnRecord(NOBODY, signal),
    ask: async (call, signal) => {
      const late = call.lateFixes === undefined ? undefined : await lateRecord(call.callId)
      if (late !== undefined && late.fixes.length > 0) {
        const fixes = late.fixes.map(({ fix }) => fix).reverse()
        return { kind: 'found', value: { fixes }, asOf: fixes[0]?.fixedAt ?? call.offeredAt }
      }
      const document = call.locationDocument === undefined ? undefined : readPidfLo(call.locationDocument)
      if (document?.kind === 'fixes') {
        return { kind: 'found', value: { fixes: document.fixes }, asOf: document.fixes[0]?.fixedAt ?? call.offeredAt }
      }
      if (document !== undefined) onUnreadable(call, document.reason)
      const note = document === undefined ? {} : { unreadable: document.reason }
      const e164s = numbersAsked(call)
      const address =
        e164s.length === 0 ? undefined : await addressOnRecord({ forces: [call.homeForce, call.force], e164s }, signal)
      if (address !== undefined)
        return { kind: 'found', value: { fixes: [toFix(address)], ...note }, asOf: address.asOf }
      if (document !== undefined) return { kind: 'failed', fault: 'lookup.bad-document' }
      return e164s.length === 0 ? { kind: 'not-asked', why: 'no-cli' } : { kind: 'none' }
    }
  }
}

function toFix({ text, latitude, longitude, asOf }: Address): LocationFix {
  const place = latitude === undefined || longitude === undefined ? {} : { latitude, longitude }
  return { source: 'address', shape: 'civic', ...place, address: text, fixedAt: asOf }
}
