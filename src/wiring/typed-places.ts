import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { PlacePorts } from '../http/place-routes.ts'
import type { AskForces } from '../lookups/forces-asked.ts'
import { describePlace, type Gazetteer, placeFix } from '../lookups/location/gazetteer.ts'
import { fixId } from '../lookups/location/late-fix.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { readTypedPlaces } from '../lookups/location/typed-place.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { SignOn } from '../pop/address.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { TypedPlaceWords } from '../pop/people.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { readOpenCall } from '../records/adoption.ts'
import { findAddresses } from '../records/find-addresses.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import { type Confirming, confirmFix, type Recorded } from '../records/location-fixes.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import { ownCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'
import type { Lookups } from './start-lookups.ts'

/** `location.type`: the handler says where the caller is, in their own words. */
export interface TypeCommand {
  /** `place`: the one of what the words mean. `open`: of a call that another gateway has. Rejects as the record does. */
  typePlace(by: HandlerId, callId: CallId, said: { text: string; place: string }, open?: OpenCall): Promise<Done>
}

/** What the handler's words mean here, by the name that the list gave it; undefined when they mean that no more. */
export type ReadTyped = (
  by: SignOn,
  call: Call,
  said: { readonly text: string; readonly place: string }
) => Promise<LocationFix | undefined>

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  /** A call that is not here, as the record has it. */
  readonly readOpen: (callId: CallId) => Promise<OpenCall | undefined>
  readonly gazetteer: Gazetteer
  readonly forcesOf: AskForces
  /** Addresses on record, whose search is kept with who made it. */
  readonly addresses: (
    by: SignOn,
    ask: { text: string; call: Call; forces: readonly string[] }
  ) => Promise<LocationFix[]>
  readonly confirm: (confirming: Confirming) => Promise<Recorded>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Pick<Log, 'info'>
  readonly clock: Pick<Clock, 'now'>
}

/**
 * What a handler types is read twice by the same rules: once for the list they choose from, and again when they have
 * chosen, so that what is recorded is what the words mean here and not what a screen sends.
 */
export function makeTypedPlaces(parts: Parts): PlacePorts & TypeCommand & { readonly readTyped: ReadTyped } {
  const { courier, signOnOf, readOpen, confirm, tell, onDoubt, log, clock } = parts
  const readTyped: ReadTyped = async (by, call, { text, place }) =>
    (await placesOf(parts, by, call, text)).find(each => fixId(each) === place)
  return {
    readTyped,
    findPlaces: async (by, callId, text) => {
      const open = courier.card(callId) === undefined ? await readOpen(callId) : undefined
      const call = ownCall(courier, by.handler, callId, open)
      if (typeof call === 'string') return call
      const found = await placesOf(parts, by, call, text)
      return { places: found.map(fix => toWords(fix, parts.gazetteer)) }
    },
    typePlace: async (handler, callId, said, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return refused('call.unknown', 'This call is no longer open.')
      const by = signOnOf(handler)
      if (call === 'not-entitled' || by === undefined)
        return refused('call.not-entitled', 'This call is not yours to locate.')
      const fix = await readTyped(by, call, said)
      if (fix === undefined)
        return refused('location.unknown', 'This is not what the words mean now. Look it up again.')
      const { change } = await confirm({ callId, id: said.place, fix, handler, at: clock.now() }).catch(
        (thrown: unknown) => {
          onDoubt(callId)
          throw thrown
        }
      )
      log.info('location.confirmed', { callId, handler, source: fix.source })
      if (change !== undefined) tell(callId, change)
      return { ok: true }
    }
  }
}

/** What reads as a position needs no record. */
async function placesOf({ gazetteer, addresses, forcesOf }: Parts, by: SignOn, call: Call, text: string) {
  const read = readTypedPlaces(text, gazetteer)
  const isPosition = read.some(({ address }) => address === undefined)
  if (isPosition) return read
  const found = await addresses(by, { text, call, forces: forcesOf(call, 'people').asked })
  // A house that is on record is nearer than the middle of its postcode.
  return [...found.map(fix => placeFix(fix, gazetteer)), ...read]
}

function toWords(fix: LocationFix, gazetteer: Gazetteer): TypedPlaceWords {
  const { address, radiusMetres = 0, method = '' } = fix
  const { gridReference = '', place } = describePlace(fix, gazetteer)
  return {
    place: fixId(fix),
    title: address ?? gridReference,
    method,
    radiusMetres,
    gridReference,
    ...(place === undefined ? {} : { near: place.name })
  }
}

interface PlaceStages {
  readonly delivery: Pick<Delivery, 'courier' | 'signOns'>
  readonly lookups: Pick<Lookups, 'gazetteer'>
  readonly fixes: Pick<LateFixBook, 'tell' | 'doubt'>
}

export function startTypedPlaces(
  { log, clock, node }: Pick<Base, 'log' | 'clock' | 'node'>,
  { pool, searchPool, grants }: Pick<Stores, 'pool' | 'searchPool' | 'grants'>,
  { delivery: { courier, signOns }, lookups: { gazetteer }, fixes }: PlaceStages
): PlacePorts & TypeCommand & { readonly readTyped: ReadTyped } {
  return makeTypedPlaces({
    ...{ courier, gazetteer, log, clock },
    signOnOf: handler => signOns.of(handler),
    readOpen: callId => readOpenCall(pool, callId),
    forcesOf: grants.forcesOf,
    addresses: ({ handler, position, force }, { text, call: { callId }, forces }) =>
      findAddresses(searchPool, { handler, position, force, at: clock.now() }, { text, callId, forces }),
    confirm: confirming => confirmFix(pool, node, confirming),
    tell: (callId, change) => fixes.tell(callId, change),
    onDoubt: callId => fixes.doubt(callId)
  })
}
