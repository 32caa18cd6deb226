import type { GridPoint } from '../grid/national-grid.ts'
import { within } from '../operations/lifecycle.ts'
import { type AskForces, askOwnForce } from './forces-asked.ts'
import { type Lookup, NOBODY, type Outcome } from './lookup.ts'
import { CANNOT_SPEAK_RISK, markerRank } from './marker-kinds.ts'
import { numbersAsked } from './numbers-asked.ts'
import type { AskWhereabouts, Whereabouts } from './whereabouts.ts'

/** A warning that a force holds of a number, of a person or of an address. */
export interface Marker {
  readonly id: string
  readonly kind: string
  readonly of: 'number' | 'person' | 'address'
  /** The person's name, or the address. */
  readonly whose?: string
  /** The person was tied to the number earlier, and is no more. */
  readonly isEarlier: boolean
  /** The number of the call that led to it; absent of one that is there by the place alone. */
  readonly e164?: string
  /** From the place to go by; only of one that is there by the place. */
  readonly distanceMetres?: number
  readonly text: string
  readonly source: string
  /** How far the source is trusted, as it grades itself. */
  readonly grade?: string
  /** Epoch ms, all of them. */
  readonly madeAt: number
  readonly reviewAt?: number
  readonly expiresAt?: number
  readonly asOf: number
}

/** What of the question could not be asked, so that its silence says nothing. */
export type Unchecked =
  /** By number: withheld on a line where that is respected, or there is none. */
  | 'no-number'
  /** By place: nobody has said one; it is known too coarsely; the sources could not be asked; the markers could not be. */
  | 'nowhere'
  | 'too-coarse'
  | 'place-unknown'
  | 'place-pending'
  | 'place-failed'

/** Markers in the order of the screen: those in force first, and of each sort the gravest. */
export interface Warnings {
  readonly markers: readonly Marker[]
  /** All there are, shown or not. */
  readonly total: number
  /** How many of these have expired. */
  readonly expired: number
  readonly unchecked: readonly Unchecked[]
  /** One in force that makes a call in which nobody speaks urgent. */
  readonly risk?: Marker
}

export interface Markers {
  readonly markers: readonly Marker[]
  readonly total: number
}

interface Whose {
  readonly forces: readonly string[]
  /** Epoch ms: what expires by then has expired. */
  readonly at: number
}

/** Markers of the numbers, of the people tied to them and of their addresses. Gives up when the signal fires. */
export type MarkersOfNumbers = (
  ask: Whose & { readonly e164s: readonly string[] },
  signal: AbortSignal
) => Promise<Markers>
/** Markers of addresses within so many metres. */
export type MarkersNear = (
  ask: Whose & { readonly point: GridPoint; readonly withinMetres: number },
  signal: AbortSignal
) => Promise<Markers>

interface Parts {
  readonly markersOfNumbers: MarkersOfNumbers
  readonly markersNear: MarkersNear
  readonly deadlineMs: number
  /** Around a fix. */
  readonly nearMetres: number
  /** A fix within more than this says nothing of an address. */
  readonly coarseMetres: number
  /** Epoch ms. */
  readonly now: () => number
  readonly forcesOf?: AskForces
}

/** The place has this share of the deadline: what the number has brought is not lost for it. */
const SHARE_FOR_PLACE = 0.7
/** A place that takes longer does not hold back what is held of the number. */
const EARLY_AFTER_MS = 100
const NO_MARKERS: Markers = { markers: [], total: 0 }

/**
 * What must be known before anybody goes there: of the number, its people and its address, and of the addresses around
 * the caller's place. What could not be asked is said, never left out.
 */
