import { readAmlForm, signAmlForm } from '../lookups/location/aml-form.ts'
import { type AmlReading, readAmlText } from '../lookups/location/aml-text.ts'
import { readMsd, toVehicleFix, type VehicleData } from '../lookups/location/ecall-msd.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { readPidfLo } from '../lookups/location/pidf-lo.ts'
import { type LocationParts, locationPartsOfMessage } from '../switches/sip/location-parts.ts'
import { looksLikeEisec, readEisec } from './read-eisec.ts'

export type SampleKind = 'SIP message' | 'PIDF-LO' | 'AML text' | 'AML form' | 'EISEC' | 'eCall MSD'

/** What a sample says of where its caller is; of what could be read, in words, what is no fix. */
export interface ReadSample {
  readonly kind: 'read'
  readonly what: SampleKind
  readonly fixes: readonly LocationFix[]
  readonly notes: readonly string[]
  readonly vehicle?: VehicleData
}

export type Sample =
  | ReadSample
  | { readonly kind: 'unreadable'; readonly what: SampleKind; readonly reason: string }
  /** None of the kinds that are known. */
  | { readonly kind: 'unknown' }

/** Of any size a key does: here nobody asks who signed. */
const ANY_KEY = Buffer.from('-')
const NOT_SENT = {
  'too-large': 'a document of more than 16 KiB is not read',
  'missing-part': 'Geolocation names a part that the message does not have',
  'reference-too-long': 'a reference of more than 2,048 characters is not asked'
} as const satisfies Record<LocationParts['faults'][number], string>

/** Finds out what the bytes are and reads them with the readers of the gateway. Never throws. */
export function readSample(bytes: Uint8Array): Sample {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '')
  const trimmed = text.trim()
  const [firstLine = ''] = trimmed.split('\n', 1)
  if (looksLikeEisec(bytes, trimmed)) return readEisec(bytes, text.trimStart().replace(/[\r\n]+$/, ''))
  if (/ SIP\/\d\.\d\r?$|^SIP\//.test(firstLine)) return readSip(bytes)
  if (trimmed.startsWith('<')) return readDocument(trimmed)
  if (/^(?:A"ML|[a-z]{2,3})=[^=&;]*(?:;|$)/.test(trimmed)) return ofAml('AML text', readAmlText(trimmed))
  if (/^[a-z_]{1,40}=[^&]*&/.test(trimmed)) return readForm(trimmed)
  const hex = trimmed.replace(/\s+/g, '')
  if (/^(?:[0-9A-Fa-f]{2}){4,}$/.test(hex)) return readVehicle(Buffer.from(hex, 'hex'))
  return isBinary(text) ? readVehicle(bytes) : { kind: 'unknown' }
}

function readDocument(document: string): Sample {
  const read = readPidfLo(document)
  if (read.kind === 'unreadable') return unreadable('PIDF-LO', read.reason)
  return found('PIDF-LO', read.fixes, read.reason === undefined ? [] : [`A part of it is left out: ${read.reason}.`])
}

function readSip(bytes: Uint8Array): Sample {
  const parts = locationPartsOfMessage(bytes)
  if (parts === undefined) return unreadable('SIP message', 'it is no request that can be read')
  const documents = parts.documents.map(readDocument)
  const vehicles = parts.msds.map(readVehicle)
  const all = [...documents, ...vehicles]
  const read = all.filter(sample => sample.kind === 'read')
  const problems = [
    ...parts.faults.map(fault => NOT_SENT[fault]),
    ...all.flatMap(sample => (sample.kind === 'unreadable' ? [`${sample.what}: ${sample.reason}`] : []))
  ]
  const fixes = read.flatMap(sample => sample.fixes)
  const [problem] = problems
  if (read.length === 0 && problem !== undefined) return unreadable('SIP message', problem)
  const vehicle = read.find(sample => sample.vehicle !== undefined)?.vehicle
  const notes = [
    ...read.flatMap(sample => sample.notes),
    ...problems.map(each => `Left out: ${each}.`),
    ...parts.references.map(({ uri }) => `A place can be asked for at ${hostOf(uri)}; here nothing is asked.`)
  ]
  return { ...found('SIP message', fixes, notes), ...(vehicle === undefined ? {} : { vehicle }) }
}

/** A reference is as secret as the place it leads to. */
function hostOf(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:(?:\/\/)?(?:[^@/?#]*@)?([^/?#;:]{1,255})/i.exec(uri)?.[1] ?? 'an address'
}

function readVehicle(bytes: Uint8Array): Sample {
  const read = readMsd(bytes)
  if (read.kind === 'unreadable') return unreadable('eCall MSD', read.reason)
  const fix = toVehicleFix(read.vehicle)
  return { ...found('eCall MSD', fix === undefined ? [] : [fix], vehicleNotes(read.vehicle)), vehicle: read.vehicle }
}

function vehicleNotes({ vin, trigger, isTest, vehicleClass, isPositionTrusted, propulsion }: VehicleData): string[] {
  const words = [
    `Vehicle ${vin}`,
    vehicleClass,
    ...propulsion,
    `raised ${trigger === 'manual' ? 'by hand' : 'by itself'}`
  ]
  return [
    `${words.join(', ')}.`,
    ...(isTest ? ['It says that it is a test.'] : []),
    ...(isPositionTrusted ? [] : ['It does not trust its own position.'])
  ]
}

/** The form as it would be read when its key is right: who checks a sample has no key. */
function readForm(text: string): Sample {
  const end = text.lastIndexOf('&hmac=')
  const fields = end === -1 ? text : text.slice(0, end)
  const read = readAmlForm(Buffer.from(signAmlForm(fields, ANY_KEY)), [ANY_KEY])
  if (read.kind !== 'read') return unreadable('AML form', `it ${read.reason}`)
  const signed =
    end === -1 ? 'It is not signed: a gateway refuses it.' : 'Whether its signature is right is not checked here.'
  return ofAml('AML form', read, [signed])
}

function ofAml(
  what: SampleKind,
  read: AmlReading | { readonly kind: 'read'; readonly aml: Aml },
  notes: readonly string[] = []
): Sample {
  if (read.kind === 'unreadable') return unreadable(what, `it ${read.reason}`)
  const { fix, version, calledAt } = read.aml
  const said = [
    `AML version ${version}.`,
    ...(calledAt === undefined ? [] : [`The call was placed at ${new Date(calledAt).toISOString()}.`]),
    ...(fix === undefined ? ['The phone had no place yet.'] : [])
  ]
  return found(what, fix === undefined ? [] : [fix], [...said, ...notes])
}

type Aml = Extract<AmlReading, { kind: 'read' }>['aml']

function isBinary(text: string): boolean {
  for (const letter of text) {
    const code = letter.charCodeAt(0)
    if (code === 0xfffd || (code < 32 && ![9, 10, 13].includes(code))) return true
  }
  return false
}

function found(what: SampleKind, fixes: readonly LocationFix[], notes: readonly string[]): ReadSample {
  return { kind: 'read', what, fixes, notes }
}

function unreadable(what: SampleKind, reason: string): Sample {
  return { kind: 'unreadable', what, reason }
}
