import { AIRY_1830, type Angles, type Ellipsoid, GRS80, toRadians } from './transverse-mercator.ts'

/** Metres from the earth’s centre. */
interface Cartesian {
  readonly x: number
  readonly y: number
  readonly z: number
}

/** Ordnance Survey's seven parameters from WGS84 to OSGB36: metres, arc seconds, parts in a million. Good to 5 m. */
const SHIFT = { x: -446.448, y: 125.157, z: -542.06 }
const TURN = { x: arcSeconds(-0.1502), y: arcSeconds(-0.247), z: arcSeconds(-0.8421) }
const SCALE = 1 + 20.4894e-6
const CLOSE_ENOUGH = 1e-13
const MOST_STEPS = 20

/** Angles of WGS84 to angles of OSGB36, both on the ground of their ellipsoid. */
export function toOsgb36(angles: Angles): Angles {
  const { x, y, z } = toCartesian(GRS80, angles)
  return toAngles(AIRY_1830, {
    x: SHIFT.x + SCALE * x - TURN.z * y + TURN.y * z,
    y: SHIFT.y + TURN.z * x + SCALE * y - TURN.x * z,
    z: SHIFT.z - TURN.y * x + TURN.x * y + SCALE * z
  })
}

/** The parameters turned round: back to within a centimetre, which is a good first guess and no more. */
export function nearWgs84(angles: Angles): Angles {
  const { x, y, z } = toCartesian(AIRY_1830, angles)
  const scale = 2 - SCALE
  return toAngles(GRS80, {
    x: -SHIFT.x + scale * x + TURN.z * y - TURN.y * z,
    y: -SHIFT.y - TURN.z * x + scale * y + TURN.x * z,
    z: -SHIFT.z + TURN.y * x - TURN.x * y + scale * z
  })
}

function toCartesian({ a, b }: Ellipsoid, { phi, lambda }: Angles): Cartesian {
  const e2 = 1 - (b * b) / (a * a)
  const nu = a / Math.sqrt(1 - e2 * Math.sin(phi) ** 2)
  return {
    x: nu * Math.cos(phi) * Math.cos(lambda),
    y: nu * Math.cos(phi) * Math.sin(lambda),
    z: nu * (1 - e2) * Math.sin(phi)
  }
}

function toAngles({ a, b }: Ellipsoid, { x, y, z }: Cartesian): Angles {
  const e2 = 1 - (b * b) / (a * a)
  const p = Math.hypot(x, y)
  let phi = Math.atan2(z, p * (1 - e2))
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const nu = a / Math.sqrt(1 - e2 * Math.sin(phi) ** 2)
    const next = Math.atan2(z + e2 * nu * Math.sin(phi), p)
    const change = Math.abs(next - phi)
    phi = next
    if (change < CLOSE_ENOUGH) break
  }
  return { phi, lambda: Math.atan2(y, x) }
}

function arcSeconds(seconds: number): number {
  return toRadians(seconds / 3_600)
}
