import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { HELMERT_GRID } from '../grid/national-grid.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { gradesByLine } from '../operations/handover-schema.ts'
import { interval } from '../operations/lifecycle.ts'
import type { UnitsConfig } from '../operations/units-schema.ts'
import { dropSilentUnits, type KeptUnit, putUnits, readRoster, readUnits } from '../records/units.ts'
import { ALL_URBAN, type AreaAt, parseBuiltUp } from '../resources/built-up.ts'
import { type ChoiceSettings, toChoiceSettings } from '../resources/choice-settings.ts'
import { type NeighbourhoodAt, NO_NEIGHBOURHOODS, parseNeighbourhoods } from '../resources/neighbourhoods.ts'
import { meaningOfCode, type StatusTable, toStatusTable } from '../resources/status-codes.ts'
import type { Unit } from '../resources/unit.ts'
import { UnitBook } from '../resources/unit-book.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

/** The units of this process's forces, and how each force chooses among them. */
export interface Units {
  readonly book: UnitBook
  readonly settings: ReadonlyMap<string, () => ChoiceSettings>
  /** Before that nobody can say that there are none. */
  readonly isLoaded: () => boolean
}

/** What has changed is kept so often, and what others have kept is read. */
const KEEP_EVERY_MS = 1_000
const ROSTER_EVERY_MS = 60_000
const SWEEP_EVERY_MS = 3_600_000
/** A unit that has said nothing for so long is no longer in the fleet. */
const GONE_AFTER_MS = 30 * 86_400_000

type Force = Base['config']['forces'][number] & { readonly units: UnitsConfig }

/**
 * The units of the forces that have any, loaded beside live calls; undefined where none has. What is said of them here goes
 * into the record every second, and what other processes were told comes from there: no call waits for either.
 */
export function startUnits(
  base: Base,
  { upkeepPool: pool }: Pick<Stores, 'upkeepPool'>,
  { hasOthers }: { readonly hasOthers: () => boolean }
): Units | undefined {
  const { config, log, clock, releases } = base
  const forces = config.forces.filter((force): force is Force => force.units !== undefined)
  if (forces.length === 0) return undefined
  const tables = new Map(forces.map(({ id, units }) => [id, toStatusTable(units.codes)]))
  const book = new UnitBook(new Map([...tables].map(([id, codes]) => [id, { codes }])))
  const settings = new Map(forces.map(force => [force.id, startSettings(base, force)]))
  let asOf: string | undefined
  let isStopped = false

  const learn = (kept: readonly KeptUnit[]) => {
    for (const unit of kept) {
      const codes = tables.get(unit.force)
      if (codes !== undefined) book.learn(withStanding(unit, codes))
    }
  }
  const load = async () => {
    const read = await readUnits(pool, asOf)
    learn(read.units)
    asOf = read.asOf
  }
  const roster = async () => {
    const ids = forces.map(({ id }) => id)
    for (const { force, ...rest } of await readRoster(pool, ids)) book.roster(force, rest)
  }
  const keep = async () => {
    for (const { id } of forces) {
      const changed = book.takeChanged(id)
      if (changed.length === 0) continue
      await putUnits(pool, changed).catch((thrown: unknown) => {
        book.putBack(changed)
        throw thrown
      })
    }
  }
  const often = oneAtATime(async () => {
    await keep()
    if (asOf === undefined || hasOthers()) await load()
  })
  const seldom = oneAtATime(roster)
  const tell = (what: string) => (thrown: unknown) => log.debug('units.record', { what, reason: reasonOf(thrown) })
  const first = seldom().then(often)
  first.catch(tell('first'))
  releases.push('units', async () => {
    isStopped = true
    stopOften()
    stopSeldom()
    stopSweep()
    await first.catch(() => {})
    // What came since the last time is not lost by a stop.
    await keep().catch(tell('last'))
  })
  const stopOften = interval(() => void often().catch(tell('keep')), KEEP_EVERY_MS)
  const stopSeldom = interval(() => void seldom().catch(tell('roster')), ROSTER_EVERY_MS)
  const sweep = () => dropSilentUnits(pool, clock.now() - GONE_AFTER_MS)
  const stopSweep = interval(() => void sweep().catch(tell('sweep')), SWEEP_EVERY_MS)
  return { book, settings, isLoaded: () => asOf !== undefined && !isStopped }
}

/** What a force has settled, with its built-up areas and its neighbourhoods as soon as they are read. */
function startSettings({ loaded, log }: Base, force: Force): () => ChoiceSettings {
  const { urbanFile, neighbourhoods } = force.units
  const own = { ...force, gradeByLine: gradesByLine(force) }
  let areaAt: AreaAt = ALL_URBAN
  let neighbourhoodAt: NeighbourhoodAt = NO_NEIGHBOURHOODS
  let settings = toChoiceSettings(own, areaAt, neighbourhoodAt)
  const settle = () => {
    settings = toChoiceSettings(own, areaAt, neighbourhoodAt)
  }
  readAreas(loaded, urbanFile, {
    take: text => {
      const read = parseBuiltUp(text, HELMERT_GRID)
      if (read.kind === 'refused') return read.reason
      areaAt = read.areaAt
      settle()
      return undefined
    },
    refused: why => log.fault('units.areas', new Fault('units.areas', why))
  })
  readAreas(loaded, neighbourhoods?.file, {
    take: text => {
      const read = parseNeighbourhoods(text, { grid: HELMERT_GRID, property: neighbourhoods?.property ?? '' })
      if (read.kind === 'refused') return read.reason
      neighbourhoodAt = read.neighbourhoodAt
      settle()
      return undefined
    },
    refused: why => log.fault('units.neighbourhoods', new Fault('units.neighbourhoods', why))
  })
  return () => settings
}

interface Reader {
  /** Says why where it cannot take it. */
  readonly take: (text: string) => string | undefined
  readonly refused: (why: { readonly path: string; readonly reason: string }) => void
}

/** No file: nothing is read. */
function readAreas({ path: config }: Base['loaded'], file: string | undefined, { take, refused }: Reader): void {
  if (file === undefined) return
  const path = resolve(dirname(config), file)
  readFile(path, 'utf8').then(
    text => {
      const reason = take(text)
      if (reason !== undefined) refused({ path, reason })
    },
    thrown => refused({ path, reason: reasonOf(thrown) })
  )
}

/** What its code comes to is the config's to say, now and not when it was kept. */
function withStanding(unit: KeptUnit, codes: StatusTable): Unit {
  const meaning = meaningOfCode(codes, unit.status)
  return meaning === undefined || meaning.means === 'signal'
    ? { ...unit, standing: 'unavailable', reluctance: 0 }
    : { ...unit, standing: meaning.means, reluctance: meaning.reluctance }
}

/** Asked while one is under way, nothing is begun: the next comes soon. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let isRunning = false
  return async () => {
    if (isRunning) return
    isRunning = true
    await run().finally(() => {
      isRunning = false
    })
  }
}
