import {
  getCountries,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString
} from 'libphonenumber-js/max'
import type { CallingNumber, Cli, NumberTrust } from './call.ts'
import { kindAndArea } from './number-kind.ts'

const RAW_MAX = 64
const NAME_MAX = 80
/** Numbers read before; the same callers and lines come again and again. */
const CACHE_MAX = 10_000
const read = new Map<string, CallingNumber>()
/** And numbers written before: a call is shown anew with each of its changes. */
const written = new Map<string, string>()

/** What a switch said of the caller, as it stood on the wire. */
export interface RawCli {
  /** P-Asserted-Identity of a peer we trust (RFC 3325), or the vendor's network number. */
  readonly network?: string
  /** From, or the vendor's presentation number. */
  readonly presentation?: string
  /** `phone-context` of each (RFC 3966 §5.1.5): a country's `+44`, or the domain in which a number means something. */
  readonly networkContext?: string
  readonly presentationContext?: string
  readonly name?: string
  /** The caller asked not to be shown: Privacy: id (RFC 3323), From anonymous. */
  readonly isWithheld: boolean
  /** The switch says that the line is a payphone. */
  readonly isPayphone?: boolean
}

/**
 * Both numbers and what they are worth together. A withheld network number is kept for an emergency call's record
 * and said to be withheld; who may see it is decided where it is shown.
 */
export function toCli(raw: RawCli): Cli {
  const { network, presentation, name, isWithheld, isPayphone = false } = raw
  const net = network === undefined ? undefined : toNumber(network, raw.networkContext)
  const shown = presentation === undefined ? undefined : toNumber(presentation, raw.presentationContext)
  const clean = name === undefined ? '' : cleanText(name).slice(0, NAME_MAX)
  return {
    ...withPayphone(net, shown, isPayphone),
    ...(clean === '' ? {} : { name: clean }),
    trust: trustOf(net, shown, isWithheld)
  }
}

/** A payphone is marked at the number that the network gives, else at the one shown, else where no number is. */
function withPayphone(network: CallingNumber | undefined, shown: CallingNumber | undefined, isPayphone: boolean) {
  const both = {
    ...(network === undefined ? {} : { network }),
    ...(shown === undefined ? {} : { presentation: shown })
  }
  if (!isPayphone) return both
  if (network === undefined && shown !== undefined) return { presentation: toPayphone(shown) }
  return { ...both, network: toPayphone(network ?? { raw: '', kind: 'none' }) }
}

/** A generic number is nobody's line, and so no payphone's. */
function toPayphone(number: CallingNumber): CallingNumber {
  return number.kind === 'generic' ? number : { ...number, kind: 'payphone' }
}

function trustOf(
  network: CallingNumber | undefined,
  shown: CallingNumber | undefined,
  isWithheld: boolean
): NumberTrust {
  if (isWithheld) return 'withheld'
  if (network?.e164 !== undefined && shown?.e164 !== undefined && network.e164 !== shown.e164) return 'conflict'
  if (network?.e164 !== undefined) return 'asserted'
  return shown?.e164 === undefined ? 'unavailable' : 'presentation-only'
}

/**
 * Reads a number as switches write it: national, international, with or without `+`; United Kingdom unless `context`
 * (RFC 3966 §5.1.5) names another country. Never throws.
 */
export function toNumber(raw: string, context = ''): CallingNumber {
  const key = context === '' ? raw : `${raw};${context}`
  const known = read.get(key)
  if (known !== undefined) return known
  const number = parse(raw, context)
  if (read.size >= CACHE_MAX) read.clear()
  read.set(key, number)
  return number
}

/** As people read it: 07700 900123, +33 1 70 18 99 00. What is no number comes back as it was. */
export function formatNumber(number: string): string {
  const known = written.get(number)
  if (known !== undefined) return known
  if (written.size >= CACHE_MAX) written.clear()
  const text = toDisplay(number)
  written.set(number, text)
  return text
}

function toDisplay(number: string): string {
  const parsed = parsePhoneNumberFromString(number, 'GB')
  if (parsed === undefined) return number
  return parsed.country === 'GB' || parsed.countryCallingCode === '44'
    ? parsed.formatNational()
    : parsed.formatInternational()
}

/** Control and bidirectional characters can make a name read as something it is not. */
export function cleanText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim()
}

/** What networks write, in place of a number or a name, of a caller at a payphone. */
export function isPayphoneWord(text: string): boolean {
  return /^(?:coin line\/)?payphone$/i.test(text)
}

/** Digits, and what people put between them. Beyond any number's length they are a trunk's own id. */
const DIGITS = /^\+?[\d\s().-]{3,25}$/
const SHORT_CODE = /^[1-9]\d{2,5}$/
/** With trunk 0, with country code, or all ten digits of it. */
const GENERIC = /^(?:(?:(?:\+|00)?440?|0)8979\d{0,8}|8979\d{6})$/
const GENERIC_E164 = '+448979'
/** Beyond this a raw form or a context is not looked at. */
const CONTEXT_MAX = 64
const callingCodes = new Set<string>(getCountries().map(country => getCountryCallingCode(country)))

function parse(raw: string, context: string): CallingNumber {
  const kept = cleanText(raw).slice(0, RAW_MAX)
  if (isPayphoneWord(kept)) return { raw: kept, kind: 'payphone' }
  if (!DIGITS.test(kept)) return { raw: kept, kind: 'none' }
  const digits = kept.replace(/[^\d+]/g, '')
  if (GENERIC.test(digits)) return { raw: kept, kind: 'generic' }
  const found = find(kept.replace(/^00/, '+'), context)
  if (found?.number.startsWith(GENERIC_E164)) return { raw: kept, kind: 'generic' }
  if (found !== undefined && isWhole(found)) return { raw: kept, e164: found.number, ...kindAndArea(found) }
  return { raw: kept, kind: SHORT_CODE.test(digits) ? 'short-code' : 'none' }
}

/** British numbers have nine digits or ten; fewer are of a town, and the rest of them is not ours to guess. */
const BRITISH_NATIONAL = /^[1-9]\d{8,9}$/
/** With `+` and country code; no country has shorter ones. */
const SHORTEST = 8

function isWhole(number: PhoneNumber): boolean {
  if (!number.isPossible() || number.number.length < SHORTEST) return false
  if (number.countryCallingCode === '44') return BRITISH_NATIONAL.test(number.nationalNumber)
  // Of some countries' zeros each reading takes one away: what is another number when it is read again is nobody's.
  return parsePhoneNumberFromString(number.number)?.number === number.number
}

/**
 * A context is no prefix (RFC 3966 §5.1.5): it says by whose numbering plan a local number is to be read, and a number of
 * a town or of a private domain is not made whole by it.
 */
function find(number: string, context: string): PhoneNumber | undefined {
  if (number.startsWith('+') || context === '') return parsePhoneNumberFromString(number, 'GB')
  const code = contextCode(context)
  if (code === '44') return parsePhoneNumberFromString(number, 'GB')
  if (code !== undefined && callingCodes.has(code)) {
    return parsePhoneNumberFromString(number, { defaultCallingCode: code })
  }
  const isBritish = code === undefined || code.startsWith('44')
  return isBritish && number.startsWith('0') ? parsePhoneNumberFromString(number, 'GB') : undefined
}

/** The digits of `+44`; undefined for a domain. */
function contextCode(context: string): string | undefined {
  const text = context.slice(0, CONTEXT_MAX)
  return /^\+[\d().-]+$/.test(text) ? text.replace(/\D/g, '') : undefined
}
