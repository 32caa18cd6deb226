import { type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { CallingNumber, Cli, NumberTrust } from './call.ts'

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
  readonly name?: string
  /** The caller asked not to be shown: Privacy: id (RFC 3323), From anonymous. */
  readonly isWithheld: boolean
}

/**
 * Both numbers and what they are worth together. A withheld network number is kept for an emergency call's record
 * and said to be withheld; who may see it is decided where it is shown.
 */
export function toCli({ network, presentation, name, isWithheld }: RawCli): Cli {
  const net = network === undefined ? undefined : toNumber(network)
  const shown = presentation === undefined ? undefined : toNumber(presentation)
  const clean = name === undefined ? '' : cleanText(name).slice(0, NAME_MAX)
  return {
    ...(net === undefined ? {} : { network: net }),
    ...(shown === undefined ? {} : { presentation: shown }),
    ...(clean === '' ? {} : { name: clean }),
    trust: trustOf(net, shown, isWithheld)
  }
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

/** Reads a number as switches write it: national, international, with or without `+`; United Kingdom unless said. */
export function toNumber(raw: string): CallingNumber {
  const known = read.get(raw)
  if (known !== undefined) return known
  const number = parse(raw)
  if (read.size >= CACHE_MAX) read.clear()
  read.set(raw, number)
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

function parse(raw: string): CallingNumber {
  const kept = cleanText(raw).slice(0, RAW_MAX)
  // Digits alone beyond any number's length are a trunk's own id, not worth the library's time.
  const digits = /^\+?[\d\s().-]{3,25}$/.test(kept) ? kept : ''
  const found = digits === '' ? undefined : parsePhoneNumberFromString(digits.replace(/^00/, '+'), 'GB')
  if (found === undefined || !found.isPossible()) return { raw: kept, kind: 'none' }
  return { raw: kept, e164: found.number, kind: kindOf(found) }
}

function kindOf(number: PhoneNumber): CallingNumber['kind'] {
  const type = number.getType()
  if (type === 'MOBILE') return 'mobile'
  if (type === 'FIXED_LINE' || type === 'FIXED_LINE_OR_MOBILE') return 'fixed'
  if (type !== undefined || number.countryCallingCode !== '44') return 'other'
  // Ofcom's drama numbers and new ranges are in no list yet; the first digit says enough.
  if (number.nationalNumber.startsWith('7')) return 'mobile'
  return /^[12]/.test(number.nationalNumber) ? 'fixed' : 'other'
}
