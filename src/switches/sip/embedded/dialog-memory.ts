import { type SwitchCallId, toSipSwitchCallId } from '../../../call/ids.ts'
import type { RemoteTarget } from './remote-target.ts'
import type { SipLeg } from './sip-leg.ts'

/** What of a dialog stands in the journal, so that a restart can go on with it. No number of a caller, no name. */
export interface DialogMemory {
  readonly callId: string
  readonly fromTag: string
  readonly switchCallId: SwitchCallId
  readonly toTag: string
  readonly trunk: string
  readonly ddi: string
  readonly wasHeld: boolean
  /** Of the INVITE: nothing older belongs to the dialog. What came between it and the restart is not on record. */
  readonly cseq: number
  /** Where a BYE of ours would go; without the switch's From, which names the caller. */
  readonly target?: Pick<RemoteTarget, 'uri' | 'routes'>
  /** RFC 4028, as agreed in our 200. */
  readonly sessionSeconds?: number
  readonly isRecording: boolean
}

export function toDialogMemory(leg: SipLeg): Readonly<Record<string, unknown>> {
  const { callId, fromTag, toTag, match, wasHeld, cseq, target, timer, isRecording } = leg
  return {
    ...{ callId, fromTag, toTag, trunk: match.trunk.id, ddi: match.number.number, wasHeld, cseq },
    // A ring-leg is never ours to end.
    ...(target === undefined || match.trunk.mode !== 'event-leg' ? {} : { target: withoutUser(target) }),
    ...(timer === undefined ? {} : { sessionSeconds: timer.seconds }),
    ...(isRecording ? { isRecording } : {})
  }
}

/** Undefined when the record holds something else, as another driver's. */
export function readDialogMemory(stored: Readonly<Record<string, unknown>>): DialogMemory | undefined {
  const { callId, fromTag, toTag, trunk, ddi, wasHeld, cseq, sessionSeconds, isRecording } = stored
  if (typeof callId !== 'string' || typeof fromTag !== 'string' || typeof toTag !== 'string') return undefined
  if (typeof trunk !== 'string' || typeof ddi !== 'string') return undefined
  const target = readTarget(stored['target'])
  return {
    ...{ callId, fromTag, toTag, trunk, ddi },
    switchCallId: toSipSwitchCallId(callId, fromTag),
    wasHeld: wasHeld === true,
    cseq: typeof cseq === 'number' ? cseq : 0,
    isRecording: isRecording === true,
    ...(target === undefined ? {} : { target }),
    ...(typeof sessionSeconds === 'number' ? { sessionSeconds } : {})
  }
}

/** Many switches write the caller's number before the host of their own Contact. */
function withoutUser({ uri, routes }: RemoteTarget): Pick<RemoteTarget, 'uri' | 'routes'> {
  return { uri: /^sips?:\+?\d{6,}/i.test(uri) ? uri.replace(/^(sips?:)[^@]*@/i, '$1') : uri, routes }
}

function readTarget(stored: unknown): Pick<RemoteTarget, 'uri' | 'routes'> | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const { uri, routes } = stored as { uri?: unknown; routes?: unknown }
  if (typeof uri !== 'string' || !Array.isArray(routes)) return undefined
  return { uri, routes: routes.filter(each => typeof each === 'string') }
}
