import Type, { type Static } from 'typebox'

/** What the map of the console is made of; a section of config-schema.ts. */

const projection = (standard: string, description: string) =>
  Type.Union([Type.Literal('EPSG:27700'), Type.Literal('EPSG:4326'), Type.Literal('EPSG:3857')], {
    default: standard,
    description
  })

const MapLayerConfig = Type.Object(
  {
    file: Type.String({
      minLength: 1,
      maxLength: 4_096,
      description: 'GeoJSON or TopoJSON of at most 16 MiB; may be packed as `.gz`'
    }),
    shows: Type.Union([Type.Literal('boundary'), Type.Literal('area'), Type.Literal('places')], {
      description: 'boundary: drawn as a border. area: filled faintly. places: points'
    }),
    projection: projection('EPSG:4326', 'What its coordinates are'),
    label: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'Property with the name of each feature' })
    )
  },
  { additionalProperties: false }
)

/** Resolutions of the Ordnance Survey's own tiles in the National Grid, metres a pixel. */
const OS_RESOLUTIONS = [896, 448, 224, 112, 56, 28, 14, 7, 3.5, 1.75]
const OS_ORIGIN = [-238_375, 1_376_256]

const MapTilesConfig = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^\\s]+$',
      maxLength: 1_000,
      description:
        'Where tiles are fetched, with `{z}`, `{x}` and `{y}` in it (of a WMTS its matrix, column and row), and `{key}` where there is a key'
    }),
    keyFile: Type.Optional(Type.String({ description: 'File with the key; it never leaves the gateway' })),
    projection: projection('EPSG:27700', 'Of the tiles'),
    tilePixels: Type.Integer({ minimum: 64, maximum: 1_024, default: 256, description: 'Side of a tile' }),
    origin: Type.Array(Type.Number(), {
      minItems: 2,
      maxItems: 2,
      default: OS_ORIGIN,
      description: 'North-west corner of the first tile: metres east, metres north'
    }),
    resolutions: Type.Array(Type.Number({ minimum: 0 }), {
      minItems: 1,
      maxItems: 30,
      default: OS_RESOLUTIONS,
      description: 'Metres a pixel of each zoom, the coarsest first'
    }),
    timeoutMs: Type.Integer({
      minimum: 100,
      maximum: 60_000,
      default: 5_000,
      description: 'A tile must come within this'
    }),
    maxBytes: Type.Integer({
      minimum: 1_024,
      maximum: 8_388_608,
      default: 1_048_576,
      description: 'Largest tile taken'
    }),
    maxAtOnce: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 64,
      description: 'Most tiles asked for at a time; others are refused until one has come'
    })
  },
  { additionalProperties: false }
)

export const MapConfig = Type.Object(
  {
    kind: Type.Union(
      [
        Type.Literal('schematic'),
        Type.Literal('topojson'),
        Type.Literal('xyz'),
        Type.Literal('wmts'),
        Type.Literal('pmtiles')
      ],
      {
        default: 'schematic',
        description:
          'schematic: the one Callbox ships. topojson: `layers` alone. xyz, wmts: `tiles`, of which the gateway fetches each. pmtiles: not built yet'
      }
    ),
    attribution: Type.String({
      maxLength: 300,
      default: '',
      description: 'Said with the map, as the licence of its data asks'
    }),
    layers: Type.Array(MapLayerConfig, {
      maxItems: 10,
      default: [],
      description:
        'Files of the force’s own, drawn over whatever the kind gives; `forces[].areaFile` is drawn by itself'
    }),
    tiles: Type.Optional(MapTilesConfig)
  },
  { additionalProperties: false, default: {} }
)
export type MapConfig = Static<typeof MapConfig>
