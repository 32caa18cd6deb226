import type { ComponentType } from 'preact'
import type { Site } from '../api.ts'
import type { Desk } from '../desk.ts'

export interface MapCode {
  readonly MapBoard: ComponentType<{ readonly desk: Desk; readonly site: Site }>
}

/** OpenLayers and all that draws, as a file of its own. */
export function loadMap(): Promise<MapCode> {
  return import('./drawn/map-board.tsx')
}