export function makeWarningsLookup(parts: Parts): Lookup<Warnings> {
  const { markersOfNumbers, deadlineMs, now, forcesOf = askOwnForce } = parts
  return {
    name: 'warnings',
    source: 'Force record',
    deadlineMs,
    needsPlace: true,
    goesByCaller: true,
    without: call => forcesOf(call, 'markers').without,
    probe: signal => markersOfNumbers({ ...NOBODY, at: now() }, signal),
    ask: async (call, signal, whereabouts = UNKNOWN, early = () => {}) => {
      const e164s = numbersAsked(call)
      const forces = forcesOf(call, 'markers').asked
      const at = now()
      const placed = placeWithin(whereabouts, deadlineMs * SHARE_FOR_PLACE)
      const near = placed.then(place => nearPlace(parts, { forces, at, place, signal }))
      const held = e164s.length === 0 ? NO_MARKERS : await markersOfNumbers({ forces, at, e164s }, signal)
      const byNumber: readonly Unchecked[] = e164s.length === 0 ? ['no-number'] : []
      const soon = await within(EARLY_AFTER_MS, near)
      if (soon === undefined && held.total > 0) early(join([held], [...byNumber, 'place-pending'], at))
      const { markers, unchecked } = soon ?? (await near)
      return toOutcome(join([held, markers], [...byNumber, ...unchecked], at), now())
    }
  }
}

const UNKNOWN: AskWhereabouts = async () => ({ kind: 'unknown' })

async function placeWithin(whereabouts: AskWhereabouts, ms: number): Promise<Whereabouts> {
  return (await within(ms, whereabouts())) ?? { kind: 'unknown' }
}

interface Near {
  readonly markers: Markers
  readonly unchecked: readonly Unchecked[]
}

/** Never rejects: that the place could not be asked for must not hide what the number has brought. */
async function nearPlace(
  { markersNear, nearMetres, coarseMetres }: Parts,
  { forces, at, place, signal }: Whose & { readonly place: Whereabouts; readonly signal: AbortSignal }
): Promise<Near> {
  const not = (unchecked: Unchecked): Near => ({ markers: NO_MARKERS, unchecked: [unchecked] })
  if (place.kind === 'unknown') return not('place-unknown')
  if (place.kind === 'nowhere') return not('nowhere')
  // The address on record is the number's own, and is asked for as such; what is held of its neighbours is not the caller's.
  if (place.source === 'address' && place.isIncident !== true) return { markers: NO_MARKERS, unchecked: [] }
  if (place.isApproximate || place.radiusMetres > coarseMetres) return not('too-coarse')
  const withinMetres = Math.max(nearMetres, place.radiusMetres)
  try {
    return { markers: await markersNear({ forces, at, point: place.point, withinMetres }, signal), unchecked: [] }
  } catch {
    // The source is watched by what becomes of the question about the number, which goes the same way.
    return not('place-failed')
  }
}

function toOutcome(found: Warnings, now: number): Outcome<Warnings> {
  const { unchecked, markers } = found
  const isNothingAsked = unchecked.includes('no-number') && unchecked.includes('nowhere')
  if (isNothingAsked) return { kind: 'not-asked', why: 'no-cli' }
  if (markers.length === 0 && unchecked.length === 0) return { kind: 'none' }
  return { kind: 'found', value: found, asOf: now }
}

function join(parts: readonly Markers[], unchecked: readonly Unchecked[], now: number): Warnings {
  const all = new Map<string, Marker>()
  // What is held of the caller's number or address is that, however near the place is.
  for (const marker of parts.flatMap(({ markers }) => markers)) if (!all.has(marker.id)) all.set(marker.id, marker)
  const read = parts.reduce((sum, { markers }) => sum + markers.length, 0)
  const total = parts.reduce((sum, each) => sum + each.total, 0) - (read - all.size)
  const markers = [...all.values()].sort((one, other) => byRisk(one, other, now))
  const risk = markers.find(marker => marker.kind === CANNOT_SPEAK_RISK && !isExpired(marker, now) && !marker.isEarlier)
  return {
    ...{ markers, total, unchecked },
    expired: markers.filter(marker => isExpired(marker, now)).length,
    ...(risk === undefined ? {} : { risk })
  }
}

/** In force before expired; then by rank; then of the caller's own before the neighbours'; then the newest. */
function byRisk(one: Marker, other: Marker, now: number): number {
  return (
    Number(isExpired(one, now)) - Number(isExpired(other, now)) ||
    markerRank(one.kind) - markerRank(other.kind) ||
    Number(one.e164 === undefined) - Number(other.e164 === undefined) ||
    other.madeAt - one.madeAt ||
    Number(one.id) - Number(other.id)
  )
}

export function isExpired({ expiresAt }: Pick<Marker, 'expiresAt'>, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now
}
