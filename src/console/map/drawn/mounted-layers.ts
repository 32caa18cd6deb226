import type { Extent } from 'ol/extent.js'
import GeoJSON from 'ol/format/GeoJSON.js'
import TopoJSON from 'ol/format/TopoJSON.js'
import type BaseLayer from 'ol/layer/Base.js'
import TileLayer from 'ol/layer/Tile.js'
import VectorLayer from 'ol/layer/Vector.js'
import VectorSource from 'ol/source/Vector.js'
import XYZ from 'ol/source/XYZ.js'
import { Circle, Fill, Stroke, Style } from 'ol/style.js'
import TileGrid from 'ol/tilegrid/TileGrid.js'
import type { MapLayer, MapSource, MapTiles } from '../map-source.ts'
import { faint, type Inks } from './inks.ts'
import { label } from './labels.ts'
import { NATIONAL_GRID } from './projection.ts'

const WITHIN_MS = 20_000

interface LayerNews {
  readonly onMissing: (what: string) => void
  /** How far the features of a file reach. */
  readonly onReach: (extent: Extent) => void
}

/** What the force has put beside the schematic, or in its place: tiles first, then its files over them. */
export function mountedLayers(
  { layers, tiles }: MapSource,
  inksNow: () => Inks,
  news: LayerNews
): readonly BaseLayer[] {
  return [
    ...(tiles === undefined ? [] : [tileLayer(tiles, news)]),
    ...layers.map(layer => fileLayer(layer, inksNow, news))
  ]
}

function tileLayer({ url, projection, tilePixels, origin, resolutions }: MapTiles, { onMissing }: LayerNews) {
  const tileGrid = new TileGrid({ origin: [...origin], resolutions: [...resolutions], tileSize: tilePixels })
  const source = new XYZ({ url, projection, tileGrid, transition: 0 })
  source.on('tileloaderror', () => onMissing('Part of the base map'))
  return new TileLayer({ source })
}

function fileLayer(layer: MapLayer, inksNow: () => Inks, { onMissing, onReach }: LayerNews): VectorLayer {
  const source = new VectorSource()
  readFeatures(layer).then(
    features => {
      source.addFeatures(features)
      const extent = source.getExtent()
      if (features.length > 0 && extent !== null) onReach(extent)
    },
    () => onMissing(`The layer of ${layer.shows}`)
  )
  const { label: property, shows } = layer
  return new VectorLayer({
    source,
    declutter: 'ground',
    style: drawn => layerStyle(shows, property === undefined ? undefined : drawn.get(property), inksNow())
  })
}

async function readFeatures({ url, projection }: MapLayer) {
  const response = await fetch(url, { signal: AbortSignal.timeout(WITHIN_MS) })
  if (!response.ok) throw new Error(`the gateway answered ${response.status}`)
  const value: { readonly type?: unknown } = await response.json()
  const projections = { dataProjection: projection, featureProjection: NATIONAL_GRID }
  const format = value.type === 'Topology' ? new TopoJSON() : new GeoJSON()
  return format.readFeatures(value, projections)
}

function layerStyle(shows: string, name: unknown, inks: Inks): Style {
  const isLine = shows === 'boundary'
  return new Style({
    ...(isLine ? {} : { fill: new Fill({ color: faint(inks.layer, 0.12) }) }),
    stroke: new Stroke({ color: isLine ? inks.border : inks.layer, width: isLine ? 2.5 : 1 }),
    image: new Circle({ radius: 3, fill: new Fill({ color: inks.town }), declutterMode: 'none' }),
    ...(typeof name === 'string' || typeof name === 'number'
      ? { text: label({ text: String(name).slice(0, 60), ink: inks.town, inks }) }
      : {})
  })
}
