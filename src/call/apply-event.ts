import { type Call, devicesOf, heard, type ReleaseCause } from './call.ts'
import type { CallEvent, CorrectedEvent, IgnoredReason, OfferedEvent } from './call-event.ts'
import { step } from './call-machine.ts'
import { type CallId, toPopId } from './ids.ts'
import { answeredAt, isOn, legAt, legsAfter, legsWithParty, stopRinging, withDesk } from './legs.ts'
import { hasSentLocation, type SentLocation, sentLocationAfter, sentLocationIn } from './sent-location.ts'

export type Applied =
  | { readonly kind: 'changed'; readonly call: Call }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason }

/** The call a first event makes. With a device it alerts at once: the switch named the handler in its INVITE. */
export function makeCall(event: OfferedEvent, callId: CallId): Call {
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
    ...sentLocationIn(event),
    state: event.device === undefined ? 'offered' : 'alerting',
    legs: withDesk([], event, 'alerting'),
    flags: {
      silent: event.silent ?? false,
      abandoned: false,
      repeat: event.repeat ?? false,
      test: event.test ?? false
    },
    offeredAt: event.receivedAt
  }
}

/** The call after an event. Pure; the same events in the same order give the same call on every node. */
export function applyEvent(call: Call, event: CallEvent): Applied {
  const applied = stepped(call, event)
  // A mark made when that process was gone is of later than its last words, unless they are that the call is over.
  const isDoubted = call.isUnheard === true && event.isFromDead === true && event.kind !== 'released'
  return isDoubted && applied.kind === 'changed'
    ? { kind: 'changed', call: { ...applied.call, isUnheard: true } }
    : applied
}

function stepped(call: Call, event: CallEvent): Applied {
  if (event.kind === 'corrected' && event.lateFixes !== undefined) return located(call, event.lateFixes)
  // What became of a call is often said after its end: a caller who never spoke has rung off.
  if (call.state === 'released' && event.kind === 'corrected' && event.silent !== undefined) {
    return corrected(call, { silent: event.silent })
  }
  const next = step(call.state, event.kind)
  if (next.kind === 'ignored') return movedInState(call, event) ?? next
  const moved: Call = { ...call, legs: legsAfter(call, event), state: next.state }
  switch (event.kind) {
    case 'queued':
      return changed(event.acdQueue === undefined ? moved : { ...moved, acdQueue: event.acdQueue })
    case 'answered':
      return changed(moved.answeredAt === undefined ? { ...moved, answeredAt: event.receivedAt } : moved)
    case 'corrected':
      return event.isUnacknowledged === true ? doubted(call) : corrected(moved, event)
    case 'party-joined':
    case 'party-left': {
      const legs = legsWithParty(call.legs, event)
      return legs === undefined || legs === call.legs
        ? { kind: 'ignored', reason: 'already-in-state' }
        : changed({ ...call, legs })
    }
    case 'released':
      return changed(released(moved, event.cause, event.receivedAt, devicesOf(call).length === 0))
    default:
      return changed(moved)
  }
}

/**
 * What is no step from state to state, but a change: a call that another desk rings for, has, or gives back. Many
 * switches never say `transferred`; they name another desk, and that desk must not miss the call.
 */
function movedInState(call: Call, event: CallEvent): Applied | undefined {
  const isTalking = call.state === 'answered' || call.state === 'held'
  if (call.state === 'alerting') {
    if (event.kind === 'alerting') return ringsAnother(call, event)
    if (event.kind === 'retrieved') return takenBack(call, event)
  }
  if (!isTalking || event.device === undefined) return undefined
  if (event.kind !== 'alerting' && event.kind !== 'answered') return undefined
  if (!call.legs.some(leg => leg.device !== undefined && leg.state !== 'cleared')) return namesHolder(call, event)
  return event.kind === 'answered' ? hasItNow(call, event) : isAskedToo(call, event)
}

/** A second desk rings for the same call. When it is the one that sent the call on, nobody else answered there. */
function ringsAnother(call: Call, event: CallEvent): Applied | undefined {
  const leg = legAt(call.legs, event.device)
  if (leg?.state === 'handing-over') {
    return changed({ ...call, legs: withDesk(stopRinging(call.legs, event.receivedAt), event, 'alerting') })
  }
  return leg === undefined || leg.state === 'cleared'
    ? withLegs(call, withDesk(call.legs, event, 'alerting'))
    : undefined
}

