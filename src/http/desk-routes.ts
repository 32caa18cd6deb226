import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type Static } from 'typebox'
import { bearerToken } from './bearer-token.ts'
import { ApiRefusal } from './http-server.ts'
import { Refusal } from './sign-on-routes.ts'

/** A desk somebody is signed on at, as whoever routes calls reads it: nothing of who sits there. */
const DeskState = Type.Object({
  position: Type.String({ maxLength: 64 }),
  devices: Type.Array(Type.String({ maxLength: 64 })),
  state: Type.Union([Type.Literal('live'), Type.Literal('hidden'), Type.Literal('stale'), Type.Literal('gone')], {
    description:
      '`live`: a screen that answers. `hidden`: out of sight for a while. `stale`: silent, as a frozen window is. `gone`: none'
  }),
  since: Type.Optional(Type.Number({ description: 'Epoch ms; absent where no screen has been seen there yet' })),
  mayRoute: Type.Boolean({ description: 'A call that rings here is seen' })
})
export type DeskState = Static<typeof DeskState>

export const DeskStates = Type.Object({
  force: Type.String({ maxLength: 40 }),
  at: Type.Number({ description: 'Epoch ms by the gateway’s clock' }),
  desks: Type.Array(DeskState, { description: 'A desk that is not among them has nobody signed on' })
})
export type DeskStates = Static<typeof DeskStates>

export interface DeskPorts {
  /** The desks of whoever has this token, or why it is not heard. Asks no store. */
  readonly deskStates: (token: string) => DeskStates | 'off' | 'unknown' | 'too-many'
}

/** Where the routing of a switch asks, before it rings, which desks have a screen that answers. */
export function addDeskRoutes(http: FastifyInstance, { deskStates }: DeskPorts): void {
  const schema = {
    words: { summary: 'Which desks of a force have a screen that answers, for whoever routes calls', needsToken: true },
    response: { 200: DeskStates, '4xx': Refusal, '5xx': Refusal }
  }
  http.get('/api/v1/desks', { schema }, async (request, reply) => {
    const states = deskStates(bearerToken(request))
    if (typeof states === 'object') return states
    throw refusalOf(states, reply)
  })
}

function refusalOf(why: 'off' | 'unknown' | 'too-many', reply: FastifyReply): ApiRefusal {
  if (why === 'off') return new ApiRefusal(404, 'desks.off', 'No system may ask for desks here.')
  if (why === 'unknown') {
    reply.header('www-authenticate', 'Bearer')
    return new ApiRefusal(401, 'desks.unknown', 'No system has this token.')
  }
  reply.header('retry-after', '1')
  return new ApiRefusal(429, 'desks.too-many', 'More questions than one system may ask; come again.')
}
