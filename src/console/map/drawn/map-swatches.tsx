import type { Ref } from 'preact'

/** As inks.ts reads them. */
const NAMES =
  'caller offered own-crime published-crime incident area border coast road motorway town grid ground layer'.split(' ')

/** Holds the colours of the map, so that style sheets alone say what they are by day and by night. */
export function MapSwatches({ of }: { of: Ref<HTMLDivElement> }) {
  return (
    <div ref={of} class="map-swatches" aria-hidden="true">
      {NAMES.map(name => (
        <i key={name} data-ink={name} />
      ))}
    </div>
  )
}
