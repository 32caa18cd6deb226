import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { MapAnswer } from '../http/map-answer.ts'
import type { MapBytes, MapPorts, TileResult } from '../http/map-routes.ts'
import type { LoadedConfig } from '../operations/config.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import type { Log } from '../operations/log.ts'
import { LAYER_MAX_BYTES } from '../operations/map-checks.ts'
import type { MapConfig } from '../operations/map-schema.ts'

type From = Pick<LoadedConfig, 'config' | 'path'>
type Layer = MapConfig['layers'][number]

/** What the config says, and the areas of the forces where it names their files: those are in degrees. */
function layersOf({ config, path }: From): readonly Layer[] {
  const areas = config.forces.flatMap(({ areaFile }) =>
    areaFile === undefined ? [] : [resolve(dirname(path), areaFile)]
  )
  const known = new Set(config.map.layers.map(({ file }) => file))
  const own = [...new Set(areas)].filter(file => !known.has(file))
  return [...config.map.layers, ...own.map((file): Layer => ({ file, shows: 'boundary', projection: 'EPSG:4326' }))]
}

/** What is told of the map to every page, without where the gateway gets it. */
export function mapAnswer(from: From): MapAnswer {
  const { kind, attribution, tiles } = from.config.map
  return {
    ...{ kind, attribution },
    layers: layersOf(from).map(({ shows, projection, label }, at) => ({
      ...{ url: `/map/layers/${at}`, shows, projection },
      ...(label === undefined ? {} : { label })
    })),
    ...(tiles === undefined
      ? {}
      : {
          tiles: {
            ...{ url: '/map/tiles/{z}/{x}/{y}', projection: tiles.projection, tilePixels: tiles.tilePixels },
            origin: [...tiles.origin],
            resolutions: [...tiles.resolutions]
          }
        })
  }
}

type Tiles = NonNullable<MapConfig['tiles']>

/** Reads the layers from the disk and fetches the tiles from the one service the config names. */
export function makeMapDesk(loaded: From & Pick<LoadedConfig, 'mapKey'>, log: Log): MapPorts {
  const { config, mapKey } = loaded
  const [layers, { tiles }] = [layersOf(loaded), config.map]
  const fetcher = tiles === undefined ? undefined : new TileFetcher(tiles, mapKey ?? '', log)
  return {
    readMapLayer: async at => {
      const layer = layers[at]
      return layer === undefined ? undefined : readLayer(layer.file)
    },
    fetchMapTile: async tile => (await fetcher?.fetch(tile)) ?? 'absent'
  }
}

async function readLayer(path: string): Promise<MapBytes> {
  try {
    const { size } = await stat(path)
    if (size > LAYER_MAX_BYTES) throw new Error(`is larger than ${LAYER_MAX_BYTES} bytes`)
    return { body: await readFile(path), type: 'application/json; charset=utf-8', isPacked: path.endsWith('.gz') }
  } catch (thrown) {
    throw new Fault('map.layer-unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}

const IMAGES = /^image\/(?:png|jpeg|webp)$/

/** Bounded in time, size and number. That the service is away is logged when it begins and when it ends. */
class TileFetcher {
  readonly #tiles: Tiles
  readonly #key: string
  readonly #log: Log
  #running = 0
  #isAway = false

  constructor(tiles: Tiles, key: string, log: Log) {
    this.#tiles = tiles
    this.#key = key
    this.#log = log
  }

  async fetch(tile: { readonly z: number; readonly x: number; readonly y: number }): Promise<TileResult> {
    if (tile.z >= this.#tiles.resolutions.length) return 'absent'
    if (this.#running >= this.#tiles.maxAtOnce) return 'busy'
    this.#running += 1
    try {
      const found = await this.#ask(tile)
      if (this.#isAway) this.#log.info('map.tiles-back', {})
      this.#isAway = false
      return found
    } catch (thrown) {
      if (!this.#isAway) this.#log.fault('map.tiles', new Fault('map.tiles-away', { reason: reasonFor(thrown) }))
      this.#isAway = true
      return 'away'
    } finally {
      this.#running -= 1
    }
  }

  async #ask({ z, x, y }: { readonly z: number; readonly x: number; readonly y: number }): Promise<TileResult> {
    const { url, timeoutMs } = this.#tiles
    const values: Readonly<Record<string, string>> = {
      ...{ z: String(z), x: String(x), y: String(y) },
      key: encodeURIComponent(this.#key)
    }
    const address = url.replace(/\{(z|x|y|key)\}/g, (_, name: string) => values[name] ?? '')
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    // Beyond its edge a map has no tiles, and some services say so.
    if (response.status === 404 || response.status === 204) {
      await response.body?.cancel()
      return 'absent'
    }
    const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? ''
    if (!response.ok || !IMAGES.test(type)) {
      await response.body?.cancel()
      throw new Refused(response.ok ? 'it is no image' : `status ${response.status}`)
    }
    return { body: await this.#readBounded(response), type }
  }

  async #readBounded(response: Response): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > this.#tiles.maxBytes) throw new Refused('it is larger than `map.tiles.maxBytes`')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
}

class Refused extends Error {}

/** Without the address, which may have the key in it. */
function reasonFor(thrown: unknown): string {
  if (thrown instanceof Refused) return thrown.message
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'it did not answer in time'
  const { code } = ((thrown as Error).cause ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z_0-9]{3,60}$/.test(code) ? code : 'the link broke'
}
