import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { reasonOf } from './errors.ts'

/** What no schema can say of the map; docs/configuration.md lists them in these words. */
export const MAP_RULES = {
  mapKind: 'is not built yet: use schematic, topojson, xyz or wmts',
  mapTiles: 'must be given where map.kind is xyz or wmts, and nowhere else',
  mapLayers: 'must have a layer where map.kind is topojson: there would be nothing on the map',
  mapUrl: 'must have {z}, {x} and {y} in it, and {key} exactly where there is a keyFile'
} as const

/** A page is given no larger file. */
export const LAYER_MAX_BYTES = 16 * 1024 * 1024
const TILED = ['xyz', 'wmts']

/** The rules between settings. */
export function checkMap({ map }: Pick<Config, 'map'>): ConfigMistake[] {
  const { kind, tiles, layers } = map
  // Said alone: what else such a map would need is of no use before it is built.
  if (kind === 'pmtiles') return [{ path: 'map.kind', value: toShortJson(kind), rule: MAP_RULES.mapKind }]
  const wrong: ConfigMistake[] = []
  if (TILED.includes(kind) !== (tiles !== undefined)) {
    wrong.push({ path: 'map.tiles', value: tiles === undefined ? 'undefined' : 'set', rule: MAP_RULES.mapTiles })
  }
  if (kind === 'topojson' && layers.length === 0) {
    wrong.push({ path: 'map.layers', value: '[]', rule: MAP_RULES.mapLayers })
  }
  if (tiles !== undefined && !isTemplate(tiles)) {
    wrong.push({ path: 'map.tiles.url', value: 'set', rule: MAP_RULES.mapUrl })
  }
  return wrong
}

function isTemplate({ url, keyFile }: NonNullable<Config['map']['tiles']>): boolean {
  return ['{z}', '{x}', '{y}'].every(part => url.includes(part)) && url.includes('{key}') === (keyFile !== undefined)
}

/** Paths as they stand in the config become paths from anywhere. Before the config is frozen. */
export function placeMapFiles({ map }: Config, configPath: string): void {
  for (const layer of map.layers) layer.file = resolve(dirname(configPath), layer.file)
}

/** Whether the files of layers are there, and no larger than a page should be given. */
export async function checkMapFiles({ map }: Config): Promise<ConfigMistake[]> {
  const wrong: ConfigMistake[] = []
  for (const [at, { file }] of map.layers.entries()) {
    const rule = await stat(file).then(
      ({ size }) => (size > LAYER_MAX_BYTES ? `is larger than ${LAYER_MAX_BYTES} bytes` : undefined),
      thrown => `cannot be read: ${reasonOf(thrown)}`
    )
    if (rule !== undefined) wrong.push({ path: `map.layers[${at}].file`, value: toShortJson(file), rule })
  }
  return wrong
}

/** For the log: an address may hold a key. */
export function redactedMap(map: Config['map']): unknown {
  const { tiles } = map
  if (tiles === undefined) return map
  return { ...map, tiles: { ...tiles, url: 'set', keyFile: tiles.keyFile === undefined ? 'unset' : 'set' } }
}
