import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type Static, type TSchema } from 'typebox'
import { type CallId, parseCallId } from '../call/ids.ts'
import type { SignOn } from '../pop/address.ts'
import { toCallCsv } from '../pop/call-csv.ts'
import { CallRecord } from '../pop/call-record.ts'
import { type EveryCallPanel, PANEL_NAMES } from '../pop/pop.ts'
import type { ReplayStep } from '../pop/replay.ts'
import { ApiRefusal } from './http-server.ts'
import { demandOwnPage, demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

export type DisclosureRefused = 'not-entitled' | 'unknown' | 'too-many' | 'needs-reason' | 'too-long'

const ReplayedMoment = Type.Object({
  at: Type.Number(),
  of: Type.String(),
  kind: Type.String(),
  who: Type.String(),
  words: Type.String()
})

/** What a screen needs to draw a call again; `ev` are events of the WebSocket protocol, for the same reducer. */
export const Replay = Type.Object({
  call: Type.String({ maxLength: 36 }),
  steps: Type.Array(
    Type.Object({
      at: Type.Number({ description: 'Epoch ms' }),
      ev: Type.Unsafe<ReplayStep['ev']>(Type.Unknown({ description: 'As `ev` of the WebSocket protocol' }))
    })
  ),
  moments: Type.Array(ReplayedMoment, { description: 'All that was said and done, for the time line' }),
  notKept: Type.Array(Type.Unsafe<EveryCallPanel>(Type.Union(PANEL_NAMES.map(name => Type.Literal(name)))), {
    description: 'Panels of which nothing is known any more'
  })
})
export type Replay = Static<typeof Replay>

/** All reject as the record does: what cannot be recorded is not shown. */
export interface DisclosurePorts {
  readonly exportCall: (
    by: SignOn,
    callId: CallId,
    how: { readonly format: 'json' | 'csv'; readonly reason?: string }
  ) => Promise<CallRecord | DisclosureRefused>
  readonly notePrint: (by: SignOn, callId: CallId, reason?: string) => Promise<'noted' | DisclosureRefused>
  readonly replayCall: (by: SignOn, callId: CallId, reason?: string) => Promise<Replay | DisclosureRefused>
}

const REFUSALS: Readonly<Record<DisclosureRefused, readonly [number, string]>> = {
  'not-entitled': [403, 'This is not yours to see.'],
  unknown: [404, 'No such call is on record.'],
  'too-many': [429, 'Too many questions. Wait a minute.'],
  'needs-reason': [422, 'Give a reason.'],
  'too-long': [413, 'More was said of this call than an export holds.']
}

export const Reason = Type.Optional(
  Type.String({ minLength: 1, maxLength: 300, description: 'Kept with who asked; some forces ask for one' })
)
export const CallParams = Type.Object({ call: Type.String({ maxLength: 36 }) })
const ExportBody = Type.Object(
  { format: Type.Union([Type.Literal('json'), Type.Literal('csv')]), reason: Reason },
  { additionalProperties: false }
)
const ReasonBody = Type.Object({ reason: Reason }, { additionalProperties: false })

type OfCall<Body> = { Params: Static<typeof CallParams>; Body: Body }

export const disclosureAnswers = (ok: TSchema) => ({ 200: ok, '4xx': Refusal, '5xx': Refusal })

/** One call taken out of the gateway or played again: asked for by body, and on record before it is given. */
export function addDisclosureRoutes(http: FastifyInstance, parts: SignOnParts & DisclosurePorts): void {
  const words = (summary: string) => ({ summary, needsSignOn: true, needsOwnPage: true })
  const exported = {
    words: words('All that was said of a call, as JSON or CSV; who exported it is on record'),
    params: CallParams,
    body: ExportBody,
    response: disclosureAnswers(CallRecord)
  }
  http.post<OfCall<Static<typeof ExportBody>>>(
    '/api/v1/calls/:call/export',
    { schema: exported },
    async (request, reply) => {
      demandOwnPage(request, parts)
      const by = demandSignOn(request, parts)
      const callId = demandCallId(request.params.call)
      const { format, reason } = request.body
      const record = given(await parts.exportCall(by, callId, { format, ...(reason === undefined ? {} : { reason }) }))
      return attach(reply, callId, format, format === 'csv' ? toCallCsv(record) : JSON.stringify(record, null, 2))
    }
  )

  const printed = {
    words: words('A call is printed; the answer is the page’s leave to do so'),
    params: CallParams,
    body: ReasonBody,
    response: { 204: Type.Null({ description: 'On record' }), '4xx': Refusal, '5xx': Refusal }
  }
  http.post<OfCall<Static<typeof ReasonBody>>>(
    '/api/v1/calls/:call/print',
    { schema: printed },
    async (request, reply) => {
      demandOwnPage(request, parts)
      given(await parts.notePrint(demandSignOn(request, parts), demandCallId(request.params.call), request.body.reason))
      return reply.code(204).send()
    }
  )

  const replayed = {
    words: words('A call as its screen was drawn, to be played again; who had it played is on record'),
    params: CallParams,
    body: ReasonBody,
    response: disclosureAnswers(Replay)
  }
  http.post<OfCall<Static<typeof ReasonBody>>>('/api/v1/calls/:call/replay', { schema: replayed }, async request => {
    demandOwnPage(request, parts)
    return given(
      await parts.replayCall(demandSignOn(request, parts), demandCallId(request.params.call), request.body.reason)
    )
  })
}

export function demandCallId(text: string): CallId {
  return given(parseCallId(text) ?? 'unknown')
}

/** What was answered, or the refusal in its words. */
export function given<T>(answer: T | DisclosureRefused): T {
  if (typeof answer !== 'string' || !Object.hasOwn(REFUSALS, answer)) return answer as T
  const [status, text] = REFUSALS[answer as DisclosureRefused]
  throw new ApiRefusal(status, `disclosure.${answer}`, text)
}

/** Its name has the call's id and nothing of anybody. */
function attach(reply: FastifyReply, callId: CallId, format: 'json' | 'csv', text: string): FastifyReply {
  const type = format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8'
  return reply.header('content-disposition', `attachment; filename="call-${callId}.${format}"`).type(type).send(text)
}
