import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type CallId, parseCallId } from '../call/ids.ts'
import { TYPED_MAX } from '../lookups/location/typed-place.ts'
import type { SignOn } from '../pop/address.ts'
import { TypedPlaces } from '../pop/people.ts'
import { ApiRefusal } from './http-server.ts'
import { demandOwnPage, demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

export type Refused = 'not-entitled' | 'unknown'

export interface PlacePorts {
  /** What these words mean as the place of this call's caller. Rejects as the record does. */
  readonly findPlaces: (by: SignOn, callId: CallId, text: string) => Promise<TypedPlaces | Refused>
}

const Body = Type.Object(
  {
    text: Type.String({
      minLength: 2,
      maxLength: TYPED_MAX,
      description: 'An address, a postcode, a grid reference, easting and northing, or latitude and longitude'
    })
  },
  { additionalProperties: false }
)
const Params = Type.Object({ call: Type.String({ maxLength: 36 }) })

const REFUSALS = {
  'not-entitled': [403, 'call.not-entitled', 'This call is not yours to locate.'],
  unknown: [404, 'call.unknown', 'This call is no longer open.']
} as const

/** Where a caller may be by what they say, for whoever has the call; a search of the record is kept with who made it. */
export function addPlaceRoutes(http: FastifyInstance, parts: SignOnParts & PlacePorts): void {
  const schema = {
    words: {
      summary: 'Places that typed words may mean, to confirm one of them',
      needsSignOn: true,
      needsOwnPage: true
    },
    params: Params,
    body: Body,
    response: { 200: TypedPlaces, '4xx': Refusal, '5xx': Refusal }
  }
  http.post<{ Params: Static<typeof Params>; Body: Static<typeof Body> }>(
    '/api/v1/calls/:call/places',
    { schema },
    async request => {
      demandOwnPage(request, parts)
      const by = demandSignOn(request, parts)
      const callId = parseCallId(request.params.call)
      const answer = callId === undefined ? 'unknown' : await parts.findPlaces(by, callId, request.body.text)
      if (typeof answer === 'object') return answer
      const [status, code, text] = REFUSALS[answer]
      throw new ApiRefusal(status, code, text)
    }
  )
}
