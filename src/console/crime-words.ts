import type { Panel } from '../pop/pop.ts'
import { toDistance } from './location-words.ts'

export type CrimeSummary = NonNullable<Panel['crimes']>
type Source = CrimeSummary['sources'][number]
type Category = Source['categories'][number]

const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
const shortMonth = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })
/** Below this many a percentage says more than there is to say. */
const PERCENT_FROM = 20

/** 2025-10 as October 2025. */
export function monthWords(month: string, isShort = false): string {
  const at = Date.parse(`${month}-01T00:00:00Z`)
  return Number.isNaN(at) ? month : (isShort ? shortMonth : monthName).format(at)
}

/** 120 m, 1.2 km; what was chosen and not measured, as 2 km, without a point. */
export function distanceWords(metres: number): string {
  return metres >= 1_000 && metres % 1_000 === 0 ? `${metres / 1_000} km` : toDistance(metres)
}

export function numberOf(count: number): string {
  return count.toLocaleString('en-GB')
}

/**
 * The status of the panel: how many, and within what. A force's own count goes before the published one; the two are
 * of the same crimes and are never added up.
 */
export function crimesStatus({ sources, radiusMetres, areaView }: CrimeSummary): string {
  const countOf = (of: CrimeSummary['sources']) => numberOf(of.reduce((sum, source) => sum + source.count, 0))
  const [own, published] = [sources.filter(each => !each.published), sources.filter(each => each.published)]
  const isBoth = own.length > 0 && published.length > 0
  const count = isBoth ? `${countOf(own)} own, ${countOf(published)} published` : countOf(sources)
  return `${areaView ? 'Area view: ' : ''}${count} within ${distanceWords(radiusMetres)}`
}

/** What kind of data a source has, and how far it reaches: never silent, because published data are weeks late. */
export function reachWords({ source, published, reachesTo }: Source): string {
  return published
    ? `Published data (${source}): snapped to points, no day known. Published to ${monthWords(reachesTo)}`
    : `${source}: the force’s own records, up to ${monthWords(reachesTo)}`
}

/** Over which months a source is counted; fewer than twelve are said. */
export function periodWords({ windowTo, months }: Source): string {
  const held = months === 12 ? '12 months' : `${months} of the 12 months`
  return `${held} to ${monthWords(windowTo)}`
}

/** Against the same months a year before; where these are not held, that is said. */
export function trendWords({ paired, before, pairedMonths, months }: Source): string {
  if (pairedMonths === 0) return 'no year before is held to compare with'
  const over = pairedMonths === months ? '' : `, in the ${pairedMonths} months held of both years`
  return `${changeWords(paired, before)}${over}`
}

function changeWords(now: number, before: number): string {
  if (now === before) return `as many as the year before (${numberOf(before)})`
  const more = now > before ? 'more' : 'fewer'
  if (before < PERCENT_FROM)
    return `${numberOf(Math.abs(now - before))} ${more} than the year before (${numberOf(before)})`
  const percent = Math.round((Math.abs(now - before) / before) * 100)
  // Less than half a percent of a change is none.
  if (percent === 0) return `about as many as the year before (${numberOf(before)})`
  return `${percent} % ${more} than the year before (${numberOf(before)})`
}

/** Beside the count of a category: what it was, where that can be compared. */
export function categoryTrend({ paired, count, before }: Category, { pairedMonths }: Source): string {
  if (pairedMonths === 0) return ''
  return paired === count ? `was ${numberOf(before)}` : `${numberOf(paired)} where it was ${numberOf(before)}`
}

/** Most first; a category that only the year before had stands at the end, with 0. */
export function byCount(categories: readonly Category[]): readonly Category[] {
  return categories.toSorted((one, other) => other.count - one.count || one.label.localeCompare(other.label))
}

/** Which place the crimes are around; the caller may be elsewhere than an address on record. */
export function aroundWords(
  { around: { source, confirmed, offMetres } }: CrimeSummary,
  place?: Panel['place']
): string {
  const off = offMetres === 0 ? '' : `, known within ${distanceWords(offMetres)}`
  if (place === 'incident') return `Around the incident’s place${off}`
  if (confirmed) return `Around the confirmed place${off}`
  if (source === 'address on record') return 'Around the address on record: the caller may be elsewhere'
  return `Around the caller’s place${off}`
}

/** Of this address and street, or why nothing is said of it. */
export function hereWords({ here, notHere }: CrimeSummary): string {
  if (here !== undefined) {
    const place = here.street === undefined ? `Within ${distanceWords(here.metres)}` : `Here and in ${here.street}`
    const count = here.count === 0 ? 'none held' : `${here.atLeast === true ? 'at least ' : ''}${here.count}`
    return `${place}, last ${here.days} days: ${count}`
  }
  return notHere === 'published-only'
    ? 'This address: not told, published data do not name addresses'
    : 'This address: not told, the caller’s place is not known so nearly'
}

/** Asked and nothing there, with where was looked and how far the sources reach. */
export function noCrimesWords(
  summary: CrimeSummary,
  place?: Panel['place']
): { readonly text: string; readonly reach: string } {
  const { sources, radiusMetres, areaView } = summary
  const reach = sources.map(reachWords).join('. ')
  const area = areaView ? ', the area in which the caller may be' : ''
  return {
    text: `Asked: no crime is held within ${distanceWords(radiusMetres)}${area}.`,
    reach: `${aroundWords(summary, place)}. ${reach}.`
  }
}
