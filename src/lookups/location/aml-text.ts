import type { LocationFix } from './location.ts'

/*
 * Advanced Mobile Location as a phone sends it by text message: pairs `key=value` between semicolons, `A"ML=` and the
 * version first (ETSI TS 103 625). Version 2 gives some keys of version 1 another meaning, so that nothing is read
 * before the version is known. What it says of the phone and its card is not kept: the place is what is asked for.
 */

/** What a phone said of where it is; shared with the form of the HTTPS way. */
export interface Aml {
  readonly version: number
  /** Absent where the phone had no place yet. */
  readonly fix?: LocationFix
  /** The number that was dialled. */
  readonly dialled?: string
  /** Epoch ms at which the phone placed the call. */
  readonly calledAt?: number
}

export type AmlReading =
  | { readonly kind: 'read'; readonly aml: Aml }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Two text messages' worth and some: more is none of this kind. */
export const AML_TEXT_MAX = 640
const MAX_PAIRS = 40

const VERSION_1 = new Set(['lt', 'lg', 'rd', 'top', 'lc', 'pm', 'si', 'ei', 'mcc', 'mnc', 'ml'])
const VERSION_2 = new Set(['en', 'et', 'lo', 'lt', 'lc', 'lz', 'ls', 'ei', 'nc', 'hc', 'lg', 'ml'])
/** What the letters mean; `N`: no place could be had. */
const METHODS: Readonly<Record<string, string>> = { G: 'GNSS', W: 'Wi-Fi', C: 'Cell', F: 'Fused', U: '', N: '' }
const NO_METHOD = 'N'

/** Reads the text. Never throws; what is wrong is said in a few words, which hold nothing of the text. */
export function readAmlText(text: string): AmlReading {
  if (text.length > AML_TEXT_MAX) return unreadable(`is longer than ${AML_TEXT_MAX} characters`)
  const pairs = toPairs(withoutLineEnds(text))
  if (typeof pairs === 'string') return unreadable(pairs)
  const said = pairs.get('A"ML')
  // A text without its head is of the first version: what the second changed is checked below.
  const version = said === undefined || said === '1' ? 1 : said === '2' ? 2 : undefined
  if (version === undefined) return unreadable('is of a version that is not known')
  pairs.delete('A"ML')
  const known = version === 1 ? VERSION_1 : VERSION_2
  if ([...pairs.keys()].some(key => !known.has(key))) return unreadable('has a key that its version does not know')
  const wrong = wrongLength(text, pairs.get('ml'), version)
  if (wrong !== undefined) return unreadable(wrong)
  return version === 1 ? readVersion1(pairs) : readVersion2(pairs)
}

