import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { AskForces } from '../lookups/forces-asked.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { supervises } from '../pop/address.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'
import { type LinkAct, type Linked, type LinkResult, linkIncident, unlinkIncident } from '../records/incident-links.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import { isOwnCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'

/** `incident.link`, `incident.unlink`: the handler says that the call is about this open incident, or that it is not. */
export interface LinkCommands {
  /** `open`: of a call that another gateway has, as the record has it. Both reject as the record does. */
  linkIncident(by: HandlerId, callId: CallId, incident: string, open?: OpenCall): Promise<Done>
  unlinkIncident(by: HandlerId, callId: CallId, incident: string, open?: OpenCall): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly signOns: Pick<SignOnDirectory, 'of'>
  readonly forcesOf: AskForces
  readonly link: (act: LinkAct, forces: readonly string[]) => Promise<Linked>
  readonly unlink: (act: LinkAct, by: { readonly isAnybodys: boolean }) => Promise<Linked>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Pick<Log, 'info'>
  readonly metrics: Pick<Metrics, 'incidentLinks'>
  readonly clock: Pick<Clock, 'now'>
}

/** What a screen names an incident by: nothing else goes to the record. */
const INCIDENT_ID = /^[1-9]\d{0,17}$/

/**
 * Not done before the record has it; then the panels that speak of it are made anew on every screen of the call, whichever
 * gateway holds them. Asked again, whatever the link is already is done.
 */
export function makeLinkCommands(parts: Parts): LinkCommands {
  const { link, unlink, forcesOf, clock } = parts
  const act = (handler: HandlerId, callId: CallId, incident: string): LinkAct => ({
    ...{ callId, incident, handler },
    at: clock.now()
  })
  return {
    linkIncident: async (handler, callId, incident, open) => {
      const asked = whoAsks(parts, handler, callId, open)
      if (asked === undefined) return NO_CALL
      if (!asked.isTheirs) return refused('call.not-entitled', 'This call is not yours to link.')
      if (!INCIDENT_ID.test(incident)) return refusal('unknown')
      const { asked: forces } = forcesOf(asked.call, 'incidents')
      return settle(parts, { handler, callId }, link(act(handler, callId, incident), forces))
    },
    unlinkIncident: async (handler, callId, incident, open) => {
      const asked = whoAsks(parts, handler, callId, open)
      if (asked === undefined) return NO_CALL
      if (!asked.isTheirs && !asked.supervises) return refused('call.not-entitled', 'This call is not yours to unlink.')
      if (!INCIDENT_ID.test(incident)) return refusal('unknown')
      const by = { isAnybodys: asked.supervises }
      return settle(parts, { handler, callId }, unlink(act(handler, callId, incident), by))
    }
  }
}

const NO_CALL = refused('call.unknown', 'This call is no longer open.')

interface Asked {
  readonly call: Call
  /** The call stands on their screen as their own. */
  readonly isTheirs: boolean
  /** They answer for calls of its force, whether or not they see it. */
  readonly supervises: boolean
}

function whoAsks(
  { courier, signOns }: Pick<Parts, 'courier' | 'signOns'>,
  handler: HandlerId,
  callId: CallId,
  open: OpenCall | undefined
): Asked | undefined {
  const call = courier.card(callId)?.call ?? open?.call
  const signOn = signOns.of(handler)
  if (call === undefined) return undefined
  const isTheirs = isOwnCall(courier, handler, callId, open)
  return { call, isTheirs, supervises: signOn !== undefined && supervises(signOn, call.force) }
}

async function settle(
  { tell, onDoubt, log, metrics }: Parts,
  { handler, callId }: { readonly handler: HandlerId; readonly callId: CallId },
  asked: Promise<Linked>
): Promise<Done> {
  const { result, change } = await asked.catch((thrown: unknown) => {
    onDoubt(callId)
    throw thrown
  })
  metrics.incidentLinks.inc({ result })
  if (result === 'as-it-was') {
    // Asked again: the screens may not have heard of it.
    onDoubt(callId)
    return { ok: true }
  }
  if (result !== 'linked' && result !== 'unlinked') return refusal(result)
  if (result === 'linked') log.info('incident.linked', { callId, handler })
  else log.info('incident.unlinked', { callId, handler })
  if (change !== undefined) tell(callId, change)
  return { ok: true }
}

type Refused = Exclude<LinkResult, 'linked' | 'unlinked' | 'as-it-was'>

const REFUSALS: Readonly<Record<Refused, readonly [string, string]>> = {
  closed: ['incident.closed', 'This incident is closed.'],
  unknown: ['incident.unknown', 'This incident is not among those of the call now. Try again.'],
  'no-call': ['call.try-again', 'The record does not have this call yet. Try again.'],
  'not-theirs': ['incident.not-theirs', 'Somebody else linked it: they or a supervisor can take that back.']
}

function refusal(why: Refused): Done {
  return refused(...REFUSALS[why])
}

interface LinkStages {
  readonly delivery: Pick<Delivery, 'courier' | 'signOns'>
  readonly fixes: Pick<LateFixBook, 'tell' | 'doubt'>
}

export function startLinkCommands(
  { log, metrics, clock, node }: Pick<Base, 'log' | 'metrics' | 'clock' | 'node'>,
  { pool, grants }: Pick<Stores, 'pool' | 'grants'>,
  { delivery: { courier, signOns }, fixes }: LinkStages
): LinkCommands {
  return makeLinkCommands({
    ...{ courier, signOns, log, metrics, clock },
    forcesOf: grants.forcesOf,
    link: (act, forces) => linkIncident(pool, node, act, forces),
    unlink: (act, by) => unlinkIncident(pool, node, act, by),
    tell: (callId, change) => fixes.tell(callId, change, { isLink: true }),
    onDoubt: callId => fixes.doubt(callId)
  })
}
