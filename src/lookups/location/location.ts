/** A place as a source gave it: WGS84 degrees, metres. */
export interface LocationFix {
  readonly source: 'pidf-lo' | 'eisec' | 'aml' | 'held' | 'address' | 'typed' | 'cell'
  readonly shape: 'point' | 'circle' | 'ellipse' | 'polygon' | 'civic'
  readonly latitude?: number
  readonly longitude?: number
  readonly radiusMetres?: number
  /** Percent; RFC 7459 gives 95 where a document says nothing. */
  readonly confidence?: number
  readonly method?: string
  readonly address?: string
  /** Epoch ms of the fix itself, not of its arrival. */
  readonly fixedAt?: number
}
