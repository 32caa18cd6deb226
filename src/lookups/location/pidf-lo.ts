import { findElement, findElements, readXml, type XmlElement } from '../../net/safe-xml.ts'
import { readCivic } from './civic.ts'
import type { LocationFix } from './location.ts'
import { readShape } from './shapes.ts'

export type PidfLo =
  /** `reason`: why a part of it could not be read. */
  | { readonly kind: 'fixes'; readonly fixes: readonly LocationFix[]; readonly reason?: string }
  | { readonly kind: 'unreadable'; readonly reason: string }

type Source = 'pidf-lo' | 'held'

/** RFC 7459 §3: where a document names no confidence, 95 %. */
const CONFIDENCE = 95
const MAX_FIXES = 10

/**
 * Reads a PIDF-LO document (RFC 4119, RFC 5491, RFC 5139): shapes and civic addresses in tuple, device or person.
 * Best first: smallest radius, a point without one after them, an address without coordinates last. Never throws.
 */
export function readPidfLo(document: string): PidfLo {
  const xml = readXml(document)
  if (xml.kind === 'refused') return { kind: 'unreadable', reason: xml.reason }
  return readPresence(xml.root, 'pidf-lo')
}

/** The same of a document that was read already, as a location server encloses it. */
export function readPresence(presence: XmlElement, source: Source): PidfLo {
  if (presence.name !== 'presence') return { kind: 'unreadable', reason: `root is ${presence.name.slice(0, 40)}` }
  const blocks = ['tuple', 'device', 'person'].flatMap(name => findElements(presence, name)).slice(0, MAX_FIXES)
  const places = blocks.flatMap(block => findElements(block, 'geopriv').map(geopriv => ({ block, geopriv })))
  const read = places.slice(0, MAX_FIXES).map(({ block, geopriv }) => toFix(geopriv, block, source))
  const fixes = read.flatMap(({ fix }) => fix ?? []).sort((one, other) => rank(one) - rank(other))
  const reason = read.find(each => each.reason !== undefined)?.reason
  if (fixes.length > 0) return { kind: 'fixes', fixes, ...(reason === undefined ? {} : { reason }) }
  const nothing = blocks.length === 0 ? 'no location in it' : 'no geopriv element'
  return { kind: 'unreadable', reason: reason ?? nothing }
}

function rank(fix: LocationFix): number {
  if (fix.latitude === undefined) return Number.MAX_VALUE
  return fix.radiusMetres ?? 1e9
}

function toFix(geopriv: XmlElement, block: XmlElement, source: Source): { fix?: LocationFix; reason?: string } {
  const geometry = readShape(geopriv)
  const civic = readCivic(geopriv)
  const shape = typeof geometry === 'string' ? undefined : geometry
  // An address beside a shape that cannot be read is still where the caller is.
  const reason = typeof geometry === 'string' ? geometry : 'neither a shape nor an address'
  if (shape === undefined && civic === undefined) return { reason }
  const method = findElement(geopriv, 'method')?.text ?? ''
  const fixedAt = Date.parse(findElement(block, 'timestamp')?.text ?? '')
  const fix: LocationFix = {
    source,
    ...(shape ?? { shape: 'civic' as const }),
    ...(shape?.radiusMetres === undefined ? {} : readConfidence(geopriv)),
    ...(method === '' ? {} : { method: method.slice(0, 40) }),
    ...civic,
    ...(Number.isNaN(fixedAt) ? {} : { fixedAt })
  }
  return typeof geometry === 'string' ? { fix, reason } : { fix }
}

/** Said, unsaid (95 %), or said to be unknown, which is not 95 %. */
function readConfidence(geopriv: XmlElement): Pick<LocationFix, 'confidence'> {
  const said = findElement(geopriv, 'confidence')?.text
  if (said === undefined) return { confidence: CONFIDENCE }
  const confidence = Number(said)
  return confidence > 0 && confidence <= 100 ? { confidence } : {}
}
