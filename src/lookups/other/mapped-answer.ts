import { Fault } from '../../operations/errors.ts'

/** One line of a panel, as the mapping of a source has it. */
export interface OtherItem {
  readonly kind: string
  readonly title: string
  readonly detail?: string
  /** Epoch ms of what it speaks of. */
  readonly at?: number
  /** The number it was found by, where the mapping says which. */
  readonly e164?: string
  readonly fields?: Readonly<Record<string, string | number | boolean>>
}

/** What a source that the config declares has found. */
export interface OtherFound {
  readonly items: readonly OtherItem[]
  /** All there are, in `items` or not. */
  readonly total: number
  /** The numbers it was asked about; none where it was asked about a place. */
  readonly asked: readonly string[]
}

export interface Mapped {
  readonly items: readonly OtherItem[]
  readonly total: number
  /** Epoch ms at which the source’s own data was true, where the mapping says so. */
  readonly asOf?: number
}

/** By which number an item was found is said by us, never by what a source calls its fields. */
const RESERVED = new Set(['matched', 'number', 'unverified', 'wasUnverified'])
/** Of what a mapping gives no more is looked at. */
const MAX_ITEMS = 200

/**
 * What a mapping gave, as docs/sources.md has it: nothing, an item, a list of items, or an object with `items` and perhaps
 * `total` and `asOf`. Throws `source.bad-mapping` for anything else: what is no item is never taken for "nothing held".
 */
export function readMapped(mapped: unknown): Mapped {
  if (mapped === undefined || mapped === null) return { items: [], total: 0 }
  if (Array.isArray(mapped)) return { items: toItems(mapped), total: mapped.length }
  if (!isRecord(mapped)) throw bad('it gives neither items nor an object')
  if (mapped['items'] === undefined && mapped['title'] !== undefined) return { items: toItems([mapped]), total: 1 }
  const list = mapped['items'] ?? []
  const items = Array.isArray(list) ? list : [list]
  const total = mapped['total'] ?? items.length
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < items.length)
    throw bad('`total` is no count of all there are')
  const asOf = mapped['asOf'] === undefined ? undefined : toTime(mapped['asOf'], '`asOf`')
  return { items: toItems(items), total, ...(asOf === undefined ? {} : { asOf }) }
}

function toItems(list: readonly unknown[]): OtherItem[] {
  return list.slice(0, MAX_ITEMS).map(toItem)
}

function toItem(given: unknown): OtherItem {
  if (!isRecord(given)) throw bad('an item is no object')
  const { title, kind, detail, at, e164, fields } = given
  if (typeof title !== 'string' || title.trim() === '') throw bad('an item has no title')
  const optional = (name: string, value: unknown): Record<string, string> => {
    if (value === undefined || value === null) return {}
    if (typeof value !== 'string') throw bad(`\`${name}\` of an item is no text`)
    return { [name]: value }
  }
  return {
    kind: 'other',
    ...optional('kind', kind),
    title,
    ...optional('detail', detail),
    ...optional('e164', e164),
    ...(at === undefined || at === null ? {} : { at: toTime(at, '`at` of an item') }),
    ...(fields === undefined || fields === null ? {} : { fields: toFields(fields) })
  }
}

function toFields(given: unknown): Record<string, string | number | boolean> {
  if (!isRecord(given)) throw bad('`fields` of an item is no object')
  if (Object.keys(given).some(name => RESERVED.has(name))) throw bad('a field has a name that the screen uses itself')
  const fields = Object.entries(given).flatMap(([name, value]): [string, string | number | boolean][] => {
    if (value === undefined || value === null) return []
    if (typeof value === 'string' || typeof value === 'boolean') return [[name, value]]
    if (typeof value === 'number' && Number.isFinite(value)) return [[name, value]]
    throw bad('a field of an item is no text, number or yes or no')
  })
  return Object.fromEntries(fields)
}

/** Epoch ms, or a date as ISO 8601 has it. */
function toTime(given: unknown, what: string): number {
  const at = typeof given === 'string' ? Date.parse(given) : given
  if (typeof at !== 'number' || !Number.isFinite(at)) throw bad(`${what} is no time`)
  return at
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bad(reason: string): Fault {
  return new Fault('source.bad-mapping', { reason })
}
