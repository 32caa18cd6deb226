/** Semi-axes in metres. */
export interface Ellipsoid {
  readonly a: number
  readonly b: number
}

/** Of WGS84 and ETRS89; the two differ by a tenth of a millimetre at the pole. */
export const GRS80: Ellipsoid = { a: 6_378_137, b: 6_356_752.3141 }
/** Of OSGB36. */
export const AIRY_1830: Ellipsoid = { a: 6_377_563.396, b: 6_356_256.909 }

/** The National Grid's projection, on whatever ellipsoid: true origin 49° N 2° W, false origin 400 km west, 100 km north. */
const SCALE = 0.999_601_271_7
const LATITUDE_0 = toRadians(49)
const LONGITUDE_0 = toRadians(-2)
const EASTING_0 = 400_000
const NORTHING_0 = -100_000
/** The meridian's length is hit this closely, in metres. */
const CLOSE_ENOUGH = 1e-6
const MOST_STEPS = 20

export interface Plane {
  readonly easting: number
  readonly northing: number
}

/** Radians. */
export interface Angles {
  readonly phi: number
  readonly lambda: number
}

export function toRadians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

export function toDegrees(radians: number): number {
  return (radians * 180) / Math.PI
}

/** Angles on an ellipsoid to metres east and north; Ordnance Survey's series, its annex C.1. Millimetres within Britain. */
export function project({ a, b }: Ellipsoid, { phi, lambda }: Angles): Plane {
  const sin = Math.sin(phi)
  const cos = Math.cos(phi)
  const tan2 = Math.tan(phi) ** 2
  const { nu, rho, eta2 } = radii({ a, b }, sin)
  const p = lambda - LONGITUDE_0
  const north2 = (nu / 2) * sin * cos
  const north4 = (nu / 24) * sin * cos ** 3 * (5 - tan2 + 9 * eta2)
  const north6 = (nu / 720) * sin * cos ** 5 * (61 - 58 * tan2 + tan2 ** 2)
  const east1 = nu * cos
  const east3 = (nu / 6) * cos ** 3 * (nu / rho - tan2)
  const east5 = (nu / 120) * cos ** 5 * (5 - 18 * tan2 + tan2 ** 2 + 14 * eta2 - 58 * tan2 * eta2)
  return {
    northing: NORTHING_0 + meridian({ a, b }, phi) + north2 * p ** 2 + north4 * p ** 4 + north6 * p ** 6,
    easting: EASTING_0 + east1 * p + east3 * p ** 3 + east5 * p ** 5
  }
}

/** And back, annex C.2. Agrees with `project` to a millimetre or so; whoever needs it closer goes there and back again. */
export function unproject({ a, b }: Ellipsoid, { easting, northing }: Plane): Angles {
  let phi = LATITUDE_0
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const missing = northing - NORTHING_0 - meridian({ a, b }, phi)
    phi += missing / (a * SCALE)
    if (Math.abs(missing) < CLOSE_ENOUGH) break
  }
  const { nu, rho, eta2 } = radii({ a, b }, Math.sin(phi))
  const tan = Math.tan(phi)
  const tan2 = tan ** 2
  const sec = 1 / Math.cos(phi)
  const x = easting - EASTING_0
  const phi2 = tan / (2 * rho * nu)
  const phi4 = (tan / (24 * rho * nu ** 3)) * (5 + 3 * tan2 + eta2 - 9 * tan2 * eta2)
  const phi6 = (tan / (720 * rho * nu ** 5)) * (61 + 90 * tan2 + 45 * tan2 ** 2)
  const lambda1 = sec / nu
  const lambda3 = (sec / (6 * nu ** 3)) * (nu / rho + 2 * tan2)
  const lambda5 = (sec / (120 * nu ** 5)) * (5 + 28 * tan2 + 24 * tan2 ** 2)
  const lambda7 = (sec / (5040 * nu ** 7)) * (61 + 662 * tan2 + 1320 * tan2 ** 2 + 720 * tan2 ** 3)
  return {
    phi: phi - phi2 * x ** 2 + phi4 * x ** 4 - phi6 * x ** 6,
    lambda: LONGITUDE_0 + lambda1 * x - lambda3 * x ** 3 + lambda5 * x ** 5 - lambda7 * x ** 7
  }
}

/** Radii of curvature, scaled: across the meridian, along it, and how far they part. */
function radii({ a, b }: Ellipsoid, sin: number): { nu: number; rho: number; eta2: number } {
  const e2 = 1 - (b * b) / (a * a)
  const w = 1 - e2 * sin * sin
  const nu = (a * SCALE) / Math.sqrt(w)
  const rho = (a * SCALE * (1 - e2)) / w ** 1.5
  return { nu, rho, eta2: nu / rho - 1 }
}

/** Scaled length of the meridian from the true origin's latitude. */
function meridian({ a, b }: Ellipsoid, phi: number): number {
  const n = (a - b) / (a + b)
  const less = phi - LATITUDE_0
  const more = phi + LATITUDE_0
  const sum =
    (1 + n + 1.25 * n ** 2 + 1.25 * n ** 3) * less -
    (3 * n + 3 * n ** 2 + 2.625 * n ** 3) * Math.sin(less) * Math.cos(more) +
    1.875 * (n ** 2 + n ** 3) * Math.sin(2 * less) * Math.cos(2 * more) -
    (35 / 24) * n ** 3 * Math.sin(3 * less) * Math.cos(3 * more)
  return b * SCALE * sum
}
