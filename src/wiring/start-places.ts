import { HELMERT_GRID, makeNationalGrid, type NationalGrid } from '../grid/national-grid.ts'
import type { Gazetteer } from '../lookups/location/gazetteer.ts'
import { readOstn15 } from '../lookups/location/ostn15.ts'
import { loadPlaces, NO_PLACES, type Places } from '../lookups/location/places.ts'
import { Fault } from '../operations/errors.ts'
import { placeFiles } from '../operations/place-files.ts'
import type { Base } from './base.ts'

/** Of many files that cannot be read, so many are named in the log. */
const MOST_TOLD = 20

/**
 * Postcodes, places and the exact grid, loaded beside live calls. Returns at once: until a file is there, and where it
 * cannot be read, fixes are shown without what it would say. A file that is broken never keeps a gateway from starting.
 */
export function startPlaces({
  loaded,
  log,
  clock,
  releases
}: Pick<Base, 'loaded' | 'log' | 'clock' | 'releases'>): Gazetteer {
  const { ostn15, ...folders } = placeFiles(loaded)
  let grid: NationalGrid = HELMERT_GRID
  let places: Places = NO_PLACES
  const stop = new AbortController()
  const load = async () => {
    const startedAt = clock.monotonicMs()
    const tookMs = () => Math.round(clock.monotonicMs() - startedAt)
    if (ostn15 !== undefined) {
      const read = await readOstn15(ostn15, stop.signal)
      if (stop.signal.aborted) return
      if (read.kind === 'read') {
        grid = makeNationalGrid(read.shifts)
        log.info('places.loaded', { what: 'OSTN15', count: read.nodes, tookMs: tookMs() })
      } else log.fault('places.ostn15', new Fault('places.no-shifts', { path: ostn15, reason: read.reason }))
    }
    if (Object.keys(folders).length === 0) return
    const { faults, postcodes, names, ...rest } = await loadPlaces(folders, stop.signal)
    places = rest.places
    for (const fault of faults.slice(0, MOST_TOLD)) {
      log.fault('places.load', new Fault('places.unreadable', fault))
    }
    log.info('places.loaded', { what: 'postcodes', count: postcodes, tookMs: tookMs() })
    log.info('places.loaded', { what: 'places', count: names, tookMs: tookMs() })
  }
  const loading = load().catch(thrown => {
    if (!stop.signal.aborted) log.fault('places.load', thrown)
  })
  releases.push('places', () => {
    stop.abort()
    return loading
  })
  return {
    get grid() {
      return grid
    },
    get places() {
      return places
    }
  }
}
