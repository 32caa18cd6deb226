import { toCsv } from '../records/import/csv-reader.ts'
import { columnsOf } from '../records/import/record-columns.ts'
import type { ImportKind } from './import-options.ts'

/** One made-up row of each kind, by column. Postcodes that cannot exist, numbers that nobody has. */
const EXAMPLES: Readonly<Record<Exclude<ImportKind, 'postcodes' | 'places'>, Readonly<Record<string, string>>>> = {
  crimes: {
    record_key: 'EXAMPLE-1',
    category: 'Burglary',
    happened_at: '2026-03-01T21:40:00Z',
    location: '12 Example Row, Reading',
    easting: '471500',
    northing: '173500',
    outcome: 'Under investigation',
    as_of: '2026-03-02T06:00:00Z'
  },
  people: {
    record_key: 'EXAMPLE-1',
    name: 'Alex Example',
    born: '1984-05-17',
    as_of: '2026-03-01',
    'numbers.1.number': '07700 900123',
    'numbers.1.relation': 'mobile',
    'numbers.2.number': '01632 960123',
    'numbers.2.relation': 'home',
    'numbers.2.address': '1',
    'addresses.1.text': '12 Example Row, Reading ZZ1 1ZZ',
    'addresses.1.relation': 'lives',
    'addresses.1.easting': '471500',
    'addresses.1.northing': '173500'
  },
  markers: {
    record_key: 'EXAMPLE-1',
    kind: 'officer-safety',
    text: 'Dog loose in the yard',
    grade: 'B2',
    made_at: '2026-01-15',
    review_at: '2027-01-15',
    as_of: '2026-03-01',
    number: '07700 900123'
  },
  incidents: {
    record_key: 'EXAMPLE-1',
    reference: '0815-010326',
    type: 'RTC',
    status: 'open',
    opened_at: '2026-03-01T08:15:00Z',
    grade: '1',
    summary: 'Two cars, one on its side',
    easting: '471500',
    northing: '173500',
    radius_metres: '50',
    as_of: '2026-03-01T08:20:00Z'
  },
  units: {
    record_key: 'EX01',
    kind: 'response',
    skills: 'taser;advanced driver',
    base: 'Example Street',
    easting: '471500',
    northing: '173500',
    crew: '2',
    as_of: '2026-03-01'
  }
}

/** Rows as Ordnance Survey has them, without a head. */
const PLACE_TEMPLATES = {
  postcodes: '"ZZ1 1ZZ",10,471500,173500,"E92000001","","","","",""\r\n',
  places:
    'example1,http://example.invalid/example1,Exampleton,,,,populatedPlace,Village,471500,173500,,,,,,,,,,,,Exampleshire,,,Exampleshire\r\n'
} as const

/** A file of a kind with all its columns and one example row, which is to be taken out. */
export function templateOf(kind: ImportKind): string {
  if (kind === 'postcodes' || kind === 'places') return PLACE_TEMPLATES[kind]
  const names = columnsOf(kind).map(({ name }) => name)
  return toCsv(names) + toCsv(names.map(name => EXAMPLES[kind][name] ?? ''))
}
