import { PANEL_NAMES } from '../../../src/pop/pop.ts'
import {
  type Allowance,
  askedOfTwo,
  type Breach,
  byCallId,
  type History,
  type PlacedCall,
  type ScreenHistory
} from './history.ts'
import type { Arrival, Replay } from './replay.ts'

/** A call whose desk had it within this time was not late, so nobody else may have been asked. */
const DESK_HAD_IT_WITHIN_MS = 4_000
/** A 999 call that nobody takes is offered to the next handler after this time (config, `escalation.lines`). */
const TAKEN_WITHIN_MS = 15_000
/** After the end of a call its card says so within this time, wherever the pop came later than the end. */
const ENDED_SHOWN_WITHIN_MS = 2_000
/** What is under way when a call ends may arrive a little later as live. */
const UNDER_WAY_MS = 1_000

/** The 200 to a BYE goes out before the record has the end: a gateway that dies within this time has told nobody else. */
const LOST_END_MS = 1_000

export interface Replayed {
  readonly screen: ScreenHistory
  readonly replay: Replay
}

/**
 * When each call first came to a screen that may see it; one that never did is not there. A state of a call that the
 * screen does not have is its pop: it shows the card, and the client acknowledges it (docs/protocol.md).
 */
export function firstPops(calls: readonly PlacedCall[], screens: readonly Replayed[]): Map<PlacedCall, number> {
  const placed = byCallId(calls)
  const first = new Map<PlacedCall, number>()
  for (const { screen, replay } of screens) {
    for (const arrival of replay.arrivals) {
      const call = placed.get(arrival.call)
      if (call === undefined || !maySee(screen, call.force)) continue
      first.set(call, Math.min(first.get(call) ?? arrival.at, arrival.at))
    }
  }
  return first
}

/** I1: what the switch was told is ours came to a screen. */
export function judgeLoss(history: History, pops: ReadonlyMap<PlacedCall, number>): Breach[] {
  return history.calls
    .filter(call => call.okAt !== undefined && !pops.has(call))
    .map(call => ({ invariant: 'I1', what: 'answered to the switch and never on a screen', call: call.sipCallId }))
}

/** I2: one call, one pop, one card in the record; what a client acknowledged stands there, and nothing else does. */
export function judgeEffect(history: History, screens: readonly Replayed[], allowance: Allowance): Breach[] {
  return [
    ...rangTwice(screens),
    ...becameTwo(history),
    ...notInRecord(history, allowance),
    ...wrongAcks(history, allowance),
    ...wrongJournal(history)
  ]
}

/** I3: nobody invents a call. */
export function judgePhantoms(history: History, screens: readonly Replayed[]): Breach[] {
  const placed = byCallId(history.calls)
  return screens.flatMap(({ screen, replay }) =>
    replay.arrivals
      .filter(arrival => !arrival.isTest && !placed.has(arrival.call))
      .map(({ call }) => ({
        invariant: 'I3' as const,
        what: 'a pop of a call nobody placed',
        call,
        handler: screen.desk.handler
      }))
  )
}

/** I4: only the force's own, or by grant; and at one desk only, as long as that desk answers. */
export function judgeStrangers(history: History, screens: readonly Replayed[], allowance: Allowance): Breach[] {
  const placed = byCallId(history.calls)
  const hadAt = new Map<PlacedCall, number>()
  for (const { screen, replay } of screens) {
    for (const { call, at } of replay.arrivals) {
      const found = placed.get(call)
      if (found === undefined || !screen.desk.devices.includes(found.device)) continue
      hadAt.set(found, Math.min(hadAt.get(found) ?? at, at))
    }
  }
  const owned = new Set(screens.flatMap(({ screen }) => screen.desk.devices))
  const ofTwo = askedOfTwo(history.record)
  return screens.flatMap(({ screen, replay }) => {
    const { handler } = screen.desk
    const stranger = (what: string, call: string): Breach => ({ invariant: 'I4', what, call, handler })
    /** Calls this desk was rightly asked for: a snapshot shows them again, when they are over too, and asks nobody. */
    const asked = new Set<string>()
    const ofPops = replay.arrivals.flatMap((arrival): Breach[] => {
      const call = placed.get(arrival.call)
      if (call === undefined || (!arrival.rang && asked.has(arrival.call))) return []
      if (!maySee(screen, call.force)) return [stranger('a pop at a desk of another force', arrival.call)]
      if (arrival.force !== call.force) return [stranger('a pop that names another force', arrival.call)]
      if (!owned.has(call.device) || screen.desk.devices.includes(call.device)) return []
      // Offered, without panels, by a gateway that had taken the call over, or was asked besides another one.
      const isOfTwo = arrival.generation > 1 || ofTwo.has(arrival.call)
      if (allowance.askedTwice === true && arrival.offer === 'queue' && isOfTwo) return []
      if (isUntaken(arrival, call, allowance)) {
        asked.add(arrival.call)
        return []
      }
      const isLate = (hadAt.get(call) ?? Number.POSITIVE_INFINITY) - call.inviteAt > DESK_HAD_IT_WITHIN_MS
      return isLate ? [] : [stranger('a pop at a desk where it does not ring', arrival.call)]
    })
    const ofPanels = [...replay.panelCalls].flatMap((callId): Breach[] => {
      const call = placed.get(callId)
      return call === undefined || maySee(screen, call.force)
        ? []
        : [stranger('a panel at a desk of another force', callId)]
    })
    return [...ofPops, ...ofPanels]
  })
}

