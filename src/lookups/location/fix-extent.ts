import type { LocationFix } from './location.ts'

/** All fixes are weighed as circles that hold the caller with this confidence, percent: that of RFC 7459 §3. */
export const WEIGHED_CONFIDENCE = 95
/** A source that names no confidence: one sigma, as telephones give a radius. */
export const UNSAID_CONFIDENCE = 68
/** Nobody is surer than this; and a source that says it is as good as never right is not multiplied without end. */
const MOST_CONFIDENCE = 99
const LEAST_CONFIDENCE = 5
/** Metres, where a source gave a place and no extent: what its method can do on an ordinary day. */
const UNSAID_RADIUS = { satellite: 30, wifi: 100, cell: 5_000, address: 100, handler: 10, unknown: 1_000 } as const
/** The extent under which a network's fix of a mobile is no mere cell; metres of the longer axis. */
const FINER_THAN_A_CELL = 50

export type FixMethod = keyof typeof UNSAID_RADIUS

/** How a fix was come by, in the words of PIDF-LO (IANA's method tokens), AML v1 and v2, and EISEC. */
export function methodOf({ source, shape, method = '', radiusMetres, semiMajorMetres }: LocationFix): FixMethod {
  if (source === 'typed') return 'handler'
  if (source === 'address' || shape === 'civic') return 'address'
  if (source === 'cell') return 'cell'
  const word = method.trim().toLowerCase()
  if (/^(?:g|gps|a-gps|gnss|dgps|hybrid_a-gps|satellite)$/.test(word)) return 'satellite'
  if (/^(?:w|wi-?fi|802\.11|wlan.*)$/.test(word)) return 'wifi'
  if (/^(?:c|cell.*|e-?cid|td?oa|e-otd|triangulation)$/.test(word)) return 'cell'
  if (/^(?:manual|dhcp)$/.test(word)) return 'address'
  // EISEC does not say how; only its extent does.
  const extent = semiMajorMetres ?? radiusMetres
  if (source === 'eisec' && extent !== undefined && extent >= FINER_THAN_A_CELL) return 'cell'
  return 'unknown'
}

/**
 * The radius of a circle that holds the caller with WEIGHED_CONFIDENCE, in metres. An error that is spread alike to
 * all sides (a two-dimensional normal, whose distance follows Rayleigh) stays within r with P = 1 − exp(−r²/2σ²); so
 * a radius at one confidence becomes one at another by √(ln(1−P₂) / ln(1−P₁)). An ellipse counts as the circle of the
 * same area: that is how much ground is to be searched.
 */
export function weighedRadius(fix: LocationFix): number {
  const said = saidRadius(fix)
  if (said === undefined) return UNSAID_RADIUS[methodOf(fix)]
  return said * toWeighed(fix.confidence ?? UNSAID_CONFIDENCE)
}

/** The extent as its source gave it; undefined where it gave none. */
export function saidRadius({ semiMajorMetres, semiMinorMetres, radiusMetres }: LocationFix): number | undefined {
  const radius =
    semiMajorMetres !== undefined && semiMinorMetres !== undefined
      ? Math.sqrt(semiMajorMetres * semiMinorMetres)
      : radiusMetres
  return radius !== undefined && radius >= 0 && Number.isFinite(radius) ? radius : undefined
}

function toWeighed(confidence: number): number {
  const held = Number.isFinite(confidence)
    ? Math.min(MOST_CONFIDENCE, Math.max(LEAST_CONFIDENCE, confidence))
    : UNSAID_CONFIDENCE
  return Math.sqrt(Math.log(1 - WEIGHED_CONFIDENCE / 100) / Math.log(1 - held / 100))
}
