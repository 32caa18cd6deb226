import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { bearerToken } from './bearer-token.ts'
import { ApiRefusal } from './http-server.ts'
import { Refusal } from './sign-on-routes.ts'

/** In one message or body. */
export const MAX_REPORTS = 2_000
export const BODY_MAX_BYTES = 2 * 1024 * 1024
/** Refused rows that are named; the rest is counted. */
export const MAX_NAMED = 50

const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }))
const time = (description: string) =>
  Type.Optional(Type.Union([Type.Number({ minimum: 0 }), Type.String({ maxLength: 40 })], { description }))

export const UnitReportBody = Type.Object(
  {
    callsign: Type.String({ minLength: 1, maxLength: 20, description: 'As the force names it' }),
    at: time('When this was so, epoch ms or RFC 3339 with its zone; now unless said'),
    easting: Type.Optional(Type.Number({ description: 'Metres on the National Grid' })),
    northing: Type.Optional(Type.Number()),
    latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    grid: text(20, 'A grid reference'),
    nmea: text(120, 'An RMC or GGA sentence, as the receiver wrote it'),
    status: text(8, 'Code of the force’s radio'),
    type: text(40, 'response, dogs, armed …; where the roster has the unit, that holds'),
    skills: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 40 })),
    driver: Type.Optional(
      Type.Union([Type.Literal('basic'), Type.Literal('response'), Type.Literal('advanced'), Type.Literal('pursuit')])
    ),
    crew: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    shift_ends_at: time('When its crew goes off duty'),
    job: Type.Optional(
      Type.Union([
        Type.Null(),
        Type.Object({ grade: text(20, 'Grade of the force'), reference: text(40, 'Number of the incident') })
      ])
    ),
    neighbourhood: text(40, 'The neighbourhood it belongs to')
  },
  { additionalProperties: false }
)
export type UnitReportBody = Static<typeof UnitReportBody>

/** What became of a batch. */
export interface UnitsTaken {
  readonly taken: number
  /** Older than what is known: a unit sends again what it could not send before. */
  readonly older: number
  readonly refused: readonly { readonly row: number; readonly text: string }[]
}

export type UnitsResult =
  | { readonly kind: 'off' | 'unknown' | 'not-yours' | 'too-many' | 'no-units' }
  | ({ readonly kind: 'taken' } & UnitsTaken)

export interface UnitsPorts {
  /** Whether whoever has this token may send a batch now; asked before a body is read. */
  readonly maySendUnits: (token: string) => Exclude<UnitsResult['kind'], 'taken'> | 'yes'
  readonly takeUnits: (token: string, reports: readonly UnitReportBody[]) => UnitsResult
}

const Answer = Type.Object({
  taken: Type.Integer({ description: 'Reports that changed what is known of a unit, or were signals' }),
  older: Type.Integer({ description: 'Older than what is known; nothing was changed by them' }),
  refused: Type.Integer(),
  rows: Type.Array(
    Type.Object({ row: Type.Integer({ description: 'Which of the batch, from 1' }), text: Type.String() }),
    { description: `Why, of the first ${MAX_NAMED} that were refused` }
  )
})

/** Where the radio or vehicle system of a force says where its units are and what they do. */
export function addUnitsRoutes(http: FastifyInstance, { maySendUnits, takeUnits }: UnitsPorts): void {
  const schema = {
    words: {
      summary: 'Where units are and what they do, from a system of the force; the newest word of each unit holds',
      needsToken: true
    },
    body: Type.Object({ units: Type.Array(UnitReportBody, { minItems: 1, maxItems: MAX_REPORTS }) }),
    response: { 200: Answer, '4xx': Refusal, '5xx': Refusal }
  }
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const may = maySendUnits(bearerToken(request))
    if (may !== 'yes') throw refusalOf(may, reply)
  }
  http.post<{ Body: { readonly units: readonly UnitReportBody[] } }>(
    '/api/v1/units/positions',
    { schema, bodyLimit: BODY_MAX_BYTES, onRequest },
    async (request, reply) => {
      const result = takeUnits(bearerToken(request), request.body.units)
      if (result.kind !== 'taken') throw refusalOf(result.kind, reply)
      const { taken, older, refused } = result
      return { taken, older, refused: refused.length, rows: refused.slice(0, MAX_NAMED) }
    }
  )
}

function refusalOf(kind: Exclude<UnitsResult['kind'], 'taken'>, reply: FastifyReply): ApiRefusal {
  switch (kind) {
    case 'off':
      return new ApiRefusal(404, 'units.off', 'No system may send units here.')
    case 'no-units':
      return new ApiRefusal(404, 'units.off', 'The force of this system has no units in the config.')
    case 'not-yours':
      return new ApiRefusal(403, 'units.not-yours', 'This system may not send units.')
    case 'unknown':
      reply.header('www-authenticate', 'Bearer')
      return new ApiRefusal(401, 'units.unknown', 'No system has this token.')
    default:
      reply.header('retry-after', '1')
      return new ApiRefusal(429, 'units.too-many', 'More batches than one system may send; come again.')
  }
}