/** It rang on, as far as its switch has said, and nobody took it: the witnesses never do. */
function isUntaken(
  { escalated, escalatedAt, at: cameAt, rang, isUnheard }: Arrival,
  { inviteAt, endedAt = Number.POSITIVE_INFINITY }: PlacedCall,
  { lostEnds }: Allowance
): boolean {
  // What comes in a snapshot rings nowhere: it stands on the desks to which the call was passed on while it rang.
  const at = rang ? cameAt : Math.min(cameAt, escalatedAt ?? cameAt)
  // An end that died with its gateway (I6): whoever is asked is told that the call may be over.
  const mayRing = at < endedAt || (lostEnds === true && isUnheard)
  return escalated === 'not-taken' && at - inviteAt >= TAKEN_WITHIN_MS && mayRing
}

/** I6: what is over is never shown as live. */
export function judgeFreshness(history: History, screens: readonly Replayed[], { lostEnds }: Allowance): Breach[] {
  const placed = byCallId(history.calls)
  return screens
    .filter(({ screen }) => screen.isOutOfOrder !== true)
    .flatMap(({ screen, replay }) => {
      const { handler } = screen.desk
      const stale = (what: string, call: string): Breach => ({ invariant: 'I6', what, call, handler })
      const left = [...replay.shown].flatMap(([callId, { state, isUnheard }]): Breach[] => {
        const endedAt = placed.get(callId)?.endedAt
        const isSaid = lostEnds === true && isUnheard
        return endedAt === undefined || state === 'released' || isSaid
          ? []
          : [stale(`over, and shown as ${state}`, callId)]
      })
      const late = replay.arrivals.flatMap((arrival): Breach[] => {
        const call = placed.get(arrival.call)
        // An end that died with its gateway: whoever is asked for that call is told that it may be over.
        const isSaid = lostEnds === true && arrival.isUnheard
        return call !== undefined && !isSaid && isLateAndLive(arrival, call, replay)
          ? [stale('it came after its end and stayed live', arrival.call)]
          : []
      })
      return [...left, ...late]
    })
}

function isLateAndLive({ call, at, state, rang }: Arrival, { endedAt }: PlacedCall, replay: Replay): boolean {
  if (endedAt === undefined || state === 'released' || !rang || at <= endedAt + UNDER_WAY_MS) return false
  return (replay.releasedAt.get(call) ?? Number.POSITIVE_INFINITY) > at + ENDED_SHOWN_WITHIN_MS
}

/** I7: each panel came, and one without an answer says why. */
export function judgeHonesty(history: History, screens: readonly Replayed[], allowance: Allowance): Breach[] {
  const mute = screens.flatMap(({ screen, replay }) =>
    [...replay.panels].flatMap(([call, panels]) =>
      [...panels]
        .filter(([, { status, why }]) => ['failed', 'not-asked'].includes(status) && (why ?? '') === '')
        .map(([name]) => ({
          invariant: 'I7' as const,
          what: `${name} failed without a reason`,
          call,
          handler: screen.desk.handler
        }))
    )
  )
  if (allowance.missingPanels === true) return mute
  const missing = history.calls.flatMap((call): Breach[] => {
    if (call.okAt === undefined) return []
    const has = (name: string) =>
      screens.some(({ replay }) => call.callIds.some(callId => isSaid(replay.panels.get(callId)?.get(name)?.status)))
    const lacks = PANEL_NAMES.filter(name => !has(name))
    return lacks.length === 0 ? [] : [{ invariant: 'I7', what: `no word of ${lacks.join(', ')}`, call: call.sipCallId }]
  })
  return [...mute, ...missing]
}

