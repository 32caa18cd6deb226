import type { ToClient } from '../../../src/delivery/protocol.ts'
import type { Line } from '../oracle/history.ts'

/**
 * What is judged of a frame, for a run so long that whole frames do not find room: heartbeats are left out, and of
 * panels the words in them. Everything the judges look at is kept as it came.
 */
export function toLeanLine(line: Line): Line | undefined {
  if (line.way === 'in') {
    const message = leanIn(line.message)
    return message === undefined ? undefined : { ...line, message }
  }
  return line.way === 'out' && line.message.t === 'hb' ? undefined : line
}

function leanIn(message: ToClient): ToClient | undefined {
  if (message.t === 'hb') return undefined
  if (message.t === 'snapshot') {
    return {
      ...message,
      cards: message.cards.map(card => ({
        ...card,
        pop: leanPop(card.pop),
        panels: card.panels.map(({ rev, panel }) => ({ rev, panel: leanPanel(panel) }))
      }))
    }
  }
  if (message.t !== 'ev') return message
  const { ev } = message
  if (ev.type === 'call.panel') return { ...message, ev: { ...ev, data: leanPanel(ev.data) } }
  return ev.type === 'call.pop' || ev.type === 'call.state'
    ? { ...message, ev: { ...ev, data: leanPop(ev.data) } }
    : message
}

type Snapshot = Extract<ToClient, { t: 'snapshot' }>
type Pop = Snapshot['cards'][number]['pop']
type Panel = Snapshot['cards'][number]['panels'][number]['panel']

function leanPop(pop: Pop): Pop {
  const { popId, state, force, device, offer, flags, unheard, escalated } = pop
  return {
    ...{ popId, state, force, device, offer, flags },
    ...(unheard === undefined ? {} : { unheard }),
    ...(escalated === undefined ? {} : { escalated })
  } as Pop
}

function leanPanel(panel: Panel): Panel {
  const { panel: name, status, why } = panel
  return { panel: name, status, ...(why === undefined ? {} : { why }) } as Panel
}
