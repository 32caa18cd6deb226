import type { CallEvent } from '../../call/call-event.ts'
import { type ForceId, type SwitchCallId, toLinkSwitchCallId } from '../../call/ids.ts'
import type { Taken } from '../switch-driver.ts'
import type { SnapshotCall } from './switch-batch.ts'
import { type LinkCallContext, toMissing, toProbe, toStandingEvents } from './to-call-events.ts'

interface Ports {
  readonly context: LinkCallContext
  /** As the gateway takes it, under each force of the switch until one knows its call. */
  readonly take: (event: CallEvent) => Promise<Taken>
  readonly isHere: (switchCallId: SwitchCallId) => boolean
  /** Open calls that this switch alone has told of. */
  readonly openCalls: () => Iterable<{ readonly switchCallId: SwitchCallId; readonly force: ForceId }>
}

/** Calls that another gateway may have are asked for so many at a time: more are not looked up at once. */
const ASKED_AT_ONCE = 32

/**
 * Every call as the switch says that it stands: what is open and not here is offered, or had from the gateway that has it;
 * what stands otherwise is moved; what is here and not open any more is over.
 */
export async function putRight(
  calls: readonly SnapshotCall[],
  { context, take, isHere, openCalls }: Ports
): Promise<{ readonly became: Taken; readonly over: number }> {
  const open = new Set(calls.map(({ call }) => toLinkSwitchCallId(call)))
  // Before anything is waited for: what comes meanwhile is of later.
  const over = [...openCalls()].filter(({ switchCallId }) => !open.has(switchCallId))
  const ends = over.map(({ switchCallId, force }) => take(toMissing(switchCallId, force, context)))
  const became = await Promise.all(ends)
  for (let at = 0; at < calls.length; at += ASKED_AT_ONCE) {
    const some = calls.slice(at, at + ASKED_AT_ONCE)
    const unknown = some.filter(({ call }) => !isHere(toLinkSwitchCallId(call)))
    await Promise.all(unknown.map(call => take(toProbe(call, context))))
    const standing = some.flatMap(call => toStandingEvents(call, context))
    became.push(...(await Promise.all(standing.map(event => take(event)))))
  }
  return { became: became.includes('refused') ? 'refused' : 'durable', over: over.length }
}
