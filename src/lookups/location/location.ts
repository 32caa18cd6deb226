/**
 * A place as a source gave it: WGS84 degrees, metres, degrees clockwise from north. A fix has one centre, whatever its
 * shape; what the source did not say is not there.
 */
export interface LocationFix {
  readonly source: 'pidf-lo' | 'eisec' | 'aml' | 'held' | 'ecall' | 'address' | 'typed' | 'cell'
  readonly shape: 'point' | 'circle' | 'ellipse' | 'polygon' | 'civic'
  readonly latitude?: number
  readonly longitude?: number
  readonly altitudeMetres?: number
  /** Of a circle; of any other shape with an extent, of the circle around the centre that holds all of it. */
  readonly radiusMetres?: number
  readonly semiMajorMetres?: number
  readonly semiMinorMetres?: number
  /** Of the longer axis. */
  readonly orientationDegrees?: number
  /** Corners of a polygon, latitude before longitude, the first not repeated. */
  readonly corners?: readonly (readonly [latitude: number, longitude: number])[]
  /** The same corners in metres on the British National Grid, once the fix is placed. */
  readonly gridCorners?: readonly { readonly easting: number; readonly northing: number }[]
  /** British National Grid in metres, where the source gave it so; otherwise it is worked out when shown. */
  readonly grid?: { readonly easting: number; readonly northing: number }
  /** Percent; RFC 7459 gives 95 where a document says nothing. */
  readonly confidence?: number
  readonly method?: string
  readonly address?: string
  readonly postcode?: string
  /** Epoch ms of the fix itself, not of its arrival. */
  readonly fixedAt?: number
}
