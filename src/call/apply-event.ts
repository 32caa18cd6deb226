import type { Call, Leg, ReleaseCause } from './call.ts'
import type { CallEvent, IgnoredReason, OfferedEvent } from './call-event.ts'
import { step } from './call-machine.ts'
import { type CallId, type DeviceId, toPopId } from './ids.ts'

export type Applied =
  | { readonly kind: 'changed'; readonly call: Call }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason }

/** No call of police practice has more parties; a switch that names more is counted, not followed. */
export const MAX_LEGS = 16

/** The call a first event makes. With a device it alerts at once: the switch named the handler in its INVITE. */
export function makeCall(event: OfferedEvent, callId: CallId): Call {
  const legs = event.device === undefined ? [] : [makeLeg(event.device, 'alerting', event.receivedAt, 0)]
  return {
    callId,
    popId: toPopId(callId),
    generation: 1,
    seq: 1,
    force: event.force,
    homeForce: event.homeForce,
    trunk: event.trunk,
    switchCallIds: [event.switchCallId],
    line: event.line,
    route: event.route,
    access: event.access,
    direction: event.direction,
    cli: event.cli,
    ddi: event.ddi,
    ...(event.acdQueue === undefined ? {} : { acdQueue: event.acdQueue }),
    ...(event.ivrPath === undefined ? {} : { ivrPath: event.ivrPath }),
    ...(event.said === undefined ? {} : { said: event.said }),
    ...(event.locationDocument === undefined ? {} : { locationDocument: event.locationDocument }),
    state: event.device === undefined ? 'offered' : 'alerting',
    legs,
    flags: { silent: event.silent ?? false, abandoned: false, repeat: false, test: event.test ?? false },
    offeredAt: event.receivedAt
  }
}

/** The call after an event. Pure; the same events in the same order give the same call on every node. */
export function applyEvent(call: Call, event: CallEvent): Applied {
  const stepped = step(call.state, event.kind)
  if (stepped.kind === 'ignored') {
    if (ringsAnother(call, event)) return changed(withLegs(call, event))
    return namesHolder(call, event) ? changed(withHolder(call, event)) : stepped
  }
  const moved: Call = { ...withLegs(call, event), state: stepped.state }
  switch (event.kind) {
    case 'queued':
      return changed(event.acdQueue === undefined ? moved : { ...moved, acdQueue: event.acdQueue })
    case 'answered':
      return changed(moved.answeredAt === undefined ? { ...moved, answeredAt: event.receivedAt } : moved)
    case 'corrected':
      return corrected(moved, event.cli, event.locationDocument)
    case 'released':
      return changed(released(moved, event.cause, event.receivedAt))
    default:
      return changed(moved)
  }
}

/** A second desk that rings for the same call is no change of state, but it is a change. */
function ringsAnother(call: Call, event: CallEvent): boolean {
  return (
    event.kind === 'alerting' &&
    call.state === 'alerting' &&
    event.device !== undefined &&
    call.legs.length < MAX_LEGS &&
    !call.legs.some(leg => leg.device === event.device && leg.state !== 'cleared')
  )
}

/**
 * A call is answered, and only now somebody says where: the switch that told of the answer could not name the desk,
 * another one, or the same a moment later, can.
 */
function namesHolder(call: Call, event: CallEvent): boolean {
  return (
    (call.state === 'answered' || call.state === 'held') &&
    (event.kind === 'alerting' || event.kind === 'answered') &&
    event.device !== undefined &&
    !call.legs.some(leg => leg.device !== undefined && leg.state !== 'cleared')
  )
}

function withHolder(call: Call, event: CallEvent): Call {
  const state = call.state === 'held' ? 'held' : 'connected'
  return { ...call, legs: withDevice(call.legs, event.device, state, event.receivedAt) }
}

function changed(call: Call): Applied {
  return { kind: 'changed', call: { ...call, seq: call.seq + 1 } }
}

function corrected(call: Call, cli: Call['cli'] | undefined, locationDocument: string | undefined): Applied {
  if (cli === undefined && locationDocument === undefined) return { kind: 'ignored', reason: 'already-in-state' }
  return changed({
    ...call,
    ...(cli === undefined ? {} : { cli }),
    ...(locationDocument === undefined ? {} : { locationDocument })
  })
}

function released(call: Call, cause: ReleaseCause, at: number): Call {
  // A BYE on our own leg says that the call ended, not whether a person ever had it: without a device nobody did.
  const nobodyHadIt = call.answeredAt === undefined && call.legs.length === 0
  const known: ReleaseCause = cause === 'ended' && nobodyHadIt ? 'abandoned' : cause
  return { ...call, cause: known, releasedAt: at, flags: { ...call.flags, abandoned: known === 'abandoned' } }
}

function withLegs(call: Call, event: CallEvent): Call {
  const at = event.receivedAt
  switch (event.kind) {
    case 'released':
      return { ...call, legs: call.legs.map(leg => to(leg, 'cleared', at)) }
    case 'queued':
      return { ...call, legs: call.legs.map(leg => (leg.state === 'alerting' ? to(leg, 'cleared', at) : leg)) }
    case 'answered': {
      const device = event.device ?? call.legs.find(leg => leg.state === 'alerting')?.device
      const legs = withDevice(call.legs, device, 'connected', at)
      // Ring-all: the first to answer has it, the other desks stop ringing.
      return { ...call, legs: legs.map(leg => (leg.state === 'alerting' ? to(leg, 'cleared', at) : leg)) }
    }
    case 'held':
      return { ...call, legs: call.legs.map(leg => (isMeant(leg, event, 'connected') ? to(leg, 'held', at) : leg)) }
    case 'retrieved':
      return { ...call, legs: call.legs.map(leg => (isMeant(leg, event, 'held') ? to(leg, 'connected', at) : leg)) }
    case 'alerting':
    case 'transferred':
      return { ...call, legs: withDevice(call.legs, event.device, 'alerting', at) }
    default:
      return call
  }
}

function isMeant(leg: Leg, event: CallEvent, state: Leg['state']): boolean {
  return leg.state === state && (event.device === undefined || leg.device === event.device)
}

function withDevice(
  legs: readonly Leg[],
  device: DeviceId | undefined,
  state: Leg['state'],
  at: number
): readonly Leg[] {
  if (device === undefined) return legs
  if (legs.some(leg => leg.device === device)) {
    return legs.map(leg => (leg.device === device ? to(leg, state, at) : leg))
  }
  return legs.length >= MAX_LEGS ? legs : [...legs, makeLeg(device, state, at, legs.length)]
}

function makeLeg(device: DeviceId, state: Leg['state'], at: number, index: number): Leg {
  return { legId: `leg-${index + 1}`, role: 'handler', device, state, sinceAt: at }
}

function to(leg: Leg, state: Leg['state'], at: number): Leg {
  return leg.state === state ? leg : { ...leg, state, sinceAt: at }
}
