import type { CallId, HandlerId } from '../call/ids.ts'
import type { DisclosurePorts, DisclosureRefused } from '../http/disclosure-routes.ts'
import type { DisclosureKind, DisclosuresConfig } from '../operations/disclosure-schema.ts'
import type { Log } from '../operations/log.ts'
import type { SignOn } from '../pop/address.ts'
import { toBarePop } from '../pop/bare-pop.ts'
import { toMoments } from '../pop/call-moments.ts'
import type { CallRecord } from '../pop/call-record.ts'
import { lacksReason, mayDisclose } from '../pop/disclosure-rules.ts'
import type { RevisedPanel } from '../pop/pop.ts'
import { panelsNotKept, toReplay } from '../pop/replay.ts'
import type { Disclosure } from '../records/disclosures.ts'

interface Parts {
  readonly rules: DisclosuresConfig
  readonly read: (callId: CallId) => Promise<CallRecord | 'too-long' | undefined>
  readonly add: (disclosure: Disclosure) => Promise<string>
  /** As far as they are still kept. Never rejects. */
  readonly panelsOf: (callId: CallId, handlers: readonly HandlerId[]) => Promise<readonly RevisedPanel[]>
  readonly mayAsk: (handler: string) => boolean
  readonly log: Pick<Log, 'info'>
  readonly now: () => number
}

/**
 * A call that is taken out or played again: judged by the rules, put on record, and only then given. The record of the call is
 * read before that, so that what is given does not have this disclosure in it, but all before.
 */
export function makeDisclosureDesk(parts: Parts): DisclosurePorts {
  const { add, panelsOf, log, now } = parts
  const disclose = async (
    by: SignOn,
    callId: CallId,
    what: { readonly kind: DisclosureKind; readonly format?: 'json' | 'csv'; readonly reason?: string | undefined }
  ): Promise<CallRecord | DisclosureRefused> => {
    const record = await judged(parts, by, callId, what)
    if (typeof record === 'string') return record
    const { kind, format, reason } = what
    await add({
      ...{ kind, callId, ofForce: record.head.force, at: now() },
      ...{ handler: by.handler, position: by.position, force: by.force },
      ...(format === undefined ? {} : { format }),
      ...(reason === undefined ? {} : { reason })
    })
    log.info('call.disclosed', { callId, handler: by.handler, what: kind })
    return record
  }
  return {
    exportCall: (by, callId, how) => disclose(by, callId, { kind: 'export', ...how }),
    notePrint: async (by, callId, reason) => {
      const record = await disclose(by, callId, { kind: 'print', reason })
      return typeof record === 'string' ? record : 'noted'
    },
    replayCall: async (by, callId, reason) => {
      const record = await disclose(by, callId, { kind: 'replay', reason })
      if (typeof record === 'string') return record
      const panels = await panelsOf(callId, handlersOf(record))
      return {
        call: callId,
        steps: [...toReplay({ record, panels, toBarePop })],
        moments: toMoments(record).map(({ at, of, kind, who, words }) => ({ at, of, kind, who, words })),
        notKept: [...panelsNotKept({ record, panels })]
      }
    }
  }
}

async function judged(
  { rules, read, mayAsk }: Parts,
  by: SignOn,
  callId: CallId,
  { kind, reason }: { readonly kind: DisclosureKind; readonly reason?: string | undefined }
): Promise<CallRecord | DisclosureRefused> {
  if (!mayAsk(by.handler)) return 'too-many'
  const record = await read(callId)
  if (record === undefined) return 'unknown'
  // What is too long is not read; whose it is stands in what was.
  if (record === 'too-long') return 'too-long'
  const { head } = record
  if (!mayDisclose(kind, by, { force: head.force, hands: handlersOf(record) }, rules)) return 'not-entitled'
  return lacksReason(kind, reason, rules) ? 'needs-reason' : record
}

/** Whoever had it as their own, and so all of its panels. */
function handlersOf({ hands }: CallRecord): readonly HandlerId[] {
  return hands.map(({ handler }) => handler)
}
