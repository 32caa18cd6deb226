import type { Call } from '../call/call.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import type { Clock } from '../operations/lifecycle.ts'
import { isOwnOffer } from '../pop/address.ts'
import type { Done, PopCourier } from '../pop/pop-courier.ts'
import type { TakeEvent } from '../switches/switch-driver.ts'
import { correctionOf } from './correction.ts'
import type { CallCommands } from './run-command.ts'

interface Parts {
  readonly registry: Pick<CallRegistry, 'get' | 'callOf'>
  readonly delivery: { readonly courier: Pick<PopCourier, 'card'> }
  readonly door: { readonly take: TakeEvent }
}

/**
 * `call.mark-silent`: the handler's own key for a caller who does not speak, during the call or when writing it up. It
 * goes through the door like what a switch says, so that the record, the ledger and every screen have it in order.
 */
export function makeMarkSilent(
  { registry, delivery, door }: Parts,
  causes: { onSilent(call: Call): void },
  clock: Clock
): CallCommands {
  return {
    markSilent: async (handler, callId) => {
      const offer = delivery.courier.card(callId)?.audience.get(handler)
      const call = registry.get(callId)
      if (call === undefined) return refused('call.unknown', 'This call is no longer open.')
      if (offer === undefined || !isOwnOffer(offer)) {
        return refused('call.not-entitled', 'This call is not yours to mark.')
      }
      if (call.flags.silent) return { ok: true }
      const said = correctionOf(call, registry, clock.now())
      if (said === undefined) return refused('call.unknown', 'This call is no longer open.')
      if ((await door.take({ ...said, handler, silent: true })) === 'refused') {
        return refused('call.try-again', 'The record does not answer. Try again.')
      }
      // While the call lives its card raises the alarm; an ended one is watched no longer.
      if (call.state === 'released') causes.onSilent(call)
      return { ok: true }
    }
  }
}

function refused(code: string, text: string): Done {
  return { ok: false, code, text }
}
