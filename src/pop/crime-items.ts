import { categoryLabel, UNKNOWN_CATEGORY } from '../lookups/crime-categories.ts'
import { writeMonth } from '../lookups/crime-months.ts'
import type { Crime, CrimeSpot, CrimesNearby, SourceCounts } from '../lookups/crimes.ts'
import type { CrimeSummary } from './crime-summary.ts'
import type { ToLink } from './deep-link.ts'
import { cut, DETAIL_MAX, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

/** A force has its own system or two, and what is published; two forces at most. */
const MAX_SOURCES = 8

export const toCrimeItems: ToItems<CrimesNearby> = (value, _call, toLink) => {
  const here = (value.here?.crimes ?? []).map(crime => toCrimeItem(crime, true, toLink))
  const items = [...here, ...value.around.map(crime => toCrimeItem(crime, false, toLink))]
  const crimes = toSummary(value)
  return { items, total: Math.max(items.length, totalOf(crimes)), crimes }
}

/** All of the twelve months. A force's own crimes are published later, so that the two are never added up. */
function totalOf({ sources }: CrimeSummary): number {
  const own = sources.filter(({ published }) => !published)
  return (own.length > 0 ? own : sources).reduce((sum, { count }) => sum + count, 0)
}

function toCrimeItem(crime: Crime, isHere: boolean, toLink: ToLink): PanelItem {
  const { isPublished, location, outcome, happenedAt } = crime
  // What is published has no system of the force's behind it.
  const link = isPublished ? undefined : toLink(crime.force, 'crime', crime.recordKey)
  return {
    kind: 'crime',
    title: cut(categoryLabel(crime.category), TITLE_MAX),
    ...(location === '' ? {} : { detail: cut(location, DETAIL_MAX) }),
    ...(happenedAt === undefined ? {} : { at: happenedAt }),
    fields: {
      month: writeMonth(crime.month),
      metres: Math.round(crime.metres),
      // Of what is published the summary names the source: a handler's log holds many of these.
      ...(isPublished ? { published: true } : { source: cut(crime.source, 80), reference: cut(crime.recordKey, 80) }),
      ...(isHere ? { here: true } : {}),
      ...(outcome === undefined ? {} : { outcome: cut(outcome, 120) }),
      ...(link === undefined ? {} : { link })
    }
  }
}

function toSummary(value: CrimesNearby): CrimeSummary {
  const { here, whyNotHere, radiusMetres, isAreaView, where } = value
  const source = where.source === 'address' ? 'address on record' : where.source
  return {
    around: { source, confirmed: where.isConfirmed, offMetres: Math.round(where.radiusMetres) },
    ...{ radiusMetres, areaView: isAreaView },
    ...(here === undefined ? {} : { here: toHere(here, value) }),
    ...(whyNotHere === undefined ? {} : { notHere: whyNotHere }),
    sources: value.sources.slice(0, MAX_SOURCES).map(toSource),
    spots: value.spots.map(toSpot)
  }
}

function toHere(
  { crimes, street, isCut }: NonNullable<CrimesNearby['here']>,
  { hereDays, hereMetres }: CrimesNearby
): NonNullable<CrimeSummary['here']> {
  const named = { ...(street === undefined ? {} : { street: cut(street, 80) }), ...(isCut ? { atLeast: true } : {}) }
  return { count: crimes.length, days: hereDays, metres: hereMetres, ...named }
}

function toSource(counts: SourceCounts): CrimeSummary['sources'][number] {
  const { force, source, isPublished, categories } = counts
  const sum = (part: 'count' | 'paired' | 'before') => categories.reduce((all, each) => all + each[part], 0)
  return {
    ...{ force, source: cut(source, 80), published: isPublished },
    ...{ reachesTo: writeMonth(counts.reachesTo), windowTo: writeMonth(counts.windowTo) },
    ...{ months: counts.months, pairedMonths: counts.pairedMonths },
    ...{ count: sum('count'), paired: sum('paired'), before: sum('before') },
    categories: categories.map(each => ({ ...each, label: labelOf(each.category) }))
  }
}

function labelOf(category: string): string {
  return category === UNKNOWN_CATEGORY.category ? UNKNOWN_CATEGORY.label : categoryLabel(category)
}

function toSpot({ point, isPublished, count }: CrimeSpot): CrimeSummary['spots'][number] {
  return {
    ...{ easting: Math.round(point.easting), northing: Math.round(point.northing), count },
    ...(isPublished ? { published: true } : {})
  }
}
