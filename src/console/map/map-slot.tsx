import { useEffect, useState } from 'preact/hooks'
import type { Site } from '../api.ts'
import type { Desk } from '../desk.ts'
import { Icon } from '../icons.tsx'
import { loadMap, type MapCode } from './load-map.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
}

/**
 * The room of the map, there from the first moment. The map itself is no part of the first screen: it comes when it comes,
 * takes no focus, and where it does not come that is said and nothing else is missing.
 */
export function MapSlot({ desk, site }: Props) {
  const [code, setCode] = useState<MapCode | 'loading' | 'failed'>('loading')
  const [tries, setTries] = useState(0)
  useEffect(() => {
    let isGone = false
    setCode('loading')
    loadMap().then(
      loaded => isGone || setCode(loaded),
      () => isGone || setCode('failed')
    )
    return () => {
      isGone = true
    }
  }, [tries])

  if (typeof code === 'object') return <code.MapBoard desk={desk} site={site} />
  const isFailed = code === 'failed'
  return (
    <section class="map" aria-labelledby="map-title" data-state={code}>
      <header>
        <Icon name="place" />
        <h2 id="map-title">Map</h2>
      </header>
      <div class="map-frame map-words" data-trouble={isFailed}>
        <p>
          {isFailed
            ? 'The map could not be loaded. Where the caller is stands in words under Location.'
            : 'The map is being loaded.'}
        </p>
        {isFailed && (
          <button type="button" class="button" onClick={() => setTries(tries + 1)}>
            Try again
          </button>
        )}
      </div>
    </section>
  )
}
