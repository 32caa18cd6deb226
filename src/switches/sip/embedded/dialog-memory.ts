import { type SwitchCallId, toSipSwitchCallId } from '../../../call/ids.ts'
import type { TrunkConfig } from '../../../operations/config-schema.ts'
import type { TrunkMatch } from '../trunk-table.ts'
import { type InviteMemory, readInviteMemory, withoutNumber } from './invite-memory.ts'
import type { RemoteTarget } from './remote-target.ts'
import type { SipLeg } from './sip-leg.ts'

/**
 * What of a dialog stands in the journal while its call is open, so that a restart or another node can go on with it.
 * Of the caller it holds what the answer to the INVITE must repeat (RFC 3261 §8.2.6.2), and no name.
 */
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
  /** Absent where the driver's answers are not ours to write. */
  readonly invite?: InviteMemory
}

export function toDialogMemory(leg: SipLeg, invite?: InviteMemory): Readonly<Record<string, unknown>> {
  const { callId, fromTag, toTag, match, wasHeld, cseq, target, timer, isRecording } = leg
  return {
    ...{ callId, fromTag, toTag, trunk: match.trunk.id, ddi: match.number.number, wasHeld, cseq },
    // A ring-leg is never ours to end.
    ...(target === undefined || match.trunk.mode !== 'event-leg' ? {} : { target: withoutUser(target) }),
    ...(timer === undefined ? {} : { sessionSeconds: timer.seconds }),
    ...(isRecording ? { isRecording } : {}),
    ...(invite === undefined ? {} : { invite })
  }
}

/** The record has one dialog, or those of several legs of a call by the switch's name for each. */
export function readDialogMemories(stored: Readonly<Record<string, unknown>>): readonly DialogMemory[] {
  return [stored, ...Object.values(stored)].flatMap(each => {
    const isRecord = typeof each === 'object' && each !== null && !Array.isArray(each)
    return (isRecord ? readDialogMemory(each as Readonly<Record<string, unknown>>) : undefined) ?? []
  })
}

/** The trunk and the number it was for; undefined when the trunk is configured no more. */
export function matchOf(trunks: readonly TrunkConfig[], { trunk: id, ddi }: DialogMemory): TrunkMatch | undefined {
  const trunk = trunks.find(each => each.id === id)
  const number = trunk?.numbers.find(each => each.number === ddi) ?? trunk?.numbers[0]
  return trunk === undefined || number === undefined ? undefined : { trunk, number, ddi, isKnownNumber: true }
}

/** Undefined when the record holds something else, as another driver's. */
export function readDialogMemory(stored: Readonly<Record<string, unknown>>): DialogMemory | undefined {
  const { callId, fromTag, toTag, trunk, ddi, wasHeld, cseq, sessionSeconds, isRecording } = stored
  if (typeof callId !== 'string' || typeof fromTag !== 'string' || typeof toTag !== 'string') return undefined
  if (typeof trunk !== 'string' || typeof ddi !== 'string') return undefined
  const target = readTarget(stored['target'])
  const invite = readInviteMemory(stored['invite'])
  return {
    ...{ callId, fromTag, toTag, trunk, ddi },
    switchCallId: toSipSwitchCallId(callId, fromTag),
    wasHeld: wasHeld === true,
    cseq: typeof cseq === 'number' ? cseq : 0,
    isRecording: isRecording === true,
    ...(target === undefined ? {} : { target }),
    ...(typeof sessionSeconds === 'number' ? { sessionSeconds } : {}),
    ...(invite === undefined ? {} : { invite })
  }
}

function withoutUser({ uri, routes }: RemoteTarget): Pick<RemoteTarget, 'uri' | 'routes'> {
  return { uri: withoutNumber(uri), routes }
}

function readTarget(stored: unknown): Pick<RemoteTarget, 'uri' | 'routes'> | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const { uri, routes } = stored as { uri?: unknown; routes?: unknown }
  if (typeof uri !== 'string' || !Array.isArray(routes)) return undefined
  return { uri, routes: routes.filter(each => typeof each === 'string') }
}
