import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Site } from '../../api.ts'
import type { Desk } from '../../desk.ts'
import { Icon } from '../../icons.tsx'
import { theme } from '../../settings.ts'
import { groundWords, SCHEMATIC, sourceWords } from '../map-source.ts'
import { MapList } from './map-list.tsx'
import { MapSwatches } from './map-swatches.tsx'
import { type Drawn, MapView } from './map-view.ts'
import { scaleOf, scaleWords } from './map-words.ts'
import { toShown } from './shown-on-map.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
}

/** The map and, beside it, all it shows in words. */
export function MapBoard({ desk, site }: Props) {
  const card = desk.openCard.value
  const { location, crimes, 'incidents-nearby': incidents } = card?.panels ?? {}
  // Of the card only what is drawn, or whatever changes on it would draw anew.
  const shown = useMemo(() => toShown(card), [card?.call, card?.pop.offer, location, crimes, incidents])
  const source = site.map ?? SCHEMATIC
  const canvas = useRef<HTMLElement>(null)
  const swatches = useRef<HTMLDivElement>(null)
  const [view, setView] = useState<MapView | undefined>(undefined)
  const [drawn, setDrawn] = useState<Drawn | undefined>(undefined)
  const [missing, setMissing] = useState('')

  // Made once: what the ground is does not change while somebody is signed on.
  useEffect(() => {
    if (canvas.current === null || swatches.current === null) return
    const parts = { target: canvas.current, swatches: swatches.current, source }
    const made = new MapView({ ...parts, onDrawn: setDrawn, onMissing: setMissing })
    setView(made)
    return () => made.stop()
  }, [])
  useEffect(() => view?.show(shown), [view, shown])
  useRepaint(view)

  return (
    <section class="map" aria-labelledby="map-title" data-state={view === undefined ? 'loading' : 'ready'}>
      <header>
        <Icon name="place" />
        <h2 id="map-title">Map</h2>
        <span class="status">{sourceWords(source)}</span>
      </header>
      <div class="map-frame">
        <section
          ref={canvas}
          class="map-canvas"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows move it, + and − zoom.
          tabIndex={0}
          aria-label="Map: arrow keys move it, plus and minus zoom. All it shows is in the list after it."
          data-metres-per-pixel={drawn?.metresPerPixel}
          data-centre={drawn?.centre.map(Math.round).join(' ')}
          data-groups={drawn?.groups.join(' ')}
        />
        <MapTools view={view} drawn={drawn} back={shown.incident === undefined ? 'caller' : 'incident'} />
        <MapSwatches of={swatches} />
      </div>
      <MapList shown={shown} missing={missing} ground={groundWords(source, drawn?.metresPerPixel)} />
    </section>
  )
}

/** The page's theme, or the system's where the page follows it. */
function useRepaint(view: MapView | undefined): void {
  const name = theme.value
  useEffect(() => {
    const repaint = () => view?.repaint()
    repaint()
    const night = window.matchMedia('(prefers-color-scheme: dark)')
    night.addEventListener('change', repaint)
    return () => night.removeEventListener('change', repaint)
  }, [view, name])
}

const SCALE_PIXELS = 120

interface ToolProps {
  readonly view: MapView | undefined
  readonly drawn: Drawn | undefined
  /** What the map goes back to. */
  readonly back: 'caller' | 'incident'
}

function MapTools({ view, drawn, back }: ToolProps) {
  const scale = drawn === undefined ? undefined : scaleOf(drawn.metresPerPixel, SCALE_PIXELS)
  return (
    <>
      <div class="map-buttons">
        <button type="button" class="button" aria-label="Zoom in" title="Zoom in" onClick={() => view?.zoom('in')}>
          +
        </button>
        <button type="button" class="button" aria-label="Zoom out" title="Zoom out" onClick={() => view?.zoom('out')}>
          −
        </button>
        <button
          type="button"
          class="button"
          aria-label={`Back to the ${back}`}
          title={`Back to the ${back}`}
          onClick={() => view?.back()}
        >
          <Icon name="place" />
        </button>
      </div>
      {scale !== undefined && (
        <p class="map-scale">
          <svg width={scale.pixels} height="8" aria-hidden="true" focusable="false">
            <path d={`M1 0V7H${scale.pixels - 1}V0`} />
          </svg>
          <span>
            <span class="for-readers">The bar on the map is </span>
            {scaleWords(scale.metres)}
          </span>
        </p>
      )}
    </>
  )
}
