/*
 * Distances on the earth as far as the shapes of a fix need them: metres between two places, the place at a distance
 * and bearing, and the circle that holds a polygon.
 */

/** Latitude before longitude, WGS84 degrees. */
export type Place = readonly [latitude: number, longitude: number]

/** WGS84: semi-major axis in metres, and the square of the first eccentricity. */
const AXIS = 6_378_137
const ECCENTRICITY = 0.006_694_379_990_14
/** The flattest the ellipsoid is anywhere, so that no distance worked out with it is too short. */
const WIDEST_RADIUS = 6_399_594
const DEGREE = Math.PI / 180

/** Metres between two places, never fewer than there are, and at most 1 % more. */
export function metresAtMost([lat1, lon1]: Place, [lat2, lon2]: Place): number {
  const north = Math.sin(((lat2 - lat1) * DEGREE) / 2)
  const east = Math.sin(((lon2 - lon1) * DEGREE) / 2)
  const chord = north * north + Math.cos(lat1 * DEGREE) * Math.cos(lat2 * DEGREE) * east * east
  return 2 * WIDEST_RADIUS * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** The place at a distance in metres and a bearing in degrees clockwise from north. */
export function placeAt([latitude, longitude]: Place, metres: number, bearing: number): Place {
  const angle = metres / radiusAt(latitude)
  const [lat, way] = [latitude * DEGREE, bearing * DEGREE]
  const sine = Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(way)
  const to = Math.asin(Math.max(-1, Math.min(1, sine)))
  const turn = Math.atan2(
    Math.sin(way) * Math.sin(angle) * Math.cos(lat),
    Math.cos(angle) - Math.sin(lat) * Math.sin(to)
  )
  return [rounded(to / DEGREE), rounded(longitudeOf(longitude + turn / DEGREE))]
}

/** The middle of a polygon by its area, or of its corners where it has none or crosses itself. */
export function centreOf(corners: readonly Place[]): Place {
  const [first] = corners
  if (first === undefined) return [0, 0]
  // Seen from its first corner, so that one across the date line is one piece.
  const flat = corners.map(([lat, lon]): Place => [lat - first[0], longitudeOf(lon - first[1])])
  let [area, north, east] = [0, 0, 0]
  for (const [at, [lat, lon]] of flat.entries()) {
    const [nextLat, nextLon] = flat[(at + 1) % flat.length] ?? [0, 0]
    const part = lon * nextLat - nextLon * lat
    area += part
    north += (lat + nextLat) * part
    east += (lon + nextLon) * part
  }
  const middle: Place = [north / (3 * area), east / (3 * area)]
  const [lat, lon] = isAmong(middle, flat) ? middle : meanOf(flat)
  return [rounded(first[0] + lat), rounded(longitudeOf(first[1] + lon))]
}

/** Metres of the circle around `centre` that holds every corner, and with them the polygon. */
export function reachOf(centre: Place, corners: readonly Place[]): number {
  return Math.ceil(Math.max(0, ...corners.map(corner => metresAtMost(centre, corner))) * 100) / 100
}

function isAmong([lat, lon]: Place, corners: readonly Place[]): boolean {
  const [lats, lons] = [corners.map(corner => corner[0]), corners.map(corner => corner[1])]
  return lat >= Math.min(...lats) && lat <= Math.max(...lats) && lon >= Math.min(...lons) && lon <= Math.max(...lons)
}

function meanOf(corners: readonly Place[]): Place {
  const sum = corners.reduce<Place>(([lat, lon], corner) => [lat + corner[0], lon + corner[1]], [0, 0])
  return [sum[0] / corners.length, sum[1] / corners.length]
}

/** Of the ellipsoid there, north and east taken together. */
function radiusAt(latitude: number): number {
  const flat = 1 - ECCENTRICITY * Math.sin(latitude * DEGREE) ** 2
  return (AXIS * Math.sqrt(1 - ECCENTRICITY)) / flat
}

/** To the centimetre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7
}

function longitudeOf(degrees: number): number {
  if (degrees >= -180 && degrees <= 180) return degrees
  return ((((degrees + 180) % 360) + 360) % 360) - 180
}
