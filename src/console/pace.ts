import type { Ev } from '../delivery/protocol.ts'
import type { BuiltInPanel, OtherPanel } from '../pop/pop.ts'

/** When what of one call reached this screen, in ms from the switch's INVITE. What came by a snapshot has no time. */
export interface Pace {
  /** Epoch ms of the INVITE at the gateway. */
  readonly offeredAt: number
  readonly popMs?: number
  readonly paintedMs?: number
  readonly panelMs: { readonly [name in BuiltInPanel]?: number } & { readonly [name: OtherPanel]: number }
  /** From when the panels could come: for a call offered to all, from when it became this handler's own. */
  readonly ownMs: number
}

/**
 * The times of a message are those of its leaving the gateway (`ts`), because its own `sinceOfferedMs` counts from the
 * event behind it, which for a later pop or a repeated panel is not the INVITE.
 */
export function notePace(pace: Pace | undefined, { ev, ts }: Ev): Pace | undefined {
  if (ev.type === 'call.pop') {
    const offeredAt = ev.data.offeredAt
    const popMs = pace?.popMs ?? since(offeredAt, ts)
    const ownMs = ev.data.offer === 'device' ? since(offeredAt, ts) : (pace?.ownMs ?? 0)
    return { panelMs: {}, ...pace, offeredAt, popMs, ownMs }
  }
  if (ev.type !== 'call.panel' || pace === undefined || pace.panelMs[ev.data.panel] !== undefined) return pace
  return { ...pace, panelMs: { ...pace.panelMs, [ev.data.panel]: since(pace.offeredAt, ts) } }
}

/** The pop was on the screen so long after its frame had come in. */
export function notePaint(pace: Pace, paintMs: number): Pace {
  return pace.popMs === undefined || pace.paintedMs !== undefined ? pace : { ...pace, paintedMs: pace.popMs + paintMs }
}

export type PaceMark = 'fine' | 'slow' | 'late'

/** What a handler may expect of a pop, and of a panel from when it could come. */
const SLOW_POP_MS = 250
const LATE_POP_MS = 1_000
const SLOW_PANEL_MS = 1_000
const LATE_PANEL_MS = 3_000

export function markPop(ms: number): PaceMark {
  return ms > LATE_POP_MS ? 'late' : ms > SLOW_POP_MS ? 'slow' : 'fine'
}

export function markPanel(ms: number): PaceMark {
  return ms > LATE_PANEL_MS ? 'late' : ms > SLOW_PANEL_MS ? 'slow' : 'fine'
}

function since(from: number, to: number): number {
  return Math.max(0, to - from)
}
