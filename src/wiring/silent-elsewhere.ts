import type { CallId, HandlerId } from '../call/ids.ts'
import { pause } from '../operations/lifecycle.ts'
import { refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { readOpenCall } from '../records/adoption.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import { notify, toPayload } from '../records/notices.ts'
import type { Stores } from './open-stores.ts'
import { isOwnElsewhere } from './own-call.ts'
import type { CallCommands } from './run-command.ts'
import type { Delivery } from './start-delivery.ts'

interface Parts {
  readonly courier: Pick<PopCourier, 'foreignCard'>
  readonly readOpen: (callId: CallId) => Promise<OpenCall | undefined>
  /** Asks the gateway that has the call to mark it. Both reject as the record does. */
  readonly ask: (handler: HandlerId, callId: CallId) => Promise<void>
}

/** The gateway that has the call marks it in less than this, and then it is in the record. */
const LOOKS = 15
const LOOK_EVERY_MS = 100

/** `call.mark-silent` of a call that another gateway has: not done before the record has it. */
export function makeMarkSilentElsewhere({
  courier,
  readOpen,
  ask
}: Parts): Required<CallCommands>['markSilentElsewhere'] {
  return async (handler, open) => {
    const { callId } = open.call
    if (!isOwnElsewhere(courier, handler, open)) {
      return refused('call.not-entitled', 'This call is not yours to mark.')
    }
    if (open.call.flags.silent) return { ok: true }
    await ask(handler, callId)
    for (let left = LOOKS; left > 0; left--) {
      await pause(LOOK_EVERY_MS)
      if ((await readOpen(callId))?.call.flags.silent === true) return { ok: true }
    }
    return refused('call.try-again', 'The gateway that has the call does not answer. Try again.')
  }
}

export function startSilentElsewhere(
  { pool }: Pick<Stores, 'pool'>,
  { courier }: Pick<Delivery, 'courier'>
): Pick<CallCommands, 'markSilentElsewhere'> {
  const markSilentElsewhere = makeMarkSilentElsewhere({
    courier,
    readOpen: callId => readOpenCall(pool, callId),
    ask: (handler, callId) => notify(pool, [toPayload({ t: 'silent', call: callId, handler })])
  })
  return { markSilentElsewhere }
}
