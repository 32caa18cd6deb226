import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { isAllStorable } from '../../operations/storable-text.ts'
import { type RecordContext, type RowOf, type RowRead, toRow } from './record-rows.ts'
import { RECORD_SCHEMAS, type RecordKind, Tombstone } from './record-schemas.ts'

/** What a record says: a row to write, a key to take away, or what is wrong with it. */
export type RecordRead<T> = RowRead<T> | { readonly kind: 'tombstone'; readonly recordKey: string }

const ajv = new Ajv({ allErrors: false, strict: false })
const isTombstone = ajv.compile(Tombstone)
const checks = new Map<RecordKind, ValidateFunction>()

/** One record of a file or of a push, checked the same way whichever it came by. Never throws. */
export function readRecord<K extends RecordKind>(
  kind: K,
  record: unknown,
  context: RecordContext
): RecordRead<RowOf[K]> {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return bad('it is no object')
  // PostgreSQL keeps no NUL in a text.
  if (!isAllStorable(record)) return bad('a text has a NUL or half of a character in it')
  if ('deleted' in record && record.deleted !== false) {
    if (!isTombstone(record))
      return bad(`with deleted it may have record_key and nothing else: ${wordsOf(isTombstone)}`)
    return { kind: 'tombstone', recordKey: (record as { record_key: string }).record_key }
  }
  const { deleted: _, ...rest } = record as Record<string, unknown>
  const isSound = checkOf(kind)
  return isSound(rest) ? toRow(kind, rest, context) : bad(wordsOf(isSound))
}

function checkOf(kind: RecordKind): ValidateFunction {
  const known = checks.get(kind)
  if (known !== undefined) return known
  const made = ajv.compile(RECORD_SCHEMAS[kind])
  checks.set(kind, made)
  return made
}

function bad(reason: string): { readonly kind: 'bad'; readonly reason: string } {
  return { kind: 'bad', reason }
}

/** `numbers.1.number must be string`; what stands there is not said, since it may be of a person. */
function wordsOf({ errors }: ValidateFunction): string {
  const error = errors?.[0]
  return error === undefined ? 'it breaks its schema' : toWords(error)
}

function toWords({ instancePath, keyword, params, message }: ErrorObject): string {
  const path = instancePath
    .slice(1)
    .split('/')
    .map(part => (/^\d+$/.test(part) ? String(Number(part) + 1) : part))
    .join('.')
  const at = path === '' ? 'it' : path
  if (keyword === 'required') return `${path === '' ? '' : `${path}.`}${String(params['missingProperty'])} is missing`
  if (keyword === 'additionalProperties')
    return `${at} has ${String(params['additionalProperty']).slice(0, 60)}, which is no column of it`
  return `${at} ${message ?? 'breaks its schema'}`
}
