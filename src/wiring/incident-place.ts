import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import type { Located } from '../lookups/location/location-lookup.ts'
import type { Outcome } from '../lookups/lookup.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { SignOn } from '../pop/address.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { type PlaceAct, type Placed, putIncidentPlace } from '../records/incident-places.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import { ownCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'
import type { Lookups } from './start-lookups.ts'
import type { ReadTyped } from './typed-places.ts'

/** A place by what was typed and which of its meanings is meant, or by the `id` of one that the panel has. */
export type PlaceSaid = { readonly text: string; readonly place: string } | { readonly fix: string }

/**
 * `incident.place`, `incident.unplace`: the handler says that the incident is elsewhere than the caller, or that it is
 * not. `open`: of a call that another gateway has, as the record has it. Both reject as the record does.
 */
export interface IncidentPlaceCommands {
  placeIncident(by: HandlerId, callId: CallId, said: PlaceSaid, open?: OpenCall): Promise<Done>
  unplaceIncident(by: HandlerId, callId: CallId, open?: OpenCall): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  /** All places of the call, as its panel has them. */
  readonly locate: (call: Call) => Promise<Outcome<Located>>
  readonly readTyped: ReadTyped
  readonly put: (act: PlaceAct) => Promise<Placed>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Pick<Log, 'info'>
  readonly clock: Pick<Clock, 'now'>
}

/**
 * Not done before the record has it; then whoever has the call looks around that place, whichever gateway holds it. The
 * place is looked up anew by its name, so that what is recorded is what its source or the words mean here.
 */
export function makeIncidentPlace(parts: Parts): IncidentPlaceCommands {
  const { courier, clock } = parts
  return {
    placeIncident: async (handler, callId, said, open) => {
      const call = ownCall(courier, handler, callId, open)
      const by = parts.signOnOf(handler)
      if (call === 'unknown') return NO_CALL
      if (call === 'not-entitled' || by === undefined) return NOT_THEIRS
      const fix = 'fix' in said ? await pickedOf(parts, call, said.fix) : await parts.readTyped(by, call, said)
      if (fix === undefined) {
        return refused('location.unknown', 'This place is not among those known now. Look it up again.')
      }
      if (fix === 'nowhere') return refused('location.unplaced', 'Where on the map this place is, is not known.')
      return put(parts, { callId, handler, fix, at: clock.now() })
    },
    unplaceIncident: async (handler, callId, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return NO_CALL
      if (call === 'not-entitled') return NOT_THEIRS
      return put(parts, { callId, handler, at: clock.now() })
    }
  }
}

const NO_CALL = refused('call.unknown', 'This call is no longer open.')
const NOT_THEIRS = refused('call.not-entitled', 'This call is not yours to locate.')
const TOO_MANY = refused('incident.too-many-places', 'The incident of this call has been placed as often as it can be.')

async function pickedOf({ locate }: Parts, call: Call, id: string): Promise<LocationFix | 'nowhere' | undefined> {
  const outcome = await locate(call)
  if (outcome.kind !== 'found') return undefined
  const fix = outcome.value.fixes.find(each => each.id === id)?.fix
  return fix !== undefined && fix.grid === undefined ? 'nowhere' : fix
}

async function put({ put: record, tell, onDoubt, log }: Parts, act: PlaceAct): Promise<Done> {
  const { callId, handler, fix } = act
  const { result, change } = await record(act).catch((thrown: unknown) => {
    onDoubt(callId)
    throw thrown
  })
  if (result === 'too-many') return TOO_MANY
  if (result === 'as-it-was') {
    // Asked again: the screens may not have heard of it.
    onDoubt(callId)
    return { ok: true }
  }
  if (fix === undefined) log.info('incident.unplaced', { callId, handler })
  else log.info('incident.placed', { callId, handler, source: fix.source })
  if (change !== undefined) tell(callId, change)
  return { ok: true }
}

interface Stages {
  readonly delivery: Pick<Delivery, 'courier' | 'signOns'>
  readonly lookups: Pick<Lookups, 'locate'>
  readonly fixes: Pick<LateFixBook, 'tell' | 'doubt'>
}

export function startIncidentPlace(
  { log, clock, node }: Pick<Base, 'log' | 'clock' | 'node'>,
  { pool }: Pick<Stores, 'pool'>,
  { delivery: { courier, signOns }, lookups, fixes }: Stages,
  readTyped: ReadTyped
): IncidentPlaceCommands {
  return makeIncidentPlace({
    ...{ courier, readTyped, log, clock },
    locate: lookups.locate,
    signOnOf: handler => signOns.of(handler),
    put: act => putIncidentPlace(pool, node, act),
    tell: (callId, change) => fixes.tell(callId, change),
    onDoubt: callId => fixes.doubt(callId)
  })
}
