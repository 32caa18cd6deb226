import type { Call, Leg, PartyRole } from './call.ts'
import type { CallEvent, PartyJoinedEvent, PartyLeftEvent } from './call-event.ts'
import type { DeviceId, HandlerId } from './ids.ts'

/** No call of police practice has more parties at once; a switch that names more is counted, not followed. */
export const MAX_LEGS = 16

type Legs = readonly Leg[]
/** Where an event says that a leg is, and who sits there. */
export type At = Pick<CallEvent, 'device' | 'handler' | 'receivedAt'>

export function legAt(legs: Legs, device: DeviceId | undefined): Leg | undefined {
  return device === undefined ? undefined : legs.find(leg => leg.device === device)
}

export function isOn({ state }: Leg): boolean {
  return state === 'connected' || state === 'held'
}

/** The legs after an event that the state machine has let through. */
export function legsAfter({ legs }: Call, event: CallEvent): Legs {
  const at = event.receivedAt
  switch (event.kind) {
    case 'released':
      return legs.map(leg => to(leg, 'cleared', at))
    case 'queued':
      return sentOn(stopRinging(legs, at), at)
    case 'answered':
      return answeredAt(legs, event.device === undefined ? firstRinging(legs, at) : event)
    case 'held':
      return legs.map(leg => (isMeant(leg, event, 'connected') ? to(leg, 'held', at) : leg))
    case 'retrieved':
      return legs.map(leg => (isMeant(leg, event, 'held') ? to(leg, 'connected', at) : leg))
    case 'transferred':
      return withDesk(
        sentOn(legs, at).map(leg => (leg.state === 'alerting' ? to(leg, 'cleared', at) : leg)),
        event,
        'alerting'
      )
    case 'alerting':
      return withDesk(legs, event, 'alerting')
    default:
      return legs
  }
}

/** This desk has the call now: no other rings, and whoever sent it on is answerable for it no longer. */
export function answeredAt(legs: Legs, event: At): Legs {
  return withDesk(legs, event, 'connected').map(leg =>
    leg.device === undefined || leg.device === event.device ? leg : to(leg, 'cleared', event.receivedAt)
  )
}

/** The desk's leg in this state; a new one when it has none. */
export function withDesk(legs: Legs, { device, handler, receivedAt }: At, state: Leg['state']): Legs {
  if (device === undefined) return legs
  if (legAt(legs, device) === undefined) {
    return withLeg(legs, { role: 'handler', device, state, receivedAt, ...(handler === undefined ? {} : { handler }) })
  }
  return legs.map(leg => (leg.device === device ? named(to(leg, state, receivedAt), handler) : leg))
}

export function stopRinging(legs: Legs, at: number): Legs {
  return legs.map(leg => (leg.state === 'alerting' ? to(leg, 'cleared', at) : leg))
}

/** The legs after a party came or went; undefined when that was known. */
export function legsWithParty(legs: Legs, event: PartyJoinedEvent | PartyLeftEvent): Legs | undefined {
  const { role, party, device, receivedAt } = event
  const known = legs.filter(leg => leg.state !== 'cleared' && isParty(leg, event))
  if (event.kind === 'party-left') {
    // Which desk left must be said: it may have the caller.
    if (known.length === 0 || (role === 'handler' && device === undefined)) return undefined
    return legs.map(leg => (known.includes(leg) ? to(leg, 'cleared', receivedAt) : leg))
  }
  const [there] = known
  if (there === undefined) {
    if (device !== undefined && legAt(legs, device) !== undefined) return withDesk(legs, event, 'connected')
    const { handler } = event
    return withLeg(legs, {
      ...{ role, state: 'connected', receivedAt },
      ...(device === undefined ? {} : { device }),
      ...(handler === undefined ? {} : { handler }),
      ...(party === undefined ? {} : { party })
    })
  }
  if (there.device !== undefined) return isOn(there) ? undefined : withDesk(legs, event, 'connected')
  return party === undefined || there.party === party
    ? undefined
    : legs.map(leg => (leg === there ? { ...leg, party } : leg))
}

/** A device names a desk; anybody else is told by role, and by name where both have one. */
function isParty(leg: Leg, { role, party, device }: PartyJoinedEvent | PartyLeftEvent): boolean {
  if (device !== undefined) return leg.device === device
  if (leg.device !== undefined || leg.role !== role) return false
  return party === undefined || leg.party === undefined || leg.party === party
}

/** Whoever had it has sent it on, and stays answerable until another desk has answered. */
function sentOn(legs: Legs, at: number): Legs {
  return legs.map(leg => (leg.device !== undefined && isOn(leg) ? to(leg, 'handing-over', at) : leg))
}

function firstRinging(legs: Legs, receivedAt: number): At {
  const device = legs.find(leg => leg.state === 'alerting')?.device
  return { receivedAt, ...(device === undefined ? {} : { device }) }
}

function isMeant(leg: Leg, { device }: CallEvent, state: Leg['state']): boolean {
  return leg.device !== undefined && leg.state === state && (device === undefined || leg.device === device)
}

interface NewLeg {
  readonly role: PartyRole
  readonly device?: DeviceId
  readonly handler?: HandlerId
  readonly party?: string
  readonly state: Leg['state']
  readonly receivedAt: number
}

function withLeg(legs: Legs, { receivedAt, state, ...rest }: NewLeg): Legs {
  const kept = withRoom(legs)
  if (kept.length >= MAX_LEGS) return legs
  const number = Number(legs.at(-1)?.legId.slice('leg-'.length) ?? 0) + 1
  return [...kept, to({ legId: `leg-${number}`, ...rest, state: 'cleared', sinceAt: receivedAt }, state, receivedAt)]
}

/** A desk that only rang, long ago, makes room for one that has the call now. */
function withRoom(legs: Legs): Legs {
  if (legs.length < MAX_LEGS) return legs
  const past = legs.filter(leg => leg.state === 'cleared')
  const goes = past.find(leg => leg.answeredAt === undefined) ?? past[0]
  return legs.filter(leg => leg !== goes)
}

/** The first time a party has the call is kept, whatever becomes of it: its handler writes the call up. */
export function to(leg: Leg, state: Leg['state'], at: number): Leg {
  if (leg.state === state) return leg
  const isFirst = (state === 'connected' || state === 'held') && leg.answeredAt === undefined
  return { ...leg, state, sinceAt: at, ...(isFirst ? { answeredAt: at } : {}) }
}

function named(leg: Leg, handler: HandlerId | undefined): Leg {
  return handler === undefined || handler === leg.handler ? leg : { ...leg, handler }
}
