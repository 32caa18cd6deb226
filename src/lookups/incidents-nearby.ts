import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { GridPoint } from '../grid/national-grid.ts'
import { type AskForces, askOwnForce } from './forces-asked.ts'
import { type Lookup, NOBODY, type Outcome, type WhyNotAsked } from './lookup.ts'
import type { Whereabouts } from './whereabouts.ts'

/** An open incident that may be the one this caller speaks of, or one that a handler says it is. */
export interface NearbyIncident {
  readonly id: string
  readonly reference: string
  readonly force: string
  readonly type: string
  readonly isOpen: boolean
  readonly grade?: string
  readonly summary?: string
  readonly source: string
  readonly openedAt: number
  /** Where it is, if that is known. */
  readonly point?: GridPoint
  /** From the middle of the caller's place to the incident's; absent where either has none. */
  readonly metres?: number
  /** Calls that are linked to it, this one too where it is. */
  readonly calls: number
  /** This call is linked to it; `by` is absent where no hand did that. */
  readonly linked?: { readonly by?: HandlerId; readonly at?: number }
}

/** Why only what is linked is said, and nothing of what is near. */
export type NotNear = Extract<WhyNotAsked, 'no-place' | 'place-unknown' | 'place-coarse'>

/** What the panel shows. */
export interface IncidentsNearby {
  /** Linked ones first, then the nearest, of those as near as each other the newest. */
  readonly items: readonly NearbyIncident[]
  /** All there are, shown or not. */
  readonly total: number
  readonly notNear?: NotNear
  /** What they are near to is an address on record: the caller may be elsewhere. */
  readonly isByAddress?: boolean
}

/** A circle to look in, and since when an incident must have been opened. */
export interface Near {
  readonly point: GridPoint
  readonly metres: number
  /** Epoch ms. */
  readonly sinceAt: number
  /** For incidents whose type begins so; the longest beginning holds. */
  readonly sinceByType: readonly { readonly type: string; readonly sinceAt: number }[]
}

export type FindIncidents = (
  ask: {
    readonly forces: readonly string[]
    readonly callId: CallId
    /** Without it only what is linked to the call. */
    readonly near?: Near
  },
  signal: AbortSignal
) => Promise<{ readonly items: readonly NearbyIncident[]; readonly total: number }>

interface Parts {
  readonly incidents: FindIncidents
  readonly deadlineMs: number
  readonly forcesOf?: AskForces
  /** `coarseMetres`: a place that is less sure joins nothing. */
  readonly rules: {
    readonly metres: number
    readonly coarseMetres: number
    readonly hours: number
    readonly hoursByType: readonly { readonly type: string; readonly hours: number }[]
  }
  readonly now: () => number
}

const HOUR_MS = 3_600_000
/** Shown; the rest is counted. */
export const MAX_INCIDENTS = 20
const NO_CALL = '00000000-0000-0000-0000-000000000000' as CallId

/**
 * Open incidents around the caller, as "maybe the same", and whatever is linked to the call wherever it lies. A place
 * that is known by its radio cell never joins a call to anything.
 */
export function makeIncidentsLookup(parts: Parts): Lookup<IncidentsNearby> {
  const { incidents, deadlineMs, forcesOf = askOwnForce, rules, now } = parts
  const ask = (call: Pick<Call, 'callId' | 'offeredAt'>, forces: readonly string[], signal: AbortSignal, at?: Place) =>
    incidents(
      {
        ...{ forces, callId: call.callId },
        ...(at === undefined ? {} : { near: nearOf(at, call.offeredAt, rules) })
      },
      signal
    )
  return {
    name: 'incidents-nearby',
    source: 'Force record',
    deadlineMs,
    needsPlace: true,
    placeFirst: true,
    showsLinks: true,
    probe: signal => {
      const at: Place = { kind: 'at', point: { easting: 0, northing: 0 }, radiusMetres: 0 }
      return ask({ callId: NO_CALL, offeredAt: now() }, NOBODY.forces, signal, at)
    },
    without: call => forcesOf(call, 'incidents').without,
    ask: async (call, signal, whereabouts) => {
      const forces = forcesOf(call, 'incidents').asked
      const at = (await whereabouts?.()) ?? ({ kind: 'nowhere' } as const)
      const notNear = whyNotNear(at, rules.coarseMetres)
      const place = at.kind === 'at' && notNear === undefined ? at : undefined
      const { items, total } = await ask(call, forces, signal, place)
      return toOutcome({ items, total, at, notNear, asOf: now() })
    }
  }
}

type Place = Pick<Extract<Whereabouts, { kind: 'at' }>, 'kind' | 'point' | 'radiusMetres'>

function whyNotNear(at: Whereabouts, coarseMetres: number): NotNear | undefined {
  if (at.kind === 'unknown') return 'place-unknown'
  if (at.kind === 'nowhere') return 'no-place'
  // What a handler said holds, however their source came by it.
  const isCoarse = (at.isApproximate && !at.isConfirmed) || at.radiusMetres > coarseMetres
  return isCoarse ? 'place-coarse' : undefined
}

function nearOf({ point, radiusMetres }: Place, at: number, { metres, hours, hoursByType }: Parts['rules']): Near {
  const since = (of: number) => at - of * HOUR_MS
  return {
    ...{ point, metres: metres + radiusMetres, sinceAt: since(hours) },
    sinceByType: hoursByType.map(each => ({ type: each.type, sinceAt: since(each.hours) }))
  }
}

interface Said extends Omit<IncidentsNearby, 'notNear'> {
  readonly at: Whereabouts
  readonly notNear: NotNear | undefined
  readonly asOf: number
}

/** "None near" is said only where it was asked around a place. */
function toOutcome({ items, total, at, notNear, asOf }: Said): Outcome<IncidentsNearby> {
  if (items.length === 0) return notNear === undefined ? { kind: 'none' } : { kind: 'not-asked', why: notNear }
  const isByAddress = notNear === undefined && at.kind === 'at' && at.source === 'address'
  const value = {
    ...{ items, total },
    ...(notNear === undefined ? {} : { notNear }),
    ...(isByAddress ? { isByAddress } : {})
  }
  return { kind: 'found', value, asOf }
}
