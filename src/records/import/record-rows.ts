import { hash } from 'node:crypto'
import type { NationalGrid } from '../../grid/national-grid.ts'
import { monthOf } from '../../lookups/crime-months.ts'
import { toCategory } from './crime-categories.ts'
import type { CrimeRow, RowNote } from './crime-row.ts'
import type { ForceArea } from './force-area.ts'
import type {
  CrimeRecord,
  IncidentRecord,
  MarkerRecord,
  PersonRecord,
  RecordKind,
  UnitRecord
} from './record-schemas.ts'
import {
  type PlaceColumns,
  type PlaceRead,
  parseNumber,
  parseOptionalTime,
  parsePlace,
  parseTime,
  type Read
} from './record-values.ts'

export interface AddressRow extends PlaceRead {
  readonly recordKey: string
  /** Missing where only its key is given. */
  readonly text?: string
  readonly asOf: number
}

export interface PersonRow {
  readonly recordKey: string
  readonly force: string
  readonly name: string
  readonly born?: string
  readonly asOf: number
  readonly addresses: readonly (AddressRow & { readonly relation: string; readonly untilAt?: number })[]
  readonly numbers: readonly {
    readonly e164: string
    readonly relation: string
    /** The key of the address it rings at. */
    readonly address?: string
    readonly asOf: number
  }[]
}

export interface MarkerRow {
  readonly recordKey: string
  readonly force: string
  readonly kind: string
  readonly text: string
  readonly grade?: string
  readonly madeAt: number
  readonly reviewAt?: number
  readonly expiresAt?: number
  readonly asOf: number
  readonly person?: string
  readonly e164?: string
  readonly address?: AddressRow
}

export interface IncidentRow {
  readonly recordKey: string
  readonly force: string
  readonly reference: string
  readonly type: string
  readonly status: string
  readonly openedAt: number
  readonly closedAt?: number
  readonly grade?: string
  readonly summary?: string
  readonly easting?: number
  readonly northing?: number
  readonly radiusMetres?: number
  readonly asOf: number
}

export interface UnitRow {
  /** Its callsign. */
  readonly recordKey: string
  readonly force: string
  readonly kind: string
  readonly skills: readonly string[]
  readonly base?: string
  readonly easting?: number
  readonly northing?: number
  readonly crew: number
  readonly asOf: number
}

export interface RowOf {
  readonly crimes: CrimeRow
  readonly people: PersonRow
  readonly markers: MarkerRow
  readonly incidents: IncidentRow
  readonly units: UnitRow
}

/** Whose record it is, and what is taken where the record does not say. */
export interface RecordContext {
  readonly force: string
  readonly asOf: number
  readonly grid: NationalGrid
  readonly area?: ForceArea | undefined
}

export type RowRead<T> =
  | { readonly kind: 'row'; readonly row: T; readonly notes: readonly RowNote[] }
  | { readonly kind: 'bad'; readonly reason: string }

/** Thrown within this file only, so that a reader can be written in one piece. */
class BadValue extends Error {}

function must<T>(read: Read<T>): T {
  if (read.kind === 'bad') throw new BadValue(read.reason)
  return read.value
}

/** A record that keeps its schema, as the row that is written; or what the schema could not say is wrong with it. */
export function toRow<K extends RecordKind>(kind: K, record: unknown, context: RecordContext): RowRead<RowOf[K]> {
  try {
    const { row, notes = [] } = TO_ROW[kind](record as never, context)
    return { kind: 'row', row: row as RowOf[K], notes }
  } catch (thrown) {
    if (thrown instanceof BadValue) return { kind: 'bad', reason: thrown.message }
    throw thrown
  }
}

type Written<T> = { readonly row: T; readonly notes?: readonly RowNote[] }

const TO_ROW: { readonly [K in RecordKind]: (record: never, context: RecordContext) => Written<RowOf[K]> } = {
  crimes: toCrime,
  people: toPerson,
  markers: toMarker,
  incidents: toIncident,
  units: toUnit
}

function toCrime(record: CrimeRecord, { force, asOf, grid, area }: RecordContext): Written<CrimeRow> {
  const happenedAt = must(parseTime('happened_at', record.happened_at))
  const { point, longitude = 0, latitude = 0 } = must(parsePlace('the crime', record, grid))
  const { category, isKnown } = toCategory(record.category)
  const isOutlier = point !== undefined && area?.contains(longitude, latitude) === false
  const row: CrimeRow = {
    ...{ recordKey: record.record_key, force, category, month: monthOf(happenedAt), happenedAt, isOutlier },
    ...point,
    location: record.location ?? '',
    ...(record.outcome === undefined ? {} : { outcome: record.outcome }),
    asOf: timeOr(asOf, record.as_of, 'as_of')
  }
  const notes: RowNote[] = []
  if (point === undefined) notes.push('no-location')
  if (isOutlier) notes.push('outlier')
  if (!isKnown) notes.push('unknown-category')
  return { row, notes }
}

