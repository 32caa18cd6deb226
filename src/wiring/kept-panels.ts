import type { CallId, HandlerId } from '../call/ids.ts'
import type { PanelMemory } from '../delivery/panel-memory.ts'
import { within } from '../operations/lifecycle.ts'
import type { RevisedPanel } from '../pop/pop.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { LogEntry } from '../pop/session-log.ts'

interface Parts {
  readonly courier: Pick<PopCourier, 'card'>
  readonly memory: Pick<PanelMemory, 'read'>
  readonly tail: (handler: HandlerId, max: number) => Promise<readonly LogEntry[]>
}

/** Redis may be away: a replay does without, and says so. */
const WITHIN_MS = 1_000
/** Logs that are looked into, of whoever had the call, and how far back: some hours of a busy desk. */
const MAX_LOGS = 4
const TAIL = 1_000

/**
 * What the panels of a past call showed, as far as anything still has it: the card here, the memory of the gateways, and the
 * logs of the handlers who had the call; each panel as often as it was shown anew. Never rejects.
 */
export function makeKeptPanels({ courier, memory, tail }: Parts) {
  return async (callId: CallId, handlers: readonly HandlerId[]): Promise<readonly RevisedPanel[]> => {
    const [kept, ...logs] = await Promise.all([
      inTime(memory.read(callId)),
      ...handlers.slice(0, MAX_LOGS).map(handler => inTime(saidOf(callId, tail(handler, TAIL))))
    ])
    const all = [...(courier.card(callId)?.panels.values() ?? []), ...kept, ...logs.flat()]
    const each = new Map(all.map(revised => [`${revised.panel.panel} ${revised.rev}`, revised]))
    return [...each.values()].sort((one, other) => one.rev - other.rev)
  }
}

async function saidOf(callId: CallId, log: Promise<readonly LogEntry[]>): Promise<readonly RevisedPanel[]> {
  return (await log).flatMap(({ ev }) =>
    ev.type === 'call.panel' && ev.call === callId ? [{ rev: ev.rev, panel: ev.data }] : []
  )
}

async function inTime(work: Promise<readonly RevisedPanel[]>): Promise<readonly RevisedPanel[]> {
  const read = await within(
    WITHIN_MS,
    // One place that cannot be read leaves the others; what none of them has is said to be not kept.
    work.catch(() => undefined)
  )
  return read ?? []
}
