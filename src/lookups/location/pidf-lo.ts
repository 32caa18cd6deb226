import { findElement, findElements, readXml, type XmlElement } from '../../net/safe-xml.ts'
import type { LocationFix } from './location.ts'

export type PidfLo =
  | { readonly kind: 'fixes'; readonly fixes: readonly LocationFix[] }
  | { readonly kind: 'unreadable'; readonly reason: string }

const METRES = 'urn:ogc:def:uom:EPSG::9001'
/** RFC 7459 §3: where a document names no confidence, 95 %. */
const CONFIDENCE = 95
/** Nothing on earth is further from a place than this. */
const MAX_RADIUS = 20_040_000
/** WGS84 in two and three dimensions, as RFC 5491 §5 allows and as senders abbreviate it. */
const WGS84 = /(?:^|[:#])(?:4326|4979)$/
/** Civic fields in the order a British address is written (RFC 5139); those of one row make one line of it. */
const CIVIC = [
  ['NAM'],
  ['LOC'],
  ['ROOM'],
  ['UNIT'],
  ['FLR'],
  ['BLD'],
  ['LMK'],
  ['HNO', 'HNS', 'PRD', 'RD', 'STS', 'POD'],
  ['A6'],
  ['A5'],
  ['A4'],
  ['A3'],
  ['A2'],
  ['A1'],
  ['PC']
] as const
const MAX_FIXES = 10

/**
 * Reads a PIDF-LO document (RFC 4119, RFC 5491, RFC 5139): points, circles and civic addresses in tuple, device or
 * person. Best first: smallest radius, a point without one after circles, an address without coordinates last.
 * Never throws.
 */
export function readPidfLo(document: string): PidfLo {
  const xml = readXml(document)
  if (xml.kind === 'refused') return { kind: 'unreadable', reason: xml.reason }
  if (xml.root.name !== 'presence') return { kind: 'unreadable', reason: `root is ${xml.root.name.slice(0, 40)}` }
  const blocks = ['tuple', 'device', 'person'].flatMap(name => findElements(xml.root, name)).slice(0, MAX_FIXES)
  const fixes: LocationFix[] = []
  let reason = 'no location in it'
  for (const block of blocks) {
    const fix = toFix(block)
    if (typeof fix === 'string') reason = fix
    else fixes.push(fix)
  }
  if (fixes.length === 0) return { kind: 'unreadable', reason }
  return { kind: 'fixes', fixes: fixes.sort((one, other) => rank(one) - rank(other)) }
}

function rank(fix: LocationFix): number {
  if (fix.latitude === undefined) return Number.MAX_VALUE
  return fix.radiusMetres ?? 1e9
}

function toFix(block: XmlElement): LocationFix | string {
  const geopriv = findElement(block, 'geopriv')
  if (geopriv === undefined) return 'no geopriv element'
  const geometry = readGeometry(geopriv)
  if (typeof geometry === 'string') return geometry
  const address = readCivic(geopriv)
  if (geometry === undefined && address === undefined) return 'neither a shape nor an address'
  const method = findElement(geopriv, 'method')?.text
  const fixedAt = Date.parse(findElement(block, 'timestamp')?.text ?? '')
  return {
    source: 'pidf-lo',
    ...(geometry ?? { shape: 'civic' as const }),
    ...(geometry?.shape === 'circle' ? readConfidence(geopriv) : {}),
    ...(method === undefined || method === '' ? {} : { method: method.slice(0, 40) }),
    ...(address === undefined ? {} : { address }),
    ...(Number.isNaN(fixedAt) ? {} : { fixedAt })
  }
}

/** Said, unsaid (95 %), or said to be unknown, which is not 95 %. */
function readConfidence(geopriv: XmlElement): Pick<LocationFix, 'confidence'> {
  const said = findElement(geopriv, 'confidence')?.text
  if (said === undefined) return { confidence: CONFIDENCE }
  const confidence = Number(said)
  return confidence > 0 && confidence <= 100 ? { confidence } : {}
}

type Geometry = Pick<LocationFix, 'latitude' | 'longitude' | 'radiusMetres'> & { readonly shape: 'point' | 'circle' }

/** GML of RFC 5491 §5: `pos` is latitude then longitude; a radius is in metres and nothing else. */
function readGeometry(geopriv: XmlElement): Geometry | string | undefined {
  const circle = findElement(geopriv, 'Circle')
  const point = circle ?? findElement(geopriv, 'Point')
  if (point === undefined) {
    const other = ['Prism', 'Ellipsoid', 'Sphere', 'ArcBand', 'Ellipse', 'Polygon'].find(
      name => findElement(geopriv, name) !== undefined
    )
    return other === undefined ? undefined : `shape ${other} is not read yet`
  }
  if (!WGS84.test(point.attributes['srsName'] ?? '4326')) return 'coordinates that are not WGS84'
  const [latitude = Number.NaN, longitude = Number.NaN] = (findElement(point, 'pos')?.text ?? '')
    .split(/\s+/)
    .map(toNumber)
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  if (!isPlace) return 'its position is no latitude and longitude'
  if (circle === undefined) return { shape: 'point', latitude, longitude }
  const radius = findElement(circle, 'radius')
  const radiusMetres = toNumber(radius?.text ?? '')
  if (radius === undefined || !(radiusMetres >= 0 && radiusMetres <= MAX_RADIUS)) return 'a circle without a radius'
  if ((radius.attributes['uom'] ?? METRES) !== METRES) return 'a radius that is not in metres'
  return { shape: 'circle', latitude, longitude, radiusMetres }
}

/** Decimal, as XML Schema writes a double; an empty text is no 0. */
function toNumber(text: string): number {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
}

function isSaid(text: string): boolean {
  return text !== ''
}

function readCivic(geopriv: XmlElement): string | undefined {
  const civic = findElement(geopriv, 'civicAddress')
  if (civic === undefined) return undefined
  const field = (name: string) => civic.children.find(child => child.name === name)?.text ?? ''
  const lines = CIVIC.map(row => row.map(field).filter(isSaid).join(' '))
  const text = lines.filter(isSaid).join(', ')
  return text === '' ? undefined : text.slice(0, 300)
}
