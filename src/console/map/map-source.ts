/** What a base map is made of, as the gateway tells it. Every address is one of the gateway's own. */
export interface MapSource {
  readonly kind: string
  readonly attribution: string
  readonly layers: readonly MapLayer[]
  readonly tiles?: MapTiles
}

export interface MapLayer {
  readonly url: string
  readonly shows: string
  readonly projection: string
  /** The property that holds the name of each feature. */
  readonly label?: string
}

export interface MapTiles {
  readonly url: string
  readonly projection: string
  readonly tilePixels: number
  readonly origin: readonly number[]
  readonly resolutions: readonly number[]
}

/** Of a gateway that says nothing of a map. */
export const SCHEMATIC: MapSource = { kind: 'schematic', attribution: '', layers: [] }

const SCHEMATIC_WORDS = 'Schematic – not for navigation'

/** Metres a pixel; nearer than this the schematic would be wrong by more than a thumb, and only names are left of it. */
export const SCHEMATIC_FROM = 8

/** What a handler must know of the ground that is drawn now. */
export function groundWords({ kind }: MapSource, metresPerPixel = SCHEMATIC_FROM): string | undefined {
  if (kind !== 'schematic' || metresPerPixel >= SCHEMATIC_FROM) return undefined
  return 'Too near for the schematic: squares of the National Grid, and names of towns within 1 km of where they are'
}

/** What the ground is, always said: nobody may take the schematic for a map. */
export function sourceWords({ kind, attribution }: MapSource): string {
  const parts = [kind === 'schematic' ? SCHEMATIC_WORDS : '', attribution].filter(text => text !== '')
  return parts.length === 0 ? 'Base map of the force' : parts.join('. ')
}
