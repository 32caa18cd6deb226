import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { Located } from '../lookups/location/location-lookup.ts'
import type { Outcome } from '../lookups/lookup.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Confirming, Recorded } from '../records/location-fixes.ts'
import { ownCall } from './own-call.ts'

/** `location.confirm`: the handler says that the caller is there. */
export interface ConfirmCommand {
  /** `open`: of a call that another gateway has, as the record has it. Rejects as the record does. */
  confirmFix(by: HandlerId, callId: CallId, fixId: string, open?: OpenCall): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  /** All places of the call, as its panel has them. */
  readonly locate: (call: Call) => Promise<Outcome<Located>>
  readonly confirm: (confirming: Confirming) => Promise<Recorded>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Log
  readonly clock: Pick<Clock, 'now'>
}

/**
 * Not done before the record has it; then every screen of the call shows it, whichever gateway holds them. The place is
 * looked up anew by its id, so that what is recorded is what its source said and not what a screen sends.
 */
export function makeConfirmFix(parts: Parts): ConfirmCommand {
  const { courier, locate, confirm, tell, onDoubt, log, clock } = parts
  return {
    confirmFix: async (handler, callId, fixId, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return refused('call.unknown', 'This call is no longer open.')
      if (call === 'not-entitled') return refused('call.not-entitled', 'This call is not yours to locate.')
      const outcome = await locate(call)
      const placed = outcome.kind === 'found' ? outcome.value.fixes.find(({ id }) => id === fixId) : undefined
      if (placed === undefined) {
        return refused('location.unknown', 'This place is not among those of the call now. Try again.')
      }
      if (placed.confirmed !== undefined) {
        // Asked again: the screens may not have heard of it.
        onDoubt(callId)
        return { ok: true }
      }
      const confirming = { callId, id: fixId, fix: placed.fix, handler, at: clock.now() }
      const { change } = await confirm(confirming).catch((thrown: unknown) => {
        onDoubt(callId)
        throw thrown
      })
      log.info('location.confirmed', { callId, handler, source: placed.fix.source })
      if (change !== undefined) tell(callId, change)
      return { ok: true }
    }
  }
}
