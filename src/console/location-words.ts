import type { PanelItem } from '../pop/pop.ts'

export interface FixWords {
  /** Where: an address, or the circle in words. */
  readonly title: string
  /** 51.45600, -0.97300: what is copied. */
  readonly coordinates?: string
  /** How good: "within 18 m, 95 % sure". */
  readonly accuracy: string
  readonly source: string
}

const SOURCES: Readonly<Record<string, string>> = {
  'pidf-lo': 'Sent by the network with the call',
  eisec: 'Emergency call register',
  aml: 'Sent by the phone itself',
  held: 'Location server of the network',
  ecall: 'Sent by the vehicle itself',
  'address on record': 'Address on record for the number',
  typed: 'Typed by a person',
  cell: 'Radio cell only'
}

/** One fix in words: never a bare place without how far off it may be and who says so. */
export function fixWords({ title, fields = {} }: PanelItem): FixWords {
  const { latitude, longitude, radiusMetres, confidence, source = '' } = fields
  const hasPlace = typeof latitude === 'number' && typeof longitude === 'number'
  return {
    title,
    ...(hasPlace ? { coordinates: `${latitude.toFixed(5)}, ${longitude.toFixed(5)}` } : {}),
    accuracy: accuracy(radiusMetres, confidence, source === 'address on record'),
    source: SOURCES[String(source)] ?? String(source)
  }
}

function accuracy(radius: unknown, confidence: unknown, isOnRecord: boolean): string {
  if (isOnRecord) return 'Registered address; the caller may be elsewhere'
  if (typeof radius !== 'number') return 'Accuracy not told'
  const sure = typeof confidence === 'number' ? `, ${Math.round(confidence)} % sure` : ''
  return `Within ${toDistance(radius)}${sure}`
}

/** 18 m, 850 m, 2.8 km. */
export function toDistance(metres: number): string {
  return metres < 1_000 ? `${Math.round(metres)} m` : `${(metres / 1_000).toFixed(1)} km`
}
