import Type, { type Static } from 'typebox'
import { type Call, devicesOf } from '../call/call.ts'
import type { DeviceId, ForceId, HandlerId } from '../call/ids.ts'

/** What a person may see and do beside taking calls. */
export const Role = Type.Union([
  Type.Literal('handler'),
  Type.Literal('dispatcher'),
  Type.Literal('supervisor'),
  Type.Literal('administrator')
])
export type Role = Static<typeof Role>

/** A handler signed on at a position: what the entitlement to a pop is judged by. */
export interface SignOn {
  readonly handler: HandlerId
  readonly name: string
  readonly force: ForceId
  readonly role: Role
  /** Forces whose calls this handler may see by a named mutual-aid grant. */
  readonly grants: readonly ForceId[]
  readonly lines: readonly string[]
  readonly acdQueues: readonly string[]
  readonly position: string
  readonly devices: readonly DeviceId[]
}

/**
 * `device`: it rings at the handler's desk or is theirs. `rings`: it rings at their desk while another has it. `handed`:
 * they had it, another has it now, and they have still to write it up. `queue`: offered to many, without personal data.
 * `escalated`: offered to this handler because those who had it did nothing, as little of it as to many.
 */
export type Offer = 'device' | 'rings' | 'handed' | 'queue' | 'escalated'

/** Who gets the pop of a call, and how much of it. */
export type Audience = ReadonlyMap<HandlerId, Offer>

const NOBODY: ReadonlySet<HandlerId> = new Set()

/**
 * Design §3 "Who is entitled": the force is the handler's own or granted, the line or ACD queue among theirs, they
 * are signed on; when the call names a device, only the position that owns it. A device nobody is signed on at
 * falls back to an offer on the line: a 999 call without an owner is worse than one shown to many.
 */
export function address(
  call: Call,
  signOns: Iterable<SignOn>,
  takenBy?: HandlerId,
  escalatedTo: ReadonlySet<HandlerId> = NOBODY
): Audience {
  // Who has sent it on is answerable for it until another has it.
  const sentOnFrom = takenBy === undefined ? [] : devicesSentOnFrom(call)
  const devices = devicesOf(call).filter(device => !sentOnFrom.includes(device))
  const ringing = takenBy === undefined ? [] : devicesAskedToo(call)
  const atDevice = new Map<HandlerId, Offer>()
  const onLine = new Map<HandlerId, Offer>()
  const beside = new Map<HandlerId, Offer>()
  for (const signOn of signOns) {
    if (!isEntitled(call, signOn)) continue
    const isTheirs = signOn.handler === takenBy
    if (isTheirs) atDevice.set(signOn.handler, 'device')
    else if (ringing.some(device => signOn.devices.includes(device))) atDevice.set(signOn.handler, 'rings')
    else if (devices.some(device => signOn.devices.includes(device))) atDevice.set(signOn.handler, 'device')
    else if (takenBy === undefined && escalatedTo.has(signOn.handler)) beside.set(signOn.handler, 'escalated')
    else onLine.set(signOn.handler, 'queue')
  }
  if (isSentOn(call, takenBy)) return new Map([...onLine, ...atDevice])
  return new Map([...(atDevice.size > 0 ? atDevice : onLine), ...beside])
}

/** In the queue again by its holder's own hand: they keep it until another has it, and all others are asked. */
export function isSentOn({ state, legs }: Call, takenBy: HandlerId | undefined): boolean {
  return state === 'queued' && legs.some(leg => leg.state === 'handing-over' && (leg.handler ?? takenBy) === takenBy)
}

/**
 * Desks that a call was sent on to, or that are asked besides, after somebody has answered it. Where it rings at many
 * before the answer, the first hand has it and no other.
 */
export function devicesAskedToo({ legs, answeredAt }: Call): readonly DeviceId[] {
  return legs.flatMap(({ device, state, sinceAt }) =>
    device !== undefined && state === 'alerting' && answeredAt !== undefined && sinceAt >= answeredAt ? [device] : []
  )
}

function devicesSentOnFrom({ legs }: Call): readonly DeviceId[] {
  return legs.flatMap(({ device, state }) => (device !== undefined && state === 'handing-over' ? [device] : []))
}

/** Whether the screen shows whose call it is and what is known of them. */
export function isOwnOffer(offer: Offer): boolean {
  return offer !== 'queue' && offer !== 'escalated'
}

/** Who hears the alarms of a force and sees its ledger; without a force, of the whole installation. */
export function supervisorsOf(signOns: Iterable<SignOn>, force: ForceId | undefined): HandlerId[] {
  return [...signOns].flatMap(signOn => (supervises(signOn, force) ? [signOn.handler] : []))
}

/** Whether this person answers for calls of the force; an administrator answers for the installation. */
export function supervises({ role, force: own, grants }: SignOn, force: ForceId | undefined): boolean {
  if (role === 'administrator') return force === undefined || own === force || grants.includes(force)
  return role === 'supervisor' && (force === undefined || own === force || grants.includes(force))
}

/** Whether this person sends officers to what the force hands over. */
export function dispatches({ role, force: own, grants }: SignOn, force: ForceId): boolean {
  return role === 'dispatcher' && (own === force || grants.includes(force))
}

/** The rule of force and line alone; also asked before a take, a snapshot and a resume. */
export function isEntitled(call: Pick<Call, 'force' | 'line' | 'acdQueue'>, signOn: SignOn): boolean {
  const mayForce = signOn.force === call.force || signOn.grants.includes(call.force)
  const mayLine =
    signOn.lines.includes(call.line) || (call.acdQueue !== undefined && signOn.acdQueues.includes(call.acdQueue))
  return mayForce && mayLine
}
