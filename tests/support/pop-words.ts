import type { BarePop, Panel, PanelName, PopEvent } from '../../src/pop/pop.ts'

export const OFFERED_AT = Date.UTC(2026, 10, 25, 14, 2, 0)

/** Call number n, as ids of calls look. */
export function callId(n: number): string {
  return `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`
}

/** A bare pop whose every telling field names its call. */
export function barePop(n: number, over: Partial<BarePop> = {}): BarePop {
  return {
    popId: `p_${callId(n)}`,
    force: 'tvp',
    homeForce: 'tvp',
    line: '999',
    route: 'primary',
    access: 'voice',
    state: 'alerting',
    number: { display: `07700 900${String(n).padStart(3, '0')}`, trust: 'asserted', kind: 'mobile' },
    ddi: '999',
    device: '4001',
    offer: 'device',
    flags: { silent: false, abandoned: false, repeat: false, test: false },
    offeredAt: OFFERED_AT,
    sinceOfferedMs: 4,
    ...over
  }
}

export function panelOf(n: number, panel: PanelName, over: Partial<Panel> = {}): Panel {
  return {
    panel,
    status: 'found',
    source: 'Force record',
    tookMs: 3,
    sinceOfferedMs: 12,
    items: [{ kind: 'person', title: `Caller of call ${n}` }],
    more: 0,
    ...over
  }
}

export function popEvent(n: number, rev: number, over: Partial<BarePop> = {}): PopEvent {
  return { type: 'call.pop', call: callId(n), rev, data: barePop(n, over) }
}

export function stateEvent(n: number, rev: number, over: Partial<BarePop> = {}): PopEvent {
  return { type: 'call.state', call: callId(n), rev, data: barePop(n, over) }
}

export function panelEvent(n: number, rev: number, panel: PanelName, over: Partial<Panel> = {}): PopEvent {
  return { type: 'call.panel', call: callId(n), rev, data: panelOf(n, panel, over) }
}

export function goneEvent(n: number, rev: number): PopEvent {
  return { type: 'call.gone', call: callId(n), rev, data: { why: 'closed' } }
}