function toPerson(record: PersonRecord, context: RecordContext): Written<PersonRow> {
  const asOf = timeOr(context.asOf, record.as_of, 'as_of')
  const addresses = (record.addresses ?? []).map((each, at) => {
    const column = `addresses.${at + 1}`
    const untilAt = must(parseOptionalTime(`${column}.until`, each.until))
    return {
      ...toAddress(column, each, timeOr(asOf, each.as_of, `${column}.as_of`), context.grid),
      relation: each.relation ?? 'lives',
      ...(untilAt === undefined ? {} : { untilAt })
    }
  })
  const numbers = (record.numbers ?? []).map((each, at) => {
    const column = `numbers.${at + 1}`
    const address = each.address === undefined ? undefined : addresses[each.address - 1]
    if (each.address !== undefined && address === undefined) {
      throw new BadValue(`${column}.address is none of the ${addresses.length} addresses of the record`)
    }
    return {
      e164: must(parseNumber(`${column}.number`, each.number)),
      relation: each.relation ?? 'known',
      ...(address === undefined ? {} : { address: address.recordKey }),
      asOf: timeOr(asOf, each.as_of, `${column}.as_of`)
    }
  })
  refuseTwice(
    numbers.map(({ e164 }) => e164),
    'numbers has the same number twice'
  )
  refuseTwice(
    addresses.map(({ recordKey }) => recordKey),
    'addresses has the same address twice'
  )
  const { record_key: recordKey, name, born } = record
  return {
    row: { recordKey, force: context.force, name, ...(born === undefined ? {} : { born }), asOf, addresses, numbers }
  }
}

function toMarker(record: MarkerRecord, context: RecordContext): Written<MarkerRow> {
  const { record_key: recordKey, kind, grade, person, number } = record
  const subjects = [person, number, record.address].filter(each => each !== undefined)
  if (subjects.length !== 1) throw new BadValue('it must have exactly one of person, number and address')
  const asOf = timeOr(context.asOf, record.as_of, 'as_of')
  const reviewAt = must(parseOptionalTime('review_at', record.review_at))
  const expiresAt = must(parseOptionalTime('expires_at', record.expires_at))
  return {
    row: {
      ...{ recordKey, force: context.force, kind, text: record.text ?? '', asOf },
      madeAt: must(parseTime('made_at', record.made_at)),
      ...(grade === undefined ? {} : { grade }),
      ...(reviewAt === undefined ? {} : { reviewAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(person === undefined ? {} : { person }),
      ...(number === undefined ? {} : { e164: must(parseNumber('number', number)) }),
      ...(record.address === undefined ? {} : { address: toAddress('address', record.address, asOf, context.grid) })
    }
  }
}

function toIncident(record: IncidentRecord, context: RecordContext): Written<IncidentRow> {
  const { record_key: recordKey, reference, type, status, grade, summary, radius_metres: radiusMetres } = record
  const { point } = must(parsePlace('the incident', record, context.grid))
  const openedAt = must(parseTime('opened_at', record.opened_at))
  const closedAt = must(parseOptionalTime('closed_at', record.closed_at))
  if (status === 'open' && closedAt !== undefined) throw new BadValue('it is open and has closed_at')
  if (closedAt !== undefined && closedAt < openedAt) throw new BadValue('it was closed before it was opened')
  return {
    row: {
      ...{ recordKey, force: context.force, reference, type, status, openedAt },
      ...(closedAt === undefined ? {} : { closedAt }),
      ...(grade === undefined ? {} : { grade }),
      ...(summary === undefined ? {} : { summary }),
      ...point,
      ...(radiusMetres === undefined ? {} : { radiusMetres }),
      asOf: timeOr(context.asOf, record.as_of, 'as_of')
    },
    notes: point === undefined ? ['no-location'] : []
  }
}

function toUnit(record: UnitRecord, context: RecordContext): Written<UnitRow> {
  const { record_key: recordKey, kind, skills = [], base, crew = 1 } = record
  const { point } = must(parsePlace('the base', record, context.grid))
  return {
    row: {
      ...{ recordKey, force: context.force, kind, skills, crew },
      ...(base === undefined ? {} : { base }),
      ...point,
      asOf: timeOr(context.asOf, record.as_of, 'as_of')
    }
  }
}

interface AddressColumns extends PlaceColumns {
  readonly record_key?: string
  readonly text?: string
}

function toAddress(column: string, address: AddressColumns, asOf: number, grid: NationalGrid): AddressRow {
  const { record_key: key, text } = address
  if (key === undefined && text === undefined) throw new BadValue(`${column} has neither record_key nor text`)
  return {
    recordKey: key ?? keyOfText(text ?? ''),
    ...(text === undefined ? {} : { text }),
    ...must(parsePlace(column, address, grid)),
    asOf
  }
}

/** An address without a key is the same as another that is written alike. */
function keyOfText(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return `text-${hash('sha256', plain, 'hex').slice(0, 32)}`
}

function timeOr(standard: number, text: string | undefined, column: string): number {
  return must(parseOptionalTime(column, text)) ?? standard
}

function refuseTwice(keys: readonly string[], reason: string): void {
  if (new Set(keys).size < keys.length) throw new BadValue(reason)
}
