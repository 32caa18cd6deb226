import { findElement, findElements, readXml, type XmlElement } from '../../net/safe-xml.ts'
import type { LocationFix } from './location.ts'

export type PidfLo =
  | { readonly kind: 'fixes'; readonly fixes: readonly LocationFix[] }
  | { readonly kind: 'unreadable'; readonly reason: string }

const METRES = 'urn:ogc:def:uom:EPSG::9001'
/** RFC 7459 §3: where a document names no confidence, 95 %. */
const CONFIDENCE = 95
/** Civic fields in the order a British address is written (RFC 5139). */
const CIVIC = ['FLR', 'UNIT', 'NAM', 'LOC', 'HNO', 'RD', 'A6', 'STS', 'A4', 'A3', 'A2', 'A1', 'PC'] as const
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
  const confidence = Number(findElement(geopriv, 'confidence')?.text)
  const method = findElement(geopriv, 'method')?.text
  const fixedAt = Date.parse(findElement(block, 'timestamp')?.text ?? '')
  return {
    source: 'pidf-lo',
    ...(geometry ?? { shape: 'civic' as const }),
    ...(geometry?.shape === 'circle'
      ? { confidence: confidence > 0 && confidence <= 100 ? confidence : CONFIDENCE }
      : {}),
    ...(method === undefined || method === '' ? {} : { method: method.slice(0, 40) }),
    ...(address === undefined ? {} : { address }),
    ...(Number.isNaN(fixedAt) ? {} : { fixedAt })
  }
}

type Geometry = Pick<LocationFix, 'latitude' | 'longitude' | 'radiusMetres'> & { readonly shape: 'point' | 'circle' }

/** GML of RFC 5491 §5: `pos` is latitude then longitude; a radius is in metres and nothing else. */
function readGeometry(geopriv: XmlElement): Geometry | string | undefined {
  const circle = findElement(geopriv, 'Circle')
  const point = circle ?? findElement(geopriv, 'Point')
  if (point === undefined) {
    const other = ['Ellipse', 'Polygon', 'ArcBand', 'Sphere', 'Ellipsoid', 'Prism'].find(
      name => findElement(geopriv, name) !== undefined
    )
    return other === undefined ? undefined : `shape ${other} is not read yet`
  }
  const pos = findElement(point, 'pos')?.text.split(/\s+/).map(Number) ?? []
  const [latitude = Number.NaN, longitude = Number.NaN] = pos
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  if (!isPlace) return 'its position is no latitude and longitude'
  if (circle === undefined) return { shape: 'point', latitude, longitude }
  const radius = findElement(circle, 'radius')
  const radiusMetres = Number(radius?.text)
  if (radius === undefined || !(radiusMetres >= 0)) return 'a circle without a radius'
  if ((radius.attributes['uom'] ?? METRES) !== METRES) return 'a radius that is not in metres'
  return { shape: 'circle', latitude, longitude, radiusMetres }
}

function readCivic(geopriv: XmlElement): string | undefined {
  const civic = findElement(geopriv, 'civicAddress')
  if (civic === undefined) return undefined
  const parts = CIVIC.flatMap(name => civic.children.find(child => child.name === name)?.text ?? [])
  const text = parts.filter(part => part !== '').join(', ')
  return text === '' ? undefined : text.slice(0, 300)
}