/** The desk that had sent the call on has the caller again before anybody answered. */
function takenBack(call: Call, event: CallEvent): Applied | undefined {
  const back = call.legs.find(
    ({ device, state }) => state === 'handing-over' && (event.device === undefined || event.device === device)
  )
  if (back?.device === undefined) return undefined
  const legs = answeredAt(call.legs, { device: back.device, receivedAt: event.receivedAt })
  return changed({ ...call, legs, state: 'answered' })
}

/**
 * A call is answered, and only now somebody says where: the switch that told of the answer could not name the desk,
 * another one, or the same a moment later, can.
 */
function namesHolder(call: Call, event: CallEvent): Applied | undefined {
  return withLegs(call, withDesk(call.legs, event, call.state === 'held' ? 'held' : 'connected'))
}

/** Another desk has the call than the one that had it. From the desk that has it already: nobody else took it. */
function hasItNow(call: Call, event: CallEvent): Applied | undefined {
  const leg = legAt(call.legs, event.device)
  if (leg !== undefined && isOn(leg)) {
    const isRinging = call.legs.some(({ state }) => state === 'alerting')
    return isRinging ? changed({ ...call, legs: stopRinging(call.legs, event.receivedAt) }) : undefined
  }
  const moved = withLegs(call, answeredAt(call.legs, event))
  return moved?.kind === 'changed' ? { ...moved, call: { ...moved.call, state: 'answered' } } : moved
}

/** It rings at another desk while the first talks on. A desk that rang before the answer is old news, told late. */
function isAskedToo(call: Call, event: CallEvent): Applied | undefined {
  return legAt(call.legs, event.device) === undefined
    ? withLegs(call, withDesk(call.legs, event, 'alerting'))
    : undefined
}

/** Undefined when there was no room for one more leg. */
function withLegs(call: Call, legs: Call['legs']): Applied | undefined {
  return legs === call.legs ? undefined : changed({ ...call, legs })
}

function changed(call: Call): Applied {
  return { kind: 'changed', call: { ...heard(call), seq: call.seq + 1 } }
}

function corrected(call: Call, said: Pick<CorrectedEvent, 'cli' | 'silent'> & SentLocation): Applied {
  const { cli, silent } = said
  const isSilent = silent !== undefined && silent !== call.flags.silent
  const isMoved = hasSentLocation(said)
  if (cli === undefined && !isMoved && !isSilent) return { kind: 'ignored', reason: 'already-in-state' }
  return changed({
    ...(isMoved ? moved(call, said) : call),
    ...(cli === undefined ? {} : { cli }),
    ...(isSilent ? { flags: { ...call.flags, silent } } : {})
  })
}

/** A place may come after the end, for whoever writes the call up. That a source knows it says nothing of the call. */
function located(call: Call, lateFixes: number): Applied {
  const newest = Math.max(lateFixes, call.lateFixes ?? 0)
  return { kind: 'changed', call: { ...call, lateFixes: newest, seq: call.seq + 1 } }
}

function moved(call: Call, said: SentLocation): Call {
  const { locationDocument: _, locationReference: __, vehicleData: ___, locationFault: ____, ...rest } = call
  return { ...rest, ...sentLocationAfter(call, said) }
}

/** Where another dialog speaks for the call too, this one's silence says nothing of it. */
function doubted(call: Call): Applied {
  if (call.isUnheard === true || call.switchCallIds.length > 1) return { kind: 'ignored', reason: 'already-in-state' }
  return { kind: 'changed', call: { ...call, isUnheard: true, seq: call.seq + 1 } }
}

function released(call: Call, cause: ReleaseCause, at: number, isAtNoDesk: boolean): Call {
  // A BYE on our own leg says that the call ended, not whether a person ever had it: at no desk nobody did.
  const nobodyHadIt = call.answeredAt === undefined && isAtNoDesk
  const known: ReleaseCause = cause === 'ended' && nobodyHadIt ? 'abandoned' : cause
  return { ...call, cause: known, releasedAt: at, flags: { ...call.flags, abandoned: known === 'abandoned' } }
}
