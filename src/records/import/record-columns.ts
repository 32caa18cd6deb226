import type { TSchema } from 'typebox'
import { RECORD_SCHEMAS, type RecordKind } from './record-schemas.ts'

/** A list in a CSV has a column for each; more are in JSON Lines. */
const LISTED_IN_TEMPLATE = 2
const LIST_SEPARATOR = ';'

interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly items?: TSchema
  readonly maxItems?: number
  readonly description?: string
}

export interface Column {
  /** As in the head of a CSV: `numbers.1.number`. */
  readonly name: string
  readonly path: readonly (string | number)[]
  readonly schema: Shape
  readonly isRequired: boolean
}

/** The columns of a kind, as its template has them; lists twice. */
export function columnsOf(kind: RecordKind): readonly Column[] {
  const deleted: Column = {
    name: 'deleted',
    path: ['deleted'],
    schema: {
      type: 'boolean',
      description:
        '`yes`: the source has the record no longer; it is taken away. Then only record_key may stand beside it'
    },
    isRequired: false
  }
  return [...columnsIn(RECORD_SCHEMAS[kind] as Shape, [], true), deleted]
}

function columnsIn(shape: Shape, path: readonly (string | number)[], isRequired: boolean): readonly Column[] {
  if (shape.properties !== undefined) {
    return Object.entries(shape.properties).flatMap(([name, inner]) =>
      columnsIn(inner as Shape, [...path, name], isRequired && (shape.required ?? []).includes(name))
    )
  }
  const items = shape.items as Shape | undefined
  if (shape.type === 'array' && items?.properties !== undefined) {
    return Array.from({ length: LISTED_IN_TEMPLATE }, (_, at) => columnsIn(items, [...path, at], false)).flat()
  }
  return [{ name: nameOf(path), path, schema: shape, isRequired }]
}

function nameOf(path: readonly (string | number)[]): string {
  return path.map(part => (typeof part === 'number' ? part + 1 : part)).join('.')
}

export type HeadRead =
  | { readonly kind: 'read'; readonly toRecord: (fields: readonly string[]) => Readonly<Record<string, unknown>> }
  | { readonly kind: 'bad'; readonly reason: string }

/**
 * What the head of a CSV says, as a way from its rows to records. An empty field is a field that is not there; a
 * number that cannot be read stays the text it is, so that the record's own check says what is wrong.
 */
export function parseHead(kind: RecordKind, head: readonly string[]): HeadRead {
  const columns: Column[] = []
  for (const [at, text] of head.entries()) {
    const column = columnOf(kind, text.trim())
    if (column === undefined)
      return { kind: 'bad', reason: `column ${at + 1} is none of ${kind}: ${text.slice(0, 60)}` }
    if (columns.some(({ name }) => name === column.name))
      return { kind: 'bad', reason: `column ${column.name} stands twice` }
    columns.push(column)
  }
  if (!columns.some(({ name }) => name === 'record_key')) return { kind: 'bad', reason: 'column record_key is missing' }
  return { kind: 'read', toRecord: fields => toRecord(columns, fields) }
}

function columnOf(kind: RecordKind, name: string): Column | undefined {
  if (name === 'deleted') return columnsOf(kind).find(column => column.name === name)
  const path: (string | number)[] = []
  let shape: Shape | undefined = RECORD_SCHEMAS[kind] as Shape
  for (const part of name.split('.')) {
    if (shape?.type === 'array') {
      const at = /^[1-9]\d?$/.test(part) ? Number(part) : 0
      if (at === 0 || at > (shape.maxItems ?? 0)) return undefined
      path.push(at - 1)
      shape = shape.items as Shape | undefined
    } else {
      path.push(part)
      const properties: Shape['properties'] = shape?.properties
      shape = properties !== undefined && Object.hasOwn(properties, part) ? (properties[part] as Shape) : undefined
    }
    if (shape === undefined) return undefined
  }
  if (shape.properties !== undefined || (shape.items as Shape | undefined)?.properties !== undefined) return undefined
  return { name, path, schema: shape, isRequired: false }
}

function toRecord(columns: readonly Column[], fields: readonly string[]): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const [at, { path, schema }] of columns.entries()) {
    const text = (fields[at] ?? '').trim()
    if (text !== '') put(record, path, toValue(schema, text))
  }
  return closedUp(record)
}

/**
 * A list whose first columns are empty begins with the first that is not; what a number says of its address goes with
 * that address.
 */
function closedUp(record: Record<string, unknown>): Record<string, unknown> {
  const { numbers, addresses } = record
  if (Array.isArray(numbers) && Array.isArray(addresses)) {
    const filled = Object.keys(addresses).map(Number)
    for (const number of numbers) {
      const at = number === undefined ? -1 : filled.indexOf(number.address - 1)
      if (at !== -1) number.address = at + 1
    }
  }
  for (const [name, value] of Object.entries(record)) {
    if (Array.isArray(value)) record[name] = value.filter(each => each !== undefined)
  }
  return record
}

type Inner = Record<string | number, unknown>

function put(record: Inner, [first, ...rest]: readonly (string | number)[], value: unknown): void {
  if (first === undefined) return
  const [next] = rest
  if (next === undefined) {
    record[first] = value
    return
  }
  record[first] ??= typeof next === 'number' ? [] : {}
  put(record[first] as Inner, rest, value)
}

function toValue({ type }: Shape, text: string): unknown {
  if (type === 'number' || type === 'integer') return /^-?\d{1,12}(\.\d{1,20})?$/.test(text) ? Number(text) : text
  if (type === 'boolean') return toBoolean(text)
  if (type === 'array') return text.split(LIST_SEPARATOR).map(each => each.trim())
  return text
}

function toBoolean(text: string): boolean | string {
  if (/^(?:yes|true|1)$/i.test(text)) return true
  return /^(?:no|false|0)$/i.test(text) ? false : text
}
