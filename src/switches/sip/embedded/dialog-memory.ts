import { type SwitchCallId, toSipSwitchCallId } from '../../../call/ids.ts'
import type { SipHead } from '../sip-head.ts'
import type { TrunkMatch } from '../trunk-table.ts'

/** What of a dialog stands in the journal, so that a restart can go on with it. No number, no name. */
export interface DialogMemory {
  readonly switchCallId: SwitchCallId
  readonly toTag: string
  readonly trunk: string
  readonly ddi: string
  readonly wasHeld: boolean
}

export function toDialogMemory(
  head: SipHead,
  { match, toTag, wasHeld }: { match: TrunkMatch; toTag: string; wasHeld: boolean }
): Readonly<Record<string, unknown>> {
  const { callId, fromTag } = head
  return { callId, fromTag, toTag, trunk: match.trunk.id, ddi: match.number.number, wasHeld }
}

/** Undefined when the record holds something else, as another driver's. */
export function readDialogMemory(stored: Readonly<Record<string, unknown>>): DialogMemory | undefined {
  const { callId, fromTag, toTag, trunk, ddi, wasHeld } = stored
  if (typeof callId !== 'string' || typeof fromTag !== 'string' || typeof toTag !== 'string') return undefined
  if (typeof trunk !== 'string' || typeof ddi !== 'string') return undefined
  return { switchCallId: toSipSwitchCallId(callId, fromTag), toTag, trunk, ddi, wasHeld: wasHeld === true }
}
