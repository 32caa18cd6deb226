import type { GridPoint } from '../grid/national-grid.ts'
import { dayOf } from './crime-months.ts'
import { type AskForces, askOwnForce } from './forces-asked.ts'
import { type Lookup, NOBODY, type Outcome } from './lookup.ts'
import { newestOwn, newestPublished } from './newest-crimes.ts'
import { streetOf } from './street.ts'
import type { Whereabouts } from './whereabouts.ts'

/** Where data.police.uk's own files are filed under: every other source is a force's own system, with true places. */
export const PUBLISHED_SOURCE = 'police.uk'

/** One crime, as far from the caller as its source's point is. */
export interface Crime {
  readonly force: string
  readonly source: string
  /** What its source calls it. */
  readonly recordKey: string
  /** Published: only a month is known, and the point is one that several crimes are snapped to. */
  readonly isPublished: boolean
  readonly category: string
  readonly month: number
  readonly happenedAt?: number
  readonly point: GridPoint
  readonly location: string
  readonly outcome?: string
  readonly metres: number
}

/** What one source has counted around a place, and how far it reaches. */
export interface SourceCounts {
  readonly force: string
  readonly source: string
  readonly isPublished: boolean
  /** The latest month it has crimes of. */
  readonly reachesTo: number
  /** The last of the twelve months that are counted. */
  readonly windowTo: number
  /** How many of the twelve it holds, and of how many of these the same month a year before too. */
  readonly months: number
  readonly pairedMonths: number
  readonly asOf: number
  readonly categories: readonly {
    readonly category: string
    /** In the months held. */
    readonly count: number
    /** In those of them that can be compared, and in the same months a year before. */
    readonly paired: number
    readonly before: number
  }[]
}

/** Crimes of the twelve months at one point, for a map. */
export interface CrimeSpot {
  readonly point: GridPoint
  readonly isPublished: boolean
  readonly count: number
}

export interface AskAround {
  /** The first is the call's own; the others have granted it. */
  readonly forces: readonly string[]
  readonly point: GridPoint
  readonly radiusMetres: number
}

export interface Newest {
  /** From this day on, counted since 1970; published crimes are of the first of their month. */
  readonly since: number
  readonly limit: number
}

/** What the record is asked. `own`: with a time and a true place; `here`: of these, at this very place or street. */
export interface FindCrimes {
  counts(around: AskAround): Promise<readonly SourceCounts[]>
  spots(around: AskAround, limit: number): Promise<readonly CrimeSpot[]>
  published(around: AskAround, newest: Newest): Promise<readonly Crime[]>
  own(around: AskAround, newest: Newest): Promise<readonly Crime[]>
  here(
    around: AskAround,
    newest: Newest & { readonly sinceAt: number; readonly metres: number; readonly street?: string }
  ): Promise<readonly Crime[]>
}

/** What the crimes panel shows. */
export interface CrimesNearby {
  /** The place it is around: whose word that is, and how far off it may be. */
  readonly where: Pick<At, 'source' | 'isConfirmed' | 'radiusMetres'>
  readonly radiusMetres: number
  /** The caller may be anywhere in this area: known by a cell only, or not nearer than it. */
  readonly isAreaView: boolean
  readonly sources: readonly SourceCounts[]
  /** At this address and street, newest first. Absent where that cannot be told. */
  readonly here?: {
    readonly crimes: readonly Crime[]
    readonly street?: string
    /** There may be more than are listed. */
    readonly isCut?: boolean
  }
  /** Why it cannot. */
  readonly whyNotHere?: 'place-too-coarse' | 'published-only'
  /** The newest around, those of a force's own before published ones, without those of `here`. */
  readonly around: readonly Crime[]
  readonly spots: readonly CrimeSpot[]
  /** What "this address" means: so near, or the same street, and so lately. */
  readonly hereMetres: number
  readonly hereDays: number
}

export interface CrimeSettings {
  readonly radiusMetres: number
  readonly maxRadiusMetres: number
  readonly hereMetres: number
  readonly hereDays: number
  readonly items: number
}

interface Parts {
  readonly find: FindCrimes
  readonly settings: CrimeSettings
  readonly deadlineMs: number
  /** Whose records a call may be answered from. */
  readonly forcesOf?: AskForces
  readonly now: () => number
}

/** A fix that may be further off than this says nothing of an address. */
const HERE_MAX_OFF_METRES = 100
const MAX_SPOTS = 20
const DAY_MS = 86_400_000

/**
 * Crimes around the caller: counted by category over twelve months and against the year before, and the newest by name. What a
 * force's own systems say of this address and street comes first. Never "none" where the caller's place is not known.
 */
