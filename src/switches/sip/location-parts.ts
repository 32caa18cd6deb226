import type { SentLocation, SentLocationFault } from '../../call/sent-location.ts'
import { type BodyPart, bodyParts } from './body-parts.ts'
import { parseWire } from './embedded/parse-wire.ts'
import { parseParams, splitValues } from './name-addr.ts'
import { type SipHead, toText } from './sip-head.ts'

/** RFC 4119 and RFC 8147 by their media types. */
const PIDF = 'application/pidf+xml'
const MSD = 'application/emergencycalldata.ecall.msd'
/** A larger document than any network sends, or a longer reference, is not carried. */
const DOCUMENT_MAX = 16 * 1024
const REFERENCE_MAX = 2_048
const VALUES_MAX = 8
/** EN 15722 §6. */
const MSD_MAX = 140
const HEADERS_MAX = 200

/** One value of Geolocation (RFC 6442 §4.1): a part of the body, or an address that can be asked. */
export interface GeolocationValue {
  readonly uri: string
  /** RFC 8787: who put it there; absent where it is the caller's own device. */
  readonly locSrc?: string
}

/** Everything of a request that says where its caller is. */
export interface LocationParts {
  /** PIDF-LO documents: those that Geolocation names, in its order, else all there are. */
  readonly documents: readonly string[]
  /** Addresses at which the place can be asked for, in the order of Geolocation. */
  readonly references: readonly GeolocationValue[]
  /** eCall minimum sets of data. */
  readonly msds: readonly Uint8Array[]
  readonly faults: readonly SentLocationFault[]
}

type Request = Pick<SipHead, 'header' | 'all' | 'body'>

const NOTHING: LocationParts = { documents: [], references: [], msds: [], faults: [] }

/** The location in a request; one look at two headers where there is none. Never throws. */
export function locationParts(request: Request): LocationParts {
  const isBare = request.body === '' || !/multipart|pidf|ecall/i.test(request.header('content-type') ?? '')
  const values = geolocationValues(request)
  if (isBare && values.length === 0) return NOTHING
  const parts = isBare ? [] : bodyParts(request)
  const faults = new Set<SentLocationFault>()
  const named = values.filter(({ uri }) => isPart(uri)).map(({ uri }) => partNamed(parts, uri))
  const found = named.filter(part => part !== undefined)
  const documents = (found.length > 0 ? found : parts.filter(({ type }) => type === PIDF)).filter(
    ({ content }) => content.length <= DOCUMENT_MAX || !faults.add('too-large')
  )
  // Whoever forgot the name on the one document there is has lost nothing.
  if (named.length > 0 && documents.length === 0 && faults.size === 0) faults.add('missing-part')
  const references = values.filter(
    ({ uri }) => !isPart(uri) && (uri.length <= REFERENCE_MAX || !faults.add('reference-too-long'))
  )
  return {
    documents: documents.map(({ content }) => toText(content)),
    references,
    msds: parts.filter(({ type }) => type === MSD).map(({ content }) => Buffer.from(content, 'latin1')),
    faults: [...faults]
  }
}

/** The same of the bytes of a whole message; undefined when they are no SIP request. */
export function locationPartsOfMessage(bytes: Uint8Array): LocationParts | undefined {
  const read = parseWire(Buffer.from(bytes), HEADERS_MAX)
  if (read.kind !== 'request') return undefined
  const { headers, body } = read.message
  return locationParts({ header: name => headers.get(name)?.[0], all: name => headers.get(name) ?? [], body })
}

/** What of it goes with the call: the first of each kind, and why a document or reference does not. */
export function sentLocationOf(request: Request): SentLocation {
  const parts = locationParts(request)
  if (parts === NOTHING) return {}
  const [locationDocument] = parts.documents
  // An address we can ask before one that only a subscription could.
  const reference = parts.references.find(({ uri }) => /^https?:/i.test(uri)) ?? parts.references[0]
  const [msd] = parts.msds
  const [locationFault] = parts.faults
  return {
    ...(locationDocument === undefined ? {} : { locationDocument }),
    ...(reference === undefined ? {} : { locationReference: reference.uri }),
    // One byte too many still says that it was too long.
    ...(msd === undefined ? {} : { vehicleData: Buffer.from(msd.subarray(0, MSD_MAX + 1)).toString('base64') }),
    ...(locationFault === undefined ? {} : { locationFault })
  }
}

/** The values of Geolocation, at most eight; what is no address is left out. */
export function geolocationValues(request: Pick<SipHead, 'all'>): readonly GeolocationValue[] {
  const all = request.all('geolocation')
  if (all.length === 0) return []
  return all
    .flatMap(splitValues)
    .slice(0, VALUES_MAX)
    .flatMap(value => {
      const close = value.indexOf('>')
      const uri = /<([^<>\s]+)>/.exec(value)?.[1]
      if (uri === undefined || !/^[a-z][a-z0-9+.-]*:/i.test(uri)) return []
      const locSrc = parseParams(value.slice(close + 1).trim())['loc-src']
      return [locSrc === undefined ? { uri } : { uri, locSrc }]
    })
}

function isPart(uri: string): boolean {
  return /^cid:/i.test(uri)
}

/** RFC 2392 §2: the Content-ID in the URI is escaped. */
function partNamed(parts: readonly BodyPart[], uri: string): BodyPart | undefined {
  const id = uri
    .slice('cid:'.length)
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return parts.find(part => part.type === PIDF && part.id === id)
}
