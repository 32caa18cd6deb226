import type { Call } from '../call/call.ts'
import type { PanelMemory } from '../delivery/panel-memory.ts'
import { isAnswer } from '../pop/panel.ts'
import { PANEL_NAMES, type RevisedPanel } from '../pop/pop.ts'
import type { PopCourier } from '../pop/pop-courier.ts'

interface Parts {
  readonly hasOthers: () => boolean
  readonly memory: Pick<PanelMemory, 'read'>
  readonly courier: Pick<PopCourier, 'publishPanel'>
  /** Asks the sources. */
  readonly look: (call: Call) => void
}

/**
 * Gets the panels of a call whose card has none: those that another node has had answered already, and only what is
 * missing, or was not answered, from the sources. A node that is alone asks them, as after every restart.
 */
export function makeFillPanels({ hasOthers, memory, courier, look }: Parts): (call: Call) => void {
  return call => {
    if (!hasOthers()) {
      look(call)
      return
    }
    memory.read(call.callId).then(
      kept => {
        for (const revised of kept) void courier.publishPanel(call, revised)
        if (!isWhole(kept)) look(call)
      },
      // Redis is away: the sources are asked in this process.
      () => look(call)
    )
  }
}

function isWhole(kept: readonly RevisedPanel[]): boolean {
  const answered = new Set(kept.flatMap(({ panel }) => (isAnswer(panel) ? [panel.panel] : [])))
  return PANEL_NAMES.every(name => answered.has(name))
}