function isSaid(status: string | undefined): boolean {
  return status !== undefined && status !== 'pending'
}

export function maySee({ desk }: ScreenHistory, force: string): boolean {
  return desk.force === force || desk.grants.includes(force)
}

function rangTwice(screens: readonly Replayed[]): Breach[] {
  return screens.flatMap(({ screen, replay }) =>
    replay.arrivals
      .filter(arrival => arrival.isSecond)
      .map(({ call }) => ({
        invariant: 'I2' as const,
        what: 'rang twice at one desk',
        call,
        handler: screen.desk.handler
      }))
  )
}

/** Two rows for one call of the switch. */
function becameTwo({ record, calls }: History): Breach[] {
  const placed = byCallId(calls)
  const rows = new Map<PlacedCall, string[]>()
  for (const { callId } of record.contacts) {
    const call = placed.get(callId)
    if (call !== undefined) rows.set(call, [...(rows.get(call) ?? []), callId])
  }
  return [...rows].flatMap(([{ sipCallId }, ids]): Breach[] =>
    ids.length === 1 ? [] : [{ invariant: 'I2', what: `one call became ${ids.length} in the record`, call: sipCallId }]
  )
}

function notInRecord({ record, calls, fault, strikes }: History, { lostEnds }: Allowance): Breach[] {
  const moments = strikes ?? [fault.from]
  const state = new Map(record.contacts.map(contact => [contact.callId, contact.state]))
  return calls.flatMap((call): Breach[] => {
    if (call.okAt === undefined || call.isPoison === true) return []
    const [found] = call.callIds.flatMap(callId => state.get(callId) ?? [])
    if (found === undefined) return [{ invariant: 'I2', what: 'answered and not in the record', call: call.sipCallId }]
    const isNear = (at: number) => Math.abs((call.endedAt ?? 0) - at) < LOST_END_MS
    const isLostEnd = lostEnds === true && moments.some(isNear)
    return call.endedAt === undefined || found === 'released' || isLostEnd
      ? []
      : [{ invariant: 'I6', what: `over, and ${found} in the record`, call: call.sipCallId }]
  })
}

/** What screens said on the wire against what the record says they said. */
function wrongAcks({ screens, record, calls }: History, allowance: Allowance): Breach[] {
  const placed = byCallId(calls)
  const isAccepted = (popId: string) => placed.get(popId.slice(2))?.okAt !== undefined
  const said = new Set<string>()
  for (const { desk, lines } of screens) {
    for (const line of lines) {
      if (line.way !== 'out' || line.message.t !== 'ack') continue
      for (const popId of line.message.pops ?? []) said.add(`${desk.handler} ${popId}`)
    }
  }
  const held = new Set(record.acks.map(({ handler, popId }) => `${handler} ${popId}`))
  const breach = (what: string, key: string): Breach => {
    const [handler = '', popId = ''] = key.split(' ')
    return { invariant: 'I2', what, call: popId.slice(2), handler }
  }
  const invented = [...held].filter(key => !said.has(key)).map(key => breach('an acknowledgement nobody sent', key))
  if (allowance.missingAcks === true) return invented
  const missing = [...said].filter(key => !held.has(key) && isAccepted(key.split(' ')[1] ?? ''))
  return [...invented, ...missing.map(key => breach('acknowledged and not in the record', key))]
}

/** Each call's events stand once for each node that told them, without a gap. A node that has lost a call may still tell. */
function wrongJournal({ record, calls }: History): Breach[] {
  const placed = byCallId(calls)
  const seqs = new Map<string, Set<number>>()
  const stood = new Set<string>()
  const breaches: Breach[] = []
  for (const { callId, generation, seq, node } of record.journal) {
    const key = `${callId} ${node} ${generation} ${seq}`
    if (stood.has(key)) {
      breaches.push({ invariant: 'I2', what: `event ${seq} stands twice in the journal`, call: callId })
    }
    stood.add(key)
    seqs.set(callId, (seqs.get(callId) ?? new Set<number>()).add(seq))
  }
  for (const [callId, all] of seqs) {
    const sorted = [...all].sort((one, other) => one - other)
    const hasGap = sorted.some((seq, at) => at > 0 && seq !== (sorted[at - 1] ?? 0) + 1)
    if (hasGap && placed.has(callId)) {
      breaches.push({ invariant: 'I5', what: `the journal has a gap: ${sorted.join(' ')}`, call: callId })
    }
  }
  return breaches
}
