import { type CallId, makeCallId, type SwitchCallId, toPopId } from '../../src/call/ids.ts'
import type { Ev } from '../../src/delivery/protocol.ts'
import type { BarePop, Panel, PopEvent } from '../../src/pop/pop.ts'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import type { History, Line, PlacedCall, ScreenHistory } from '../faults/oracle/history.ts'
import { makeDesk } from '../faults/rig/rig.ts'

/*
 * A run as it should be, made by hand: calls one after the other at the desks of one force, each with its pop, its
 * answer, its panels and its end. What a test changes in it is what the oracle must find.
 */

const START_AT = Date.UTC(2026, 2, 3, 12)
const EVERY_MS = 20
const TALK_MS = 1_000
const POP_MS = 4
const PANEL_MS = 30

export interface MadeRun {
  /** The witness lines of each desk, open to change. */
  readonly lines: Map<string, Line[]>
  history: History
}

export function aCleanRun({ calls = 40, desks = 4 } = {}): MadeRun {
  const all = [...Array.from({ length: desks }, (_, at) => makeDesk('tvp', at + 1)), makeDesk('hants', 1)]
  const lines = new Map<string, Line[]>(all.map(({ handler }) => [handler, welcome(handler)]))
  const placed: PlacedCall[] = []
  const seqs = new Map<string, number>()
  const frames: { handler: string; at: number; ev: PopEvent; eventId: string }[] = []
  for (let n = 1; n <= calls; n++) {
    const desk = all[(n - 1) % desks]
    if (desk === undefined) continue
    const call = aCall(n, desk.devices[0] ?? '')
    placed.push(call)
    frames.push(...framesOf(call).map(frame => ({ ...frame, handler: desk.handler })))
  }
  frames.sort((one, other) => one.at - other.at)
  for (const { handler, at, ev, eventId } of frames) {
    const seq = (seqs.get(handler) ?? 0) + 1
    seqs.set(handler, seq)
    const of = lines.get(handler)
    of?.push({ at, link: 1, way: 'in', message: { t: 'ev', seq, eventId, ts: at, ev } as Ev })
    if (ev.type === 'call.pop') {
      of?.push({ at: at + 1, link: 1, way: 'out', message: { t: 'ack', seq, pops: [ev.data.popId] } })
    }
  }
  const screens: ScreenHistory[] = all.map(desk => ({ desk, lines: lines.get(desk.handler) ?? [] }))
  return { lines, history: toHistory(placed, screens) }
}

function toHistory(placed: readonly PlacedCall[], screens: readonly ScreenHistory[]): History {
  const settledAt = START_AT + 60_000
  return {
    calls: placed,
    screens,
    record: {
      acks: placed.map(call => ({
        popId: toPopId(idOf(call)),
        handler: screens.find(({ desk }) => desk.devices.includes(call.device))?.desk.handler ?? ''
      })),
      contacts: placed.map(call => ({
        callId: idOf(call),
        state: 'released',
        switchCallIds: [call.sipCallId]
      })),
      journal: placed.flatMap(call => [1, 2, 3].map(seq => ({ callId: idOf(call), generation: 1, seq, node: 'n1' })))
    },
    levels: [0, 30_000, 59_900].map(after => ({ at: START_AT + after, node: 'gateway-1', level: 0 })),
    own: { offered: placed.length, acked: placed.length, pending: 0 },
    fault: { from: START_AT + 200, to: START_AT + 400 },
    settledAt
  }
}

export function idOf(call: PlacedCall): CallId {
  const [callId] = call.callIds
  if (callId === undefined) throw new Error('a call without an id')
  return callId
}

function aCall(n: number, device: string): PlacedCall {
  const inviteAt = START_AT + n * EVERY_MS
  const switchCallId = `${n}-1@127.0.0.1` as SwitchCallId
  const key = { force: 'tvp', trunk: 'demo-switch', switchCallId, firstSeenAt: inviteAt, occurrence: 0 }
  return {
    sipCallId: `${n}-1@127.0.0.1`,
    callIds: [makeCallId(key)],
    force: 'tvp',
    device,
    inviteAt,
    okAt: inviteAt + 3,
    endedAt: inviteAt + TALK_MS + 3
  }
}

function welcome(handler: string): Line[] {
  const at = START_AT - 1_000
  const service = { level: 0 }
  const head = { epoch: 'e1', seq: 0 }
  return [
    { at, link: 1, way: 'open' },
    { at, link: 1, way: 'out', message: { t: 'hello', v: 1, ticket: 'a', client: 'made' } },
    {
      ...{ at, link: 1, way: 'in' },
      message: { t: 'welcome', v: 1, session: 's', handler, ...head, resumed: false, hb: 4_000, node: 'n', service }
    },
    { at, link: 1, way: 'in', message: { t: 'snapshot', ...head, cards: [], more: false } }
  ]
}

function framesOf(call: PlacedCall): { at: number; ev: PopEvent; eventId: string }[] {
  const callId = idOf(call)
  const base = 1_000_000
  const state = (rev: number, at: number, name: string) => ({
    at,
    eventId: `state:${callId}:${base + rev}`,
    ev: { type: 'call.state' as const, call: callId, rev: base + rev, data: aPop(call, name) }
  })
  return [
    {
      at: call.inviteAt + POP_MS,
      eventId: `pop:${callId}`,
      ev: { type: 'call.pop', call: callId, rev: base + 1, data: aPop(call, 'alerting') }
    },
    state(2, call.inviteAt + POP_MS + 1, 'answered'),
    ...PANEL_NAMES.map(name => ({
      at: call.inviteAt + PANEL_MS,
      eventId: `panel:${callId}:${name}:1`,
      ev: { type: 'call.panel' as const, call: callId, rev: 1, data: aPanel(name) }
    })),
    state(3, call.inviteAt + TALK_MS + 4, 'released')
  ]
}

function aPop(call: PlacedCall, state: string): BarePop {
  return {
    ...{ popId: toPopId(idOf(call)), force: call.force, homeForce: call.force, line: '999', route: 'primary' },
    ...{ access: 'voice', state, ddi: '999', device: call.device, offer: 'device', offeredAt: call.inviteAt },
    number: { display: '07700 900123', e164: '+447700900123', trust: 'asserted', kind: 'mobile' },
    flags: { silent: false, abandoned: false, repeat: false, test: false },
    sinceOfferedMs: POP_MS
  }
}

function aPanel(panel: Panel['panel']): Panel {
  return { panel, status: 'none', source: 'made', sinceOfferedMs: PANEL_MS, items: [], more: 0 }
}
