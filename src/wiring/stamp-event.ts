import type { CallEvent, OfferedEvent } from '../call/call-event.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import type { DeviceId, HandlerId } from '../call/ids.ts'
import { isEntitled } from '../pop/address.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'

interface Parts {
  readonly signOns: Pick<SignOnDirectory, 'at' | 'of'>
  readonly registry: Pick<CallRegistry, 'callOf'>
  /** Whether a call of this number is still in the ledger. */
  readonly isRepeat?: (event: OfferedEvent) => boolean
}

/** Adds to a switch's event what the gateway knows: from memory, because the bare pop waits behind it. */
export function makeStamp({ signOns, registry, isRepeat = () => false }: Parts): (event: CallEvent) => CallEvent {
  /** Somebody who may not see the call has none of it, though it rings where they sit. */
  const handlerAt = (device: DeviceId, event: CallEvent): HandlerId | undefined => {
    const handler = signOns.at(device)
    const signOn = handler === undefined ? undefined : signOns.of(handler)
    const call = event.kind === 'offered' ? event : registry.callOf(event)
    return signOn !== undefined && call !== undefined && isEntitled(call, signOn) ? handler : undefined
  }
  return event => {
    const handler = event.device === undefined ? undefined : handlerAt(event.device, event)
    const who = handler === undefined ? {} : { handler }
    if (event.kind === 'offered' && isRepeat(event)) return { ...event, ...who, repeat: true }
    return handler === undefined ? event : { ...event, ...who }
  }
}
