interface Props {
  readonly isMap: boolean
  readonly onMap: (isMap: boolean) => void
}

/** Where there is no room for both: the panels of the call, or the map, in one place. */
export function MapTabs({ isMap, onMap }: Props) {
  return (
    <div class="map-tabs">
      <button type="button" data-act="show-card" aria-pressed={!isMap} onClick={() => onMap(false)}>
        Card
      </button>
      <button type="button" data-act="show-map" aria-pressed={isMap} onClick={() => onMap(true)}>
        Map
      </button>
    </div>
  )
}