export function makeCrimesLookup(parts: Parts): Lookup<CrimesNearby> {
  const { find, settings, deadlineMs, forcesOf = askOwnForce } = parts
  return {
    name: 'crimes',
    source: 'Crime records',
    deadlineMs,
    needsPlace: true,
    placeFirst: true,
    without: call => forcesOf(call, 'crimes').without,
    probe: () => find.counts({ forces: NOBODY.forces, point: { easting: 0, northing: 0 }, radiusMetres: 1 }),
    ask: async (call, _signal, whereabouts) => {
      const where = await whereabouts?.()
      if (where === undefined || where.kind === 'unknown') return { kind: 'not-asked', why: 'place-unknown' }
      if (where.kind === 'nowhere') return { kind: 'not-asked', why: 'no-place' }
      const forces = forcesOf(call, 'crimes').asked
      return askAround(parts, where, { forces, point: where.point, ...areaOf(where, settings) })
    }
  }
}

type At = Extract<Whereabouts, { readonly kind: 'at' }>

/** How far around a place is looked: further where the caller may be further off, up to a bound. */
export function areaOf(
  { radiusMetres, isApproximate }: Pick<At, 'radiusMetres' | 'isApproximate'>,
  { radiusMetres: least, maxRadiusMetres: most }: Pick<CrimeSettings, 'radiusMetres' | 'maxRadiusMetres'>
): { readonly radiusMetres: number; readonly isAreaView: boolean } {
  const radius = Math.min(most, Math.max(least, Math.ceil(radiusMetres)))
  return { radiusMetres: radius, isAreaView: isApproximate || radiusMetres > most }
}

async function askAround(
  { find, settings, now }: Parts,
  where: At,
  area: AskAround & { readonly isAreaView: boolean }
): Promise<Outcome<CrimesNearby>> {
  const { items } = settings
  const sources = await find.counts(area)
  // Nothing was ever taken in for these forces: nobody can say that there are none.
  if (sources.length === 0) return { kind: 'not-asked', why: 'not-configured' }
  const [published, own] = [sources.filter(isPublished), sources.filter(source => !isPublished(source))]
  const [here, ownNewest, publishedNewest, spots] = await Promise.all([
    own.length === 0 || isCoarse(where) ? undefined : findHere(find, area, { where, settings, now: now() }),
    newestOwn(find, area, { sources: own, limit: items, now: now() }),
    newestPublished(find, area, { sources: published, limit: items, now: now() }),
    find.spots(area, MAX_SPOTS)
  ])
  const known = new Set(here?.crimes.map(keyOf))
  const around = [...ownNewest.filter(crime => !known.has(keyOf(crime))), ...publishedNewest]
  const value: CrimesNearby = {
    where: { source: where.source, isConfirmed: where.isConfirmed, radiusMetres: where.radiusMetres },
    ...{ radiusMetres: area.radiusMetres, isAreaView: area.isAreaView, sources, spots },
    ...{ hereMetres: settings.hereMetres, hereDays: settings.hereDays },
    ...(here === undefined ? { whyNotHere: own.length === 0 ? 'published-only' : 'place-too-coarse' } : { here }),
    around: around.slice(0, Math.max(0, items - known.size))
  }
  if (isEmpty(value)) return { kind: 'none', value }
  return { kind: 'found', value, asOf: Math.min(...sources.map(({ asOf }) => asOf)) }
}

function isPublished(source: SourceCounts): boolean {
  return source.isPublished
}

function isCoarse({ radiusMetres, isApproximate }: At): boolean {
  return isApproximate || radiusMetres > HERE_MAX_OFF_METRES
}

async function findHere(
  find: FindCrimes,
  around: AskAround,
  { where, settings, now }: { readonly where: At; readonly settings: CrimeSettings; readonly now: number }
): Promise<NonNullable<CrimesNearby['here']>> {
  const { items, hereMetres, hereDays } = settings
  const street = where.address === undefined ? undefined : streetOf(where.address)
  const named = street === undefined ? {} : { street }
  const sinceAt = now - hereDays * DAY_MS
  const newest = { since: dayOf(sinceAt), limit: items, sinceAt, metres: hereMetres, ...named }
  const crimes = await find.here(around, newest)
  return { crimes, ...named, ...(crimes.length >= items ? { isCut: true } : {}) }
}

function isEmpty({ sources, around, here }: CrimesNearby): boolean {
  const isCounted = sources.some(({ categories }) => categories.some(({ count, before }) => count + before > 0))
  return !isCounted && around.length === 0 && (here?.crimes.length ?? 0) === 0
}

function keyOf({ force, source, recordKey }: Crime): string {
  return JSON.stringify([force, source, recordKey])
}
