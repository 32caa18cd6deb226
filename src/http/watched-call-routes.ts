import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type CallId, UUID_PATTERN } from '../call/ids.ts'
import type { SignOn } from '../pop/address.ts'
import type { PopCard } from '../pop/pop.ts'
import { LiveCalls, PastCalls } from '../pop/watched-calls.ts'
import { type DisclosureRefused, demandCallId, disclosureAnswers, given, Reason } from './disclosure-routes.ts'
import { demandOwnPage, demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

/** Which past calls; `number` as it was typed. */
export interface PastCallsAsk {
  readonly force?: string
  readonly from: number
  readonly until: number
  readonly line?: string
  readonly handler?: string
  readonly number?: string
  readonly after?: { readonly at: number; readonly callId: string }
}

/** A live call as somebody who does not have it sees it. */
export const Peeked = Type.Object({
  peek: Type.String({ description: 'By which it is asked on, every second or two' }),
  card: Type.Unsafe<PopCard>(Type.Unknown({ description: 'As a card of a snapshot of the WebSocket protocol' }))
})
export type Peeked = Static<typeof Peeked>

/** All reject as the record does: what cannot be recorded is not shown. */
export interface WatchedCallPorts {
  readonly liveCalls: (by: SignOn, force: string | undefined) => Promise<LiveCalls | DisclosureRefused>
  readonly pastCalls: (by: SignOn, ask: PastCallsAsk) => Promise<PastCalls | DisclosureRefused>
  readonly beginPeek: (by: SignOn, callId: CallId, reason?: string) => Promise<Peeked | DisclosureRefused>
  readonly goOnPeeking: (by: SignOn, peek: string) => Promise<Peeked | DisclosureRefused>
  readonly endPeek: (by: SignOn, peek: string) => Promise<void>
}

const strict = { additionalProperties: false } as const
const force = Type.Optional(Type.String({ maxLength: 40, description: 'The person’s own unless said' }))
const time = Type.Integer({ minimum: 0, description: 'Epoch ms' })
const PastBody = Type.Object(
  {
    force,
    from: time,
    until: time,
    line: Type.Optional(Type.String({ minLength: 1, maxLength: 20 })),
    handler: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Whoever had it' })),
    number: Type.Optional(Type.String({ minLength: 3, maxLength: 40, description: 'A whole number, however written' })),
    after: Type.Optional(Type.Object({ at: time, callId: Type.String({ pattern: `^${UUID_PATTERN}$` }) }, strict))
  },
  strict
)
const LiveQuery = Type.Object({ force }, strict)
const PeekBody = Type.Object({ call: Type.String({ maxLength: 36 }), reason: Reason }, strict)
const PeekParams = Type.Object({ peek: Type.String({ pattern: '^[0-9]{1,15}$' }) })

/** Calls of others: which there are, and one of them read along. */
export function addWatchedCallRoutes(http: FastifyInstance, parts: SignOnParts & WatchedCallPorts): void {
  const live = {
    words: {
      summary: 'Live calls of a force: where each stands and who has it, nothing of its caller',
      needsSignOn: true
    },
    querystring: LiveQuery,
    response: disclosureAnswers(LiveCalls)
  }
  http.get<{ Querystring: Static<typeof LiveQuery> }>('/api/v1/calls/live', { schema: live }, async request =>
    given(await parts.liveCalls(demandSignOn(request, parts), request.query.force))
  )

  const past = {
    words: {
      summary: 'Calls that have ended, the newest first; by a number too',
      needsSignOn: true,
      needsOwnPage: true
    },
    body: PastBody,
    response: disclosureAnswers(PastCalls)
  }
  http.post<{ Body: Static<typeof PastBody> }>('/api/v1/calls/past', { schema: past }, async request => {
    demandOwnPage(request, parts)
    return given(await parts.pastCalls(demandSignOn(request, parts), request.body))
  })
  addPeeks(http, parts)
}

function addPeeks(http: FastifyInstance, parts: SignOnParts & WatchedCallPorts): void {
  const begin = {
    words: {
      summary: 'Read a live call along; on record before the first card is given',
      needsSignOn: true,
      needsOwnPage: true
    },
    body: PeekBody,
    response: disclosureAnswers(Peeked)
  }
  http.post<{ Body: Static<typeof PeekBody> }>('/api/v1/peeks', { schema: begin }, async request => {
    demandOwnPage(request, parts)
    const { call, reason } = request.body
    return given(await parts.beginPeek(demandSignOn(request, parts), demandCallId(call), reason))
  })

  const goOn = {
    words: {
      summary: 'The card as it stands now; the record has until when it was given',
      needsSignOn: true,
      needsOwnPage: true
    },
    params: PeekParams,
    response: disclosureAnswers(Peeked)
  }
  http.post<{ Params: Static<typeof PeekParams> }>('/api/v1/peeks/:peek', { schema: goOn }, async request => {
    demandOwnPage(request, parts)
    return given(await parts.goOnPeeking(demandSignOn(request, parts), request.params.peek))
  })

  const end = {
    words: { summary: 'The call is read along no more', needsSignOn: true, needsOwnPage: true },
    params: PeekParams,
    response: { 204: Type.Null({ description: 'Over' }), '4xx': Refusal, '5xx': Refusal }
  }
  http.post<{ Params: Static<typeof PeekParams> }>(
    '/api/v1/peeks/:peek/end',
    { schema: end },
    async (request, reply) => {
      demandOwnPage(request, parts)
      await parts.endPeek(demandSignOn(request, parts), request.params.peek)
      return reply.code(204).send()
    }
  )
}
