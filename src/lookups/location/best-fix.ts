import { type GridPoint, HELMERT_GRID, isOnGrid, metresBetween } from '../../grid/national-grid.ts'
import { type FixMethod, methodOf, weighedRadius } from './fix-extent.ts'
import { reasonFor } from './fix-reasons.ts'
import type { LocationFix } from './location.ts'

/** A fix as the call holds it: with the time at which a handler confirmed it, epoch ms, where one has. */
export interface ConfirmableFix extends LocationFix {
  readonly confirmedAt?: number
}

export interface WeighedFix<F extends ConfirmableFix = ConfirmableFix> {
  readonly fix: F
  /** Where it stands in the list that was handed in. */
  readonly index: number
  /** Confirmed or typed in by the handler. */
  readonly isConfirmed: boolean
  /** Known only by its cell: never said to be where the caller is, and never joined with another call's place. */
  readonly isApproximate: boolean
  /** Radius in metres that holds the caller with 95 %, grown by the fix's age; undefined without a position. */
  readonly weighedMetres?: number
  /** In words for the screen: why it stands where it stands. */
  readonly reason: string
}

export interface BestFix<F extends ConfirmableFix = ConfirmableFix> {
  /** All of them, best first. */
  readonly order: readonly WeighedFix<F>[]
  /** The first of the order; undefined of no fixes. What a handler confirmed is always it. */
  readonly chosen?: WeighedFix<F>
  /** What is better than the confirmed one, to be offered and never imposed. */
  readonly offered?: WeighedFix<F>
}

/** Metres a second by which an old fix of a mobile grows: somebody on foot. */
const WALKING = 1.4
/** Two fixes that lie apart show a caller who moves; faster than this is two bad fixes. */
const FASTEST = 40
/** A position counts as seen at one time with another this close to it; no speed is made of the two. */
const APART_MS = 5_000
/** An offer is worth a handler's eye when it is at least by a fifth smaller. */
const WORTH_OFFERING = 0.8

/** Classes, best first; within one the weighed radius decides. */
export type Standing = 'confirmed' | 'measured' | 'registered' | 'nowhere'
const STANDINGS: readonly Standing[] = ['confirmed', 'measured', 'registered', 'nowhere']

/** Metres: the weighed radius, what the fix's age adds, and both together. */
export interface Weighing<F extends ConfirmableFix = ConfirmableFix> {
  readonly fix: F
  readonly index: number
  readonly standing: Standing
  readonly method: FixMethod
  readonly grownBy: number
  readonly total: number
}

/**
 * Which of a call's fixes to go by, and why. What the handler confirmed comes first, the latest confirmation before
 * all; then positions that were measured, the smaller radius at equal confidence first, an old fix of a mobile larger
 * by what its caller may have moved; then registered addresses; last what has no position. Pure: the same fixes at the
 * same time give the same order, whatever order they come in, but that equals keep theirs. Never throws.
 */
export function bestFix<F extends ConfirmableFix>(fixes: readonly F[], { now }: { readonly now: number }): BestFix<F> {
  const speed = speedOf(fixes)
  const sorted = fixes.map((fix, index) => weigh(fix, index, now, speed)).sort(compare)
  const [first] = sorted
  if (first === undefined) return { order: [] }
  const better = first.standing === 'confirmed' ? sorted.find(other => isWorthOffering(other, first)) : undefined
  const order = sorted.map(weighing => toWeighedFix(weighing, first, better))
  const offered = better === undefined ? undefined : order[sorted.indexOf(better)]
  return {
    order,
    ...(order[0] === undefined ? {} : { chosen: order[0] }),
    ...(offered === undefined ? {} : { offered })
  }
}

function weigh<F extends ConfirmableFix>(fix: F, index: number, now: number, speed: number): Weighing<F> {
  const method = methodOf(fix)
  const radius = weighedRadius(fix)
  // What a person confirmed stays as it is; an address does not walk; what has no time is as new as its arrival.
  const stays = method === 'address' || method === 'handler' || fix.confirmedAt !== undefined
  const fixedAt = timeOf(fix)
  const grownBy = stays || fixedAt === 0 ? 0 : (Math.max(0, finite(now) - fixedAt) / 1_000) * speed
  return { fix, index, standing: standingOf(fix), method, grownBy, total: radius + grownBy }
}

function standingOf(fix: ConfirmableFix): Standing {
  if (fix.confirmedAt !== undefined || fix.source === 'typed') return 'confirmed'
  if (!hasPosition(fix)) return 'nowhere'
  return fix.source === 'address' ? 'registered' : 'measured'
}

