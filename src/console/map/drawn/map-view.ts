import { boundingExtent, createEmpty, type Extent, extend, isEmpty } from 'ol/extent.js'
import { defaults } from 'ol/interaction/defaults.js'
import KeyboardPan from 'ol/interaction/KeyboardPan.js'
import KeyboardZoom from 'ol/interaction/KeyboardZoom.js'
import OlMap from 'ol/Map.js'
import View from 'ol/View.js'
import type { MapSource } from '../map-source.ts'
import { schematicLayer } from './base-layers.ts'
import { areaOf, type CallLayers, callLayers } from './call-layers.ts'
import { type GridLines, gridLines } from './grid-lines.ts'
import { type Inks, readInks } from './inks.ts'
import { mountedLayers } from './mounted-layers.ts'
import { NATIONAL_GRID, placed, useNationalGrid } from './projection.ts'
import { FORCE_AREAS } from './schematic/areas.ts'
import type { MapFix, MapShown } from './shown-on-map.ts'

export interface Drawn {
  readonly metresPerPixel: number
  /** Metres on the grid, of what is in the middle. */
  readonly centre: readonly [easting: number, northing: number]
  /** What each mark of crimes stands for. */
  readonly groups: readonly number[]
}

interface Parts {
  readonly target: HTMLElement
  /** Where the colours are read. */
  readonly swatches: HTMLElement
  readonly source: MapSource
  readonly onDrawn: (drawn: Drawn) => void
  /** A layer of the gateway's did not come. */
  readonly onMissing: (what: string) => void
}

/** Metres a pixel: nearer there is nothing to be seen, farther is the sea. */
const NEAREST = 0.25
const FARTHEST = 800
/** Nearer than this the map does not go by itself: around a fix of some metres there must be something to know it by. */
const NEAREST_BY_ITSELF = 1
/** Of the shorter side of the map this much stays free on each side of what it is zoomed to. */
const MARGIN = 0.2
const ZOOM_STEP = 2

/**
 * One map for as long as it is on the screen. It moves by itself only for another call, another place of the caller or of
 * the incident.
 */
export class MapView {
  readonly #map: OlMap
  readonly #view: View
  readonly #parts: Parts
  readonly #call: CallLayers
  readonly #grid: GridLines
  #inks: Inks
  #shown: MapShown | undefined
  #key = ''
  /** What is seen while there is no call: the forces. */
  #home: Extent
  /** A hand has moved it since the call was opened: from then on it stays where that hand put it. */
  #isByHand = false

  constructor(parts: Parts) {
    useNationalGrid()
    this.#parts = parts
    this.#inks = readInks(parts.swatches)
    this.#home = parts.source.kind === 'schematic' ? home() : createEmpty()
    const inksNow = () => this.#inks
    this.#call = callLayers(inksNow)
    this.#grid = gridLines(inksNow)
    this.#view = new View({
      projection: NATIONAL_GRID,
      minResolution: NEAREST,
      maxResolution: FARTHEST,
      enableRotation: false,
      center: [450_000, 170_000],
      resolution: FARTHEST / 2
    })
    this.#map = new OlMap({
      target: parts.target,
      view: this.#view,
      // None of OpenLayers' own: two of them write markup from strings. Ours are in map-place.tsx.
      controls: [],
      interactions: defaults({
        altShiftDragRotate: false,
        pinchRotate: false,
        keyboard: false,
        zoomDuration: 0
      }).extend([new KeyboardPan({ duration: 0 }), new KeyboardZoom({ duration: 0 })]),
      layers: [
        ...mountedLayers(parts.source, inksNow, {
          onMissing: parts.onMissing,
          onReach: extent => this.#reach(extent)
        }),
        this.#grid.layer,
        ...(parts.source.kind === 'schematic' ? [schematicLayer(inksNow, hasBorders(parts.source))] : []),
        ...this.#call.layers
      ]
    })
    this.#map.on('moveend', () => this.#cover())
    this.#map.on('rendercomplete', () => this.#tell())
    this.#map.once('change:size', () => this.#fit())
    const byHand = () => {
      this.#isByHand = true
    }
    this.#map.on('pointerdrag', byHand)
    for (const type of ['wheel', 'keydown', 'dblclick']) parts.target.addEventListener(type, byHand)
  }

  show(shown: MapShown): void {
    const key = [shown.call, shown.main?.id, shown.offered?.id, shown.incident?.id].join(' ')
    if (shown.call !== this.#shown?.call) this.#isByHand = false
    this.#shown = shown
    this.#call.show(shown)
    if (key !== this.#key && !this.#isByHand) this.#fit()
    this.#key = key
  }

  zoom(towards: 'in' | 'out'): void {
    this.#isByHand = true
    this.#view.adjustResolution(towards === 'in' ? 1 / ZOOM_STEP : ZOOM_STEP)
  }

  /** To the caller again, or to the incident, whoever moved the map. */
  back(): void {
    this.#isByHand = false
    this.#fit()
  }

  /** By the colours of now. */
  repaint(): void {
    this.#inks = readInks(this.#parts.swatches)
    for (const layer of this.#map.getAllLayers()) layer.changed()
  }

  stop(): void {
    this.#map.setTarget(undefined)
    this.#map.dispose()
  }

  /**
   * To where the incident is, when that is elsewhere; else to the whole of what is known of the caller's place, offered or
   * not; without any, to the areas of the forces.
   */
  #fit(): void {
    const size = this.#map.getSize()
    if (size === undefined || size.some(side => side === 0)) return
    const { main, offered, incident } = this.#shown ?? {}
    const fixes = (incident === undefined ? [main, offered] : [incident]).filter(fix => fix !== undefined)
    const margin = Math.min(...size) * (fixes.length === 0 ? 0.02 : MARGIN)
    const extent = fixes.length > 0 ? extentOf(fixes) : isEmpty(this.#home) ? home() : this.#home
    this.#view.fit(extent, { size, padding: [margin, margin, margin, margin], minResolution: NEAREST_BY_ITSELF })
  }

  /** Of a map without the schematic the files of the force say where it is. */
  #reach(extent: Extent): void {
    if (this.#parts.source.kind === 'schematic') return
    this.#home = extend(this.#home, extent)
    if (this.#shown?.main === undefined && !this.#isByHand) this.#fit()
  }

  #cover(): void {
    const resolution = this.#view.getResolution()
    if (resolution !== undefined) this.#grid.cover(this.#view.calculateExtent(this.#map.getSize()), resolution)
  }

  #tell(): void {
    const metresPerPixel = this.#view.getResolution()
    const [easting, northing] = this.#view.getCenter() ?? []
    if (metresPerPixel === undefined || easting === undefined || northing === undefined) return
    this.#parts.onDrawn({ metresPerPixel, centre: [easting, northing], groups: this.#call.groups() })
  }
}

function hasBorders({ layers }: MapSource): boolean {
  return layers.some(({ shows }) => shows === 'boundary')
}

function home(): Extent {
  return boundingExtent(FORCE_AREAS.flatMap(({ line }) => line.map(placed)))
}

function extentOf(fixes: readonly MapFix[]): Extent {
  return fixes.reduce((all, fix) => extend(all, areaOf(fix).getExtent()), createEmpty())
}
