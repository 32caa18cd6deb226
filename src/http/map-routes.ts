import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from './http-server.ts'
import { demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

/** Bytes for a page, and what they are. */
export interface MapBytes {
  readonly body: Buffer
  readonly type: string
  readonly isPacked?: boolean
}

/** What came of asking for a tile. */
export type TileResult = MapBytes | 'absent' | 'busy' | 'away'

export interface MapPorts {
  /** Undefined: there is no such layer. Rejects with `map.layer-unreadable`. */
  readonly readMapLayer: (layer: number) => Promise<MapBytes | undefined>
  readonly fetchMapTile: (tile: { readonly z: number; readonly x: number; readonly y: number }) => Promise<TileResult>
}

/** What is not JSON stands in the document by its type, and goes out as it is. */
const file = (description: string, type: string) => ({ description, content: { [type]: { schema: Type.Any() } } })
const layerAnswers = { 200: file('GeoJSON or TopoJSON', 'application/json'), '4xx': Refusal, '5xx': Refusal }
const tileAnswers = { 200: file('A picture', 'image/*'), '4xx': Refusal, '5xx': Refusal }

const number = (digits: number) => Type.String({ pattern: `^\\d{1,${digits}}$` })
/** The ground is the same tomorrow; kept by the browser of whoever was signed on, and by nothing between. */
const KEPT = 'private, max-age=86400'
/** A file of the force's may be changed any day. */
const KEPT_SHORTLY = 'private, max-age=600'

/** Base map and layers, for pages on which somebody is signed on: the gateway is nobody else's map service. */
export function addMapRoutes(http: FastifyInstance, parts: MapPorts & SignOnParts): void {
  const layer = Type.Object({ layer: number(2) })
  http.get<{ Params: Static<typeof layer> }>(
    '/map/layers/:layer',
    { schema: { words: { summary: 'A layer of the map', needsSignOn: true }, params: layer, response: layerAnswers } },
    async (request, reply) => {
      demandSignOn(request, parts)
      const found = await parts.readMapLayer(Number(request.params.layer))
      if (found === undefined) throw new ApiRefusal(404, 'http.not-found', 'There is nothing here.')
      if (found.isPacked === true) reply.header('content-encoding', 'gzip')
      return reply.type(found.type).header('cache-control', KEPT_SHORTLY).send(found.body)
    }
  )
  const tile = Type.Object({ z: number(2), x: number(8), y: number(8) })
  http.get<{ Params: Static<typeof tile> }>(
    '/map/tiles/:z/:x/:y',
    {
      schema: { words: { summary: 'A tile of the base map', needsSignOn: true }, params: tile, response: tileAnswers }
    },
    async (request, reply) => {
      demandSignOn(request, parts)
      const [z, x, y] = [Number(request.params.z), Number(request.params.x), Number(request.params.y)]
      const found = await parts.fetchMapTile({ z, x, y })
      if (found === 'absent') throw new ApiRefusal(404, 'http.not-found', 'There is nothing here.')
      if (found === 'busy') throw new ApiRefusal(503, 'http.busy', 'Too many come at once. Try again in a moment.')
      if (found === 'away') throw new ApiRefusal(502, 'map.tiles-away', 'The map service does not answer.')
      return reply.type(found.type).header('cache-control', KEPT).send(found.body)
    }
  )
}