/** A total order: class, of confirmed ones the latest, what has a position, the radius, the newer, then as they came. */
function compare(one: Weighing, other: Weighing): number {
  const byStanding = STANDINGS.indexOf(one.standing) - STANDINGS.indexOf(other.standing)
  if (byStanding !== 0) return byStanding
  const byConfirmation = one.standing === 'confirmed' ? order(confirmedAt(other), confirmedAt(one)) : 0
  if (byConfirmation !== 0) return byConfirmation
  const byPosition = order(Number(hasPosition(other.fix)), Number(hasPosition(one.fix)))
  if (byPosition !== 0) return byPosition
  const byRadius = hasPosition(one.fix) ? order(one.total, other.total) : 0
  if (byRadius !== 0) return byRadius
  return order(timeOf(other.fix), timeOf(one.fix)) || one.index - other.index
}

function order(one: number, other: number): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function confirmedAt({ fix }: Weighing): number {
  return finite(fix.confirmedAt ?? fix.fixedAt)
}

function timeOf(fix: LocationFix): number {
  return finite(fix.fixedAt)
}

function finite(time: number | undefined): number {
  return time !== undefined && Number.isFinite(time) ? time : 0
}

/** Measured, no mere cell, and either clearly finer than the confirmed one or newer and somewhere else. */
function isWorthOffering(other: Weighing, confirmed: Weighing): boolean {
  if (other.standing !== 'measured' || other.method === 'cell') return false
  if (!hasPosition(confirmed.fix)) return true
  if (isElsewhere(other, confirmed)) return timeOf(other.fix) > confirmedAt(confirmed)
  return other.total < confirmed.total * WORTH_OFFERING
}

function isElsewhere(one: Weighing, other: Weighing): boolean {
  const [here, there] = [pointOf(one.fix), pointOf(other.fix)]
  return here !== undefined && there !== undefined && metresBetween(here, there) > one.total + other.total
}

/**
 * Metres a second the caller is reckoned to move: on foot, or what the newest measured fix and the one before it
 * show, where they lie further apart than both are wide.
 */
function speedOf(fixes: readonly ConfirmableFix[]): number {
  const seen = fixes.flatMap(toSighting).sort(newestFirst)
  const [newest] = seen
  const before = seen.find(({ at }) => newest !== undefined && newest.at - at >= APART_MS)
  if (newest === undefined || before === undefined) return WALKING
  const metres = metresBetween(newest.point, before.point)
  if (metres <= newest.radius + before.radius) return WALKING
  const speed = metres / ((newest.at - before.at) / 1_000)
  return speed > FASTEST ? WALKING : Math.max(WALKING, speed)
}

/** A measured place with its time, of those that show whether the caller moves. */
interface Sighting {
  readonly at: number
  readonly radius: number
  readonly point: GridPoint
}

function toSighting(fix: ConfirmableFix): Sighting[] {
  const point = fix.source === 'typed' || fix.source === 'address' || !hasPosition(fix) ? undefined : pointOf(fix)
  return point === undefined || timeOf(fix) === 0 ? [] : [{ at: timeOf(fix), radius: weighedRadius(fix), point }]
}

/** Of one time the finer first; the rest only so that the order they came in makes no difference. */
function newestFirst(one: Sighting, other: Sighting): number {
  return (
    order(other.at, one.at) ||
    order(one.radius, other.radius) ||
    order(one.point.easting, other.point.easting) ||
    order(one.point.northing, other.point.northing)
  )
}

/** In degrees, or in metres of the grid as EISEC says it. */
function hasPosition({ latitude, longitude, grid }: LocationFix): boolean {
  return grid !== undefined || (latitude !== undefined && longitude !== undefined)
}

function pointOf({ grid, latitude, longitude }: LocationFix): GridPoint | undefined {
  if (grid !== undefined) return isOnGrid(grid) ? grid : undefined
  return latitude === undefined || longitude === undefined ? undefined : HELMERT_GRID.toGrid({ latitude, longitude })
}

function toWeighedFix<F extends ConfirmableFix>(
  weighing: Weighing<F>,
  first: Weighing,
  better: Weighing | undefined
): WeighedFix<F> {
  const { fix, index, standing, method, total } = weighing
  return {
    fix,
    index,
    isConfirmed: standing === 'confirmed',
    isApproximate: method === 'cell',
    ...(hasPosition(fix) ? { weighedMetres: total } : {}),
    reason: reasonFor(weighing, first, weighing === better ? offerOf(weighing, first) : undefined)
  }
}

function offerOf(better: Weighing, confirmed: Weighing): 'elsewhere' | 'finer' | 'first-position' {
  if (!hasPosition(confirmed.fix)) return 'first-position'
  return isElsewhere(better, confirmed) ? 'elsewhere' : 'finer'
}
