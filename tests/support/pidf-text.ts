/* PIDF-LO documents for tests, made of their parts. */

const NAMESPACES = [
  'xmlns="urn:ietf:params:xml:ns:pidf"',
  'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"',
  'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"',
  'xmlns:gml="http://www.opengis.net/gml"',
  'xmlns:gs="http://www.opengis.net/pidflo/1.0"',
  'xmlns:con="urn:ietf:params:xml:ns:geopriv:conf"',
  'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
].join(' ')

export const EPSG = { metres: 'urn:ogc:def:uom:EPSG::9001', degrees: 'urn:ogc:def:uom:EPSG::9102' } as const
export const RADIANS = 'urn:ogc:def:uom:EPSG::9101'
const [FLAT, SPACE] = ['urn:ogc:def:crs:EPSG::4326', 'urn:ogc:def:crs:EPSG::4979']

export function presence(...blocks: readonly string[]): string {
  return `<presence ${NAMESPACES} entity="pres:x">${blocks.join('')}</presence>`
}

/** A tuple with this location-info, and what else stands in its geopriv. */
export function tuple(info: string, rest = ''): string {
  const geopriv = `<gp:geopriv><gp:location-info>${info}</gp:location-info>${rest}</gp:geopriv>`
  return `<tuple id="t"><status>${geopriv}</status><timestamp>2026-03-03T12:00:00Z</timestamp></tuple>`
}

export function point(pos: string, srs: string = FLAT): string {
  return `<gml:Point srsName="${srs}"><gml:pos>${pos}</gml:pos></gml:Point>`
}

export function circle(pos: string, radius: string, uom: string = EPSG.metres): string {
  return `<gs:Circle><gml:pos>${pos}</gml:pos><gs:radius uom="${uom}">${radius}</gs:radius></gs:Circle>`
}

const length = (name: string, value: number) => `<gs:${name} uom="${EPSG.metres}">${value}</gs:${name}>`
const angle = (name: string, value: number, uom: string) => `<gs:${name} uom="${uom}">${value}</gs:${name}>`

export function ellipse(pos: string, major: number, minor: number, turned: number, uom: string = EPSG.degrees): string {
  const axes = length('semiMajorAxis', major) + length('semiMinorAxis', minor)
  return `<gs:Ellipse><gml:pos>${pos}</gml:pos>${axes}${angle('orientation', turned, uom)}</gs:Ellipse>`
}

interface Band {
  readonly inner: number
  readonly outer: number
  readonly start: number
  readonly opening: number
  readonly uom?: string
}

export function arcBand(pos: string, { inner, outer, start, opening, uom = EPSG.degrees }: Band): string {
  const radii = length('innerRadius', inner) + length('outerRadius', outer)
  const angles = angle('startAngle', start, uom) + angle('openingAngle', opening, uom)
  return `<gs:ArcBand><gml:pos>${pos}</gml:pos>${radii}${angles}</gs:ArcBand>`
}

/** Corners as one list; `attributes` of the list itself. */
export function polygon(posList: string, { srs = FLAT, attributes = '' } = {}): string {
  const list = `<gml:posList ${attributes}>${posList}</gml:posList>`
  return `<gml:Polygon srsName="${srs}"><gml:exterior><gml:LinearRing>${list}</gml:LinearRing></gml:exterior></gml:Polygon>`
}

export function prism(base: string, height: number): string {
  return `<gs:Prism srsName="${SPACE}"><gs:base>${base}</gs:base>${length('height', height)}</gs:Prism>`
}

export function sphere(pos: string, radius: number): string {
  return `<gs:Sphere srsName="${SPACE}"><gml:pos>${pos}</gml:pos>${length('radius', radius)}</gs:Sphere>`
}
