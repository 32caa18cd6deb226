import { createHmac, timingSafeEqual } from 'node:crypto'
import { AML_TEXT_MAX, type Aml, readAmlText } from './aml-text.ts'
import type { LocationFix } from './location.ts'

/*
 * Advanced Mobile Location as a phone's maker posts it (ETSI TS 103 625): a form whose last field is the HMAC-SHA1 of
 * all bytes before it. A relay of text messages may post `sms` in place of the fields of a place.
 */

export type AmlForm =
  /** `number`: the caller's, as it was written. */
  | { readonly kind: 'read'; readonly number: string; readonly sentAt?: number; readonly aml: Aml }
  /** Signed by no key of ours, or not at all. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Signed, and of no use. */
  | { readonly kind: 'unreadable'; readonly reason: string }

export const AML_FORM_MAX_BYTES = 4_096
const MAX_FIELDS = 64
const VALUE_MAX = AML_TEXT_MAX
const MARK = '&hmac='
const HMAC_BYTES = 20
const METHODS: Readonly<Record<string, string>> = {
  gps: 'GNSS',
  wifi: 'Wi-Fi',
  cell: 'Cell',
  fused: 'Fused',
  unknown: ''
}

/** Nothing of the form is read before one of the keys has signed it. Never throws. */
export function readAmlForm(body: Buffer, keys: readonly Buffer[]): AmlForm {
  if (body.length > AML_FORM_MAX_BYTES) return refused(`is longer than ${AML_FORM_MAX_BYTES} bytes`)
  const at = body.lastIndexOf(MARK)
  if (at < 0) return refused('is not signed')
  const said = body
    .subarray(at + MARK.length)
    .toString('latin1')
    .trim()
  if (!/^[0-9a-f]{40}$/i.test(said)) return refused('is not signed')
  const signed = body.subarray(0, at)
  if (!isSigned(signed, Buffer.from(said, 'hex'), keys)) return refused('is signed by no key of ours')
  const fields = toFields(signed.toString('utf8'))
  return typeof fields === 'string' ? unreadable(fields) : readFields(fields)
}

/** As a sender makes it. */
export function signAmlForm(fields: string, key: Buffer): string {
  return `${fields}${MARK}${createHmac('sha1', key).update(fields).digest('hex')}`
}

/** Every key is tried, so that the time tells nothing of which one fits. */
function isSigned(signed: Buffer, said: Buffer, keys: readonly Buffer[]): boolean {
  if (said.length !== HMAC_BYTES) return false
  return keys.map(key => timingSafeEqual(createHmac('sha1', key).update(signed).digest(), said)).includes(true)
}

function toFields(text: string): ReadonlyMap<string, string> | string {
  const pairs = text.split('&')
  if (pairs.length > MAX_FIELDS) return 'has too many fields'
  const fields = new Map<string, string>()
  for (const pair of pairs) {
    const cut = pair.indexOf('=')
    const [key, value] = [decode(cut < 0 ? pair : pair.slice(0, cut)), decode(cut < 0 ? '' : pair.slice(cut + 1))]
    if (key === undefined || value === undefined) return 'is no form'
    if (value.length > VALUE_MAX) return 'has a value that is too long'
    if (fields.has(key)) return 'says one field twice'
    fields.set(key, value)
  }
  return fields
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function readFields(fields: ReadonlyMap<string, string>): AmlForm {
  // An unescaped + of an international number is read as a space.
  const number = (fields.get('device_number') ?? '').trim()
  if (!/^\+?[\d ()-]{5,24}$/.test(number)) return unreadable('names no number of the caller')
  const sentAt = milliseconds(fields.get('time'))
  if (sentAt === 'wrong') return unreadable('has a time that is none')
  const head = { kind: 'read', number, ...(sentAt === undefined ? {} : { sentAt }) } as const
  const sms = fields.get('sms')
  if (sms !== undefined) {
    const text = readAmlText(sms)
    return text.kind === 'read' ? { ...head, aml: text.aml } : unreadable(`its text ${text.reason}`)
  }
  const fix = readPlace(fields)
  if (typeof fix === 'string') return unreadable(fix)
  const version = Number(fields.get('v') ?? 1)
  const dialled = fields.get('emergency_number')
  return {
    ...head,
    aml: {
      version: Number.isInteger(version) ? version : 1,
      ...(dialled === undefined || !/^\+?\d{2,15}$/.test(dialled) ? {} : { dialled }),
      ...(fix === undefined ? {} : { fix })
    }
  }
}

/** Undefined where the phone has no place; a string says what is wrong. */
function readPlace(fields: ReadonlyMap<string, string>): LocationFix | string | undefined {
  const [latitude, longitude] = [
    within(fields.get('location_latitude'), 90),
    within(fields.get('location_longitude'), 180)
  ]
  if (latitude === 'wrong' || longitude === 'wrong') return 'has a place that is none'
  if (latitude === undefined || longitude === undefined) return undefined
  const radius = within(fields.get('location_accuracy'), 1e7)
  const altitude = within(fields.get('location_altitude'), 1e5)
  const fixedAt = milliseconds(fields.get('location_time'))
  if (radius === 'wrong' || (radius ?? 0) < 0) return 'has a radius that is none'
  if (fixedAt === 'wrong') return 'has a time that is none'
  const confidence = confidenceOf(fields)
  if (confidence === 'wrong') return 'has a confidence that is none'
  const method = METHODS[(fields.get('location_source') ?? 'unknown').toLowerCase()]
  return {
    source: 'aml',
    shape: radius === undefined ? 'point' : 'circle',
    ...{ latitude, longitude },
    ...(radius === undefined ? {} : { radiusMetres: radius }),
    ...(altitude === undefined || altitude === 'wrong' ? {} : { altitudeMetres: altitude }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(method === undefined || method === '' ? {} : { method }),
    ...(fixedAt === undefined ? {} : { fixedAt })
  }
}

/** A share of one, or in older messages percent; 0: not known. */
function confidenceOf(fields: ReadonlyMap<string, string>): number | 'wrong' | undefined {
  const share = within(fields.get('location_confidence'), 1)
  if (share === 'wrong' || (share ?? 0) < 0) return 'wrong'
  if (share !== undefined) return share === 0 ? undefined : Math.round(share * 1_000) / 10
  const percent = within(fields.get('location_certainty'), 100)
  if (percent === 'wrong' || (percent ?? 0) < 0) return 'wrong'
  return percent === 0 ? undefined : percent
}

function within(text: string | undefined, most: number): number | 'wrong' | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = /^\s?[+-]?\d{1,10}(\.\d{1,20})?(E-?\d{1,2})?$/i.test(text) ? Number(text) : Number.NaN
  return Math.abs(value) <= most ? value : 'wrong'
}

function milliseconds(text: string | undefined): number | 'wrong' | undefined {
  if (text === undefined || text === '') return undefined
  return /^\d{10,14}$/.test(text) ? Number(text) : 'wrong'
}

function refused(reason: string): AmlForm {
  return { kind: 'refused', reason }
}

function unreadable(reason: string): AmlForm {
  return { kind: 'unreadable', reason }
}
