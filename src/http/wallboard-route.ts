import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { HandlerId } from '../call/ids.ts'
import { NextGateways } from '../delivery/protocol.ts'
import type { SignOn } from '../pop/address.ts'
import { Wallboard } from '../pop/board.ts'
import { ApiRefusal } from './http-server.ts'
import { demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

export interface WallboardPorts {
  /** Of this force, or of the person's own. Never rejects: what cannot be counted is said so. */
  readonly readWallboard: (by: SignOn, force: string | undefined) => Promise<Wallboard | 'not-entitled'>
  /** Where a wallboard may go on when this gateway does not answer it, each address as its pages have it. */
  readonly gateways?: readonly string[]
  /** Lets its holder in at another gateway, once. */
  readonly giveNextTicket: (handler: HandlerId) => string
  /** Whose it was, the first time it is shown; undefined ever after, and for anything else. */
  readonly spendTicket: (ticket: string) => Promise<HandlerId | undefined>
}

const Query = Type.Object(
  { force: Type.Optional(Type.String({ maxLength: 40, description: 'The person’s own unless said' })) },
  { additionalProperties: false }
)
type Asked = { Querystring: Static<typeof Query> }

/** As a page of several gateways gets it: with where it may ask when this one is gone. */
const WallboardAnswer = Type.Object({ ...Wallboard.properties, next: Type.Optional(NextGateways) })
const TICKET_MAX = 1_024

/** The figures of a force for whoever supervises it; asked for every few seconds. */
export function addWallboardRoute(http: FastifyInstance, parts: SignOnParts & WallboardPorts): void {
  const response = { 200: WallboardAnswer, '4xx': Refusal, '5xx': Refusal }
  const own = {
    words: { summary: 'How the lines, screens and sources of a force stand, in numbers', needsSignOn: true },
    ...{ querystring: Query, response }
  }
  http.get<Asked>('/api/v1/wallboard', { schema: own }, request =>
    toAnswer(parts, demandSignOn(request, parts), request.query.force)
  )

  const away = {
    words: {
      summary: 'The same for a page of another gateway, which has no cookie here: the ticket in `next`, as text'
    },
    ...{ querystring: Query, response },
    body: Type.String({ minLength: 1, maxLength: TICKET_MAX, description: 'The ticket, as `text/plain`; good once' })
  }
  // As text, because a browser asks nobody's leave for that; who may read the answer is said by its headers.
  http.post<Asked & { Body: string }>('/api/v1/wallboard/by-ticket', { schema: away }, async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || parts.gateways?.includes(origin) !== true)
      throw new ApiRefusal(403, 'http.origin', 'This origin may not use the API.')
    reply.headers({ 'access-control-allow-origin': origin, vary: 'origin' })
    const handler = await parts.spendTicket(request.body)
    const signOn = handler === undefined ? undefined : parts.signOnOf(handler)
    if (signOn === undefined) throw new ApiRefusal(401, 'http.not-signed-on', 'Sign on first.')
    return toAnswer(parts, signOn, request.query.force)
  })
}

async function toAnswer(
  { readWallboard, gateways = [], giveNextTicket }: WallboardPorts,
  by: SignOn,
  force: string | undefined
): Promise<Static<typeof WallboardAnswer>> {
  const board = await readWallboard(by, force)
  if (board === 'not-entitled') {
    throw new ApiRefusal(403, 'wallboard.not-entitled', 'The wallboard is for supervisors of the force.')
  }
  if (gateways.length < 2) return board
  return { ...board, next: { ticket: giveNextTicket(by.handler), gateways: [...gateways] } }
}
