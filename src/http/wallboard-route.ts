import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { SignOn } from '../pop/address.ts'
import { Wallboard } from '../pop/board.ts'
import { ApiRefusal } from './http-server.ts'
import { demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

export interface WallboardPorts {
  /** Of this force, or of the person's own. Never rejects: what cannot be counted is said so. */
  readonly readWallboard: (by: SignOn, force: string | undefined) => Promise<Wallboard | 'not-entitled'>
}

const Query = Type.Object(
  { force: Type.Optional(Type.String({ maxLength: 40, description: 'The person’s own unless said' })) },
  { additionalProperties: false }
)

/** The figures of a force for whoever supervises it; asked for every few seconds. */
export function addWallboardRoute(http: FastifyInstance, parts: SignOnParts & WallboardPorts): void {
  const schema = {
    words: { summary: 'How the lines, screens and sources of a force stand, in numbers', needsSignOn: true },
    querystring: Query,
    response: { 200: Wallboard, '4xx': Refusal, '5xx': Refusal }
  }
  http.get<{ Querystring: Static<typeof Query> }>('/api/v1/wallboard', { schema }, async request => {
    const board = await parts.readWallboard(demandSignOn(request, parts), request.query.force)
    if (board !== 'not-entitled') return board
    throw new ApiRefusal(403, 'wallboard.not-entitled', 'The wallboard is for supervisors of the force.')
  })
}
