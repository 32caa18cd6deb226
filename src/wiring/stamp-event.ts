import type { CallEvent, OfferedEvent } from '../call/call-event.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'

interface Parts {
  readonly signOns: Pick<SignOnDirectory, 'at'>
  /** Whether a call of this number is still in the ledger. */
  readonly isRepeat?: (event: OfferedEvent) => boolean
}

/** Adds to a switch's event what the gateway knows: from memory, because the bare pop waits behind it. */
export function makeStamp({ signOns, isRepeat = () => false }: Parts): (event: CallEvent) => CallEvent {
  return event => {
    const handler = event.device === undefined ? undefined : signOns.at(event.device)
    const who = handler === undefined ? {} : { handler }
    if (event.kind === 'offered' && isRepeat(event)) return { ...event, ...who, repeat: true }
    return handler === undefined ? event : { ...event, ...who }
  }
}
