import { dayOf, monthsBefore } from './crime-months.ts'
import type { AskAround, Crime, FindCrimes, SourceCounts } from './crimes.ts'

/*
 * The newest crimes around a place. Where there are thousands, the list is found among a few of them: the counts, which are known by
 * then, say how small a part will do. When it does not, a larger one is asked, and at last the whole year.
 */

const YEAR = 12
const DAYS_OF_YEAR = 365
/** A part should hold so many times what the list takes, because crimes lie unevenly. */
const SPARE = 4
/** With fewer than this in a year nothing is gained by asking for a part. */
const DENSE = 600

interface Wanted {
  readonly sources: readonly SourceCounts[]
  readonly limit: number
  /** Epoch ms. */
  readonly now: number
}

/** Published ones: the newest month, and of it the nearest; all of one month are as new. */
export async function newestPublished(
  find: Pick<FindCrimes, 'published'>,
  around: AskAround,
  { sources, limit }: Wanted
): Promise<readonly Crime[]> {
  if (sources.length === 0) return []
  const last = latest(sources)
  if (total(sources) >= DENSE) {
    // Only those that reach so far; the others have nothing as new.
    const inMonth = total(sources.filter(({ reachesTo }) => reachesTo === last)) / YEAR
    const share = Math.sqrt((SPARE * limit) / Math.max(1, inMonth))
    const radii = share < 1 ? [around.radiusMetres * share, around.radiusMetres] : [around.radiusMetres]
    for (const radiusMetres of radii) {
      const found = await find.published({ ...around, radiusMetres }, { since: last, limit })
      if (found.length >= limit) return found
    }
  }
  return find.published(around, { since: yearBefore(sources), limit })
}

/** A force's own, which have a time: those of the last days. */
export async function newestOwn(
  find: Pick<FindCrimes, 'own'>,
  around: AskAround,
  { sources, limit, now }: Wanted
): Promise<readonly Crime[]> {
  if (sources.length === 0) return []
  if (total(sources) >= DENSE) {
    const days = Math.ceil((SPARE * limit * DAYS_OF_YEAR) / total(sources))
    // What is taken in by night or by week is not of today: then the newest month.
    for (const since of [dayOf(now) - days, Math.min(dayOf(now) - days, latest(sources))]) {
      const found = await find.own(around, { since, limit })
      if (found.length >= limit) return found
    }
  }
  return find.own(around, { since: yearBefore(sources), limit })
}

function latest(sources: readonly SourceCounts[]): number {
  return Math.max(...sources.map(({ reachesTo }) => reachesTo))
}

/** The first month that is counted. */
function yearBefore(sources: readonly SourceCounts[]): number {
  return monthsBefore(Math.max(...sources.map(({ windowTo }) => windowTo)), YEAR - 1)
}

function total(sources: readonly SourceCounts[]): number {
  return sources.reduce((sum, { categories }) => sum + categories.reduce((all, { count }) => all + count, 0), 0)
}