function toPairs(text: string): Map<string, string> | string {
  const pairs = new Map<string, string>()
  const parts = text.split(';')
  // The last pair may be closed like the others.
  if (parts.at(-1) === '') parts.pop()
  if (parts.length === 0 || parts.length > MAX_PAIRS) return 'has no pairs, or too many'
  for (const [at, part] of parts.entries()) {
    const found = /^(A"ML|[a-z]{2,3})=([^=]*)$/.exec(part)
    const [, key, value] = found ?? []
    if (key === undefined || value === undefined) return 'has a part that is no key and value'
    if (key === 'A"ML' && at > 0) return 'has its head in the middle'
    if (pairs.has(key)) return 'says one key twice'
    pairs.set(key, value)
  }
  return pairs
}

/** `ml` is the length of the whole text, so that a message that lost its end is none. */
function wrongLength(text: string, said: string | undefined, version: number): string | undefined {
  if (said === undefined) return version === 1 ? 'does not say its length' : undefined
  if (!/^\d{1,4}$/.test(said)) return 'says a length that is none'
  const length = withoutLineEnds(text).length
  return Number(said) === length ? undefined : 'is not as long as it says'
}

function readVersion1(pairs: ReadonlyMap<string, string>): AmlReading {
  const method = methodOf(pairs.get('pm'))
  if (method === undefined) return unreadable('has a method that is not known')
  const confidence = percent(pairs.get('lc'))
  if (confidence === 'wrong') return unreadable('has a confidence that is none')
  const fixedAt = toTime(pairs.get('top'))
  if (fixedAt === 'wrong') return unreadable('has a time that is none')
  const [latitude, longitude] = [degrees(pairs.get('lt'), 90), degrees(pairs.get('lg'), 180)]
  if (latitude === 'wrong' || longitude === 'wrong') return unreadable('has a place that is none')
  const radius = metres(pairs.get('rd'))
  if (radius === 'wrong') return unreadable('has a radius that is none')
  const isNowhere = radius === 'unknown' || pairs.get('pm') === NO_METHOD
  if (latitude === undefined || longitude === undefined || isNowhere) return { kind: 'read', aml: { version: 1 } }
  return read(1, toFix({ latitude, longitude, radius, confidence, method, fixedAt }))
}

function readVersion2(pairs: ReadonlyMap<string, string>): AmlReading {
  const method = methodOf(pairs.get('ls'))
  if (method === undefined) return unreadable('has a method that is not known')
  const confidence = percent(pairs.get('lc'))
  if (confidence === 'wrong') return unreadable('has a confidence that is none')
  const calledAt = seconds(pairs.get('et'))
  const offset = seconds(pairs.get('lt'))
  if (calledAt === 'wrong' || offset === 'wrong') return unreadable('has a time that is none')
  const [altitude] = (pairs.get('lz') ?? '').split(',')
  const altitudeMetres = altitude === undefined ? undefined : decimal(altitude)
  const dialled = pairs.get('en')
  const head = {
    ...(dialled === undefined || !/^\+?\d{2,15}$/.test(dialled) ? {} : { dialled }),
    ...(calledAt === undefined ? {} : { calledAt: calledAt * 1_000 })
  }
  const place = pairs.get('lo')
  if (place === undefined || place === '' || pairs.get('ls') === NO_METHOD) return read(2, undefined, head)
  const [lat, lon, rad, ...more] = place.split(',')
  const [latitude, longitude, radius] = [degrees(lat, 90), degrees(lon, 180), metres(rad)]
  if (more.length > 0 || typeof latitude !== 'number' || typeof longitude !== 'number' || radius === 'wrong') {
    return unreadable('has a place that is none')
  }
  const fixedAt = calledAt === undefined ? undefined : (calledAt + (offset ?? 0)) * 1_000
  const fix = toFix({ latitude, longitude, radius, confidence, method, fixedAt })
  return read(2, altitudeMetres === undefined ? fix : { ...fix, altitudeMetres }, head)
}

interface Place {
  readonly latitude: number
  readonly longitude: number
  readonly radius: number | 'unknown' | undefined
  readonly confidence: number | undefined
  readonly method: string
  readonly fixedAt: number | undefined
}

function toFix({ latitude, longitude, radius, confidence, method, fixedAt }: Place): LocationFix {
  return {
    source: 'aml',
    shape: typeof radius === 'number' ? 'circle' : 'point',
    ...{ latitude, longitude },
    ...(typeof radius === 'number' ? { radiusMetres: radius } : {}),
    ...(confidence === undefined ? {} : { confidence }),
    ...(method === '' ? {} : { method }),
    ...(fixedAt === undefined ? {} : { fixedAt })
  }
}

function read(version: number, fix: LocationFix | undefined, head: Omit<Aml, 'version' | 'fix'> = {}): AmlReading {
  return { kind: 'read', aml: { version, ...head, ...(fix === undefined ? {} : { fix }) } }
}

/** '' where the phone does not know; undefined for a letter of no meaning. */
function methodOf(letter: string | undefined): string | undefined {
  return letter === undefined || letter === '' ? '' : METHODS[letter]
}

function degrees(text: string | undefined, most: number): number | 'wrong' | undefined {
  if (text === undefined || text === '') return undefined
  const value = /^[+-]?\d{1,3}(\.\d{1,10})?$/.test(text) ? Number(text) : Number.NaN
  return Math.abs(value) <= most ? value : 'wrong'
}

function metres(text: string | undefined): number | 'unknown' | 'wrong' | undefined {
  if (text === undefined || text === '') return undefined
  if (text === 'N') return 'unknown'
  return /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : 'wrong'
}

function percent(text: string | undefined): number | 'wrong' | undefined {
  if (text === undefined || text === '') return undefined
  return /^\d{1,3}$/.test(text) && Number(text) <= 100 ? Number(text) || undefined : 'wrong'
}

function seconds(text: string | undefined): number | 'wrong' | undefined {
  if (text === undefined || text === '') return undefined
  return /^[+-]?\d{1,11}$/.test(text) ? Number(text) : 'wrong'
}

function decimal(text: string): number | undefined {
  return /^[+-]?\d{1,5}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined
}

/** 20130717141935, which is UTC. */
function toTime(text: string | undefined): number | 'wrong' | undefined {
  if (text === undefined || text === '') return undefined
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (found === null) return 'wrong'
  const [, year, month, day, hour, minute, second] = found
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) ? 'wrong' : at
}

function unreadable(reason: string): AmlReading {
  return { kind: 'unreadable', reason }
}

/** A modem adds line ends, which are no part of the message. Not by a pattern: at the end of a text it takes the square. */
function withoutLineEnds(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1
  return text.slice(0, end)
}
