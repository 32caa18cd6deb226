import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CRIME_CATEGORIES } from '../lookups/crime-categories.ts'
import { PUBLISHED_SOURCE } from '../lookups/crimes.ts'
import { piecesOf } from '../records/copy-rows.ts'
import { csvField } from '../records/import/csv-reader.ts'
import type { CrimeRow } from './demo-crimes.ts'
import type { IncidentRow, UnitRow } from './demo-incidents.ts'
import type { ResidentRow } from './demo-people.ts'
import { DEMO_FORCES, type DemoForce } from './demo-places.ts'
import type { World } from './demo-world.ts'

/*
 * A world as files: published crimes as data.police.uk has them, a file for each force and month; everything else as
 * lines of JSON, a file for each force and kind.
 */

/** As the files of data.police.uk name the forces, outside and inside. */
const PUBLISHED_NAMES: Readonly<Record<DemoForce, readonly [string, string]>> = {
  tvp: ['thames-valley', 'Thames Valley Police'],
  hants: ['hampshire', 'Hampshire Constabulary']
}
const CSV_HEAD =
  'Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context'

export type OnFile = (path: string, rows: number) => void

/** Writes all files below the folder; those that are there are written anew. The same seed gives the same bytes. */
export async function writeWorldFiles(world: World, folder: string, onFile: OnFile = () => {}): Promise<void> {
  await mkdir(join(folder, 'crimes'), { recursive: true })
  await writePublished(world, join(folder, 'crimes'), onFile)
  for (const force of DEMO_FORCES) {
    const lines = async <T extends { readonly force: string }>(
      kind: string,
      rows: Iterable<T>,
      to: (row: T) => object
    ) => writeLines(join(folder, `${force}-${kind}.jsonl`), jsonOf(rows, force, to), onFile)
    await lines('crimes', operational(world.crimes()), toCrimeRecord)
    await lines('incidents', world.incidents(), toIncidentRecord)
    await lines('units', world.units(), toUnitRecord)
    await lines('people', households(world.residents()), toPersonRecord)
  }
}

/** The rows come month by month and force by force, so that one file is open at a time. */
async function writePublished({ crimes }: World, folder: string, onFile: OnFile): Promise<void> {
  const rows = crimes()[Symbol.iterator]()
  let next = rows.next()
  while (next.done !== true && next.value.source === PUBLISHED_SOURCE) {
    const { force, monthAt } = next.value
    const month = new Date(monthAt).toISOString().slice(0, 7)
    const linesOfOne = function* (): Generator<string> {
      yield CSV_HEAD
      while (next.done !== true && next.value.source === PUBLISHED_SOURCE) {
        if (next.value.force !== force || next.value.monthAt !== monthAt) return
        yield toCsv(next.value, month)
        next = rows.next()
      }
    }
    await writeLines(join(folder, `${month}-${PUBLISHED_NAMES[force][0]}-street.csv`), linesOfOne(), onFile)
  }
}

function toCsv({ key, force, spot, location, category, outcome }: CrimeRow, month: string): string {
  const [, name] = PUBLISHED_NAMES[force]
  const isNameless = key.startsWith('asb-')
  const place = spot === undefined ? ['', ''] : [spot.longitude.toFixed(6), spot.latitude.toFixed(6)]
  return [
    isNameless ? '' : key,
    month,
    name,
    name,
    ...place,
    location,
    '',
    '',
    CRIME_CATEGORIES[category],
    outcome ?? '',
    ''
  ]
    .map(csvField)
    .join(',')
}

function* operational(crimes: Iterable<CrimeRow>): Generator<CrimeRow> {
  for (const crime of crimes) if (crime.source !== PUBLISHED_SOURCE) yield crime
}

function* jsonOf<T extends { readonly force: string }>(
  rows: Iterable<T>,
  force: string,
  to: (row: T) => object
): Generator<string> {
  for (const row of rows) if (row.force === force) yield JSON.stringify(to(row))
}

function toCrimeRecord({ key, category, happenedAt = 0, location, spot, outcome, asOf }: CrimeRow): object {
  return {
    ...{ record_key: key, category, happened_at: toTime(happenedAt), location, ...gridOf(spot) },
    ...(outcome === undefined ? {} : { outcome }),
    as_of: toTime(asOf)
  }
}

function toIncidentRecord(row: IncidentRow): object {
  const { key, reference, type, status, openedAt, closedAt, grade, summary, spot, radiusMetres } = row
  return {
    ...{ record_key: key, reference, type, status, opened_at: toTime(openedAt) },
    ...(closedAt === undefined ? {} : { closed_at: toTime(closedAt) }),
    ...{ grade, summary, ...gridOf(spot), radius_metres: radiusMetres }
  }
}

function toUnitRecord({ callsign, kind, skills, base, spot, crew }: UnitRow): object {
  return { record_key: callsign, kind, skills, base, ...gridOf(spot), crew }
}

type Resident = ResidentRow & { readonly lives: NonNullable<ResidentRow['address']> }

/** Each with the address of the household, which stands with the first of it. */
function* households(residents: Iterable<ResidentRow>): Generator<Resident> {
  let lives: ResidentRow['address']
  for (const resident of residents) {
    lives = resident.address ?? lives
    if (lives !== undefined) yield { ...resident, lives }
  }
}

function toPersonRecord({ key, name, born, asOf, e164, home, lives: { text, spot } }: Resident): object {
  return {
    ...{ record_key: key, name, born, as_of: toTime(asOf) },
    ...(e164 === undefined ? {} : { numbers: [{ number: e164, relation: 'subscriber', address: 1 }] }),
    addresses: [{ record_key: `A-${home + 1}`, text, relation: 'lives', ...gridOf(spot) }]
  }
}

function gridOf(spot: CrimeRow['spot']): object {
  return spot === undefined ? {} : { easting: spot.easting, northing: spot.northing }
}

function toTime(at: number): string {
  return new Date(at).toISOString()
}

async function writeLines(path: string, lines: Iterable<string>, onFile: OnFile): Promise<void> {
  let count = 0
  const pieces = piecesOf(lines, done => {
    count = done
  })
  await pipeline(pieces, createWriteStream(path))
  onFile(path, count)
}
