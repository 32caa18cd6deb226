import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { bearerToken } from './bearer-token.ts'
import { ApiRefusal } from './http-server.ts'
import { Refusal } from './sign-on-routes.ts'

/** In one message or body. */
export const MAX_REPORTS = 2_000
export const UNITS_MAX_BYTES = 2 * 1024 * 1024
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
    neighbourhood: text(80, 'The neighbourhood it belongs to')
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
    { schema, bodyLimit: UNITS_MAX_BYTES, onRequest },
    async (request, reply) => {
      const result = takeUnits(bearerToken(request), request.body.units)
      if (result.kind !== 'taken') throw refusalOf(result.kind, reply)
      const { taken, older, refused } = result
      return { taken, older, refused: refused.length, rows: refused.slice(0, MAX_NAMED) }
    }
  )
}

/** Why nothing of it is taken, for both ways of sending. */
export const UNITS_REFUSALS: Readonly<
  Record<
    Exclude<UnitsResult['kind'], 'taken'>,
    { readonly status: number; readonly code: string; readonly text: string }
  >
> = {
  off: { status: 404, code: 'units.off', text: 'No system may send units here.' },
  'no-units': { status: 404, code: 'units.off', text: 'The force of this system has no units in the config.' },
  'not-yours': { status: 403, code: 'units.not-yours', text: 'This system may not send units.' },
  unknown: { status: 401, code: 'units.unknown', text: 'No system has this token.' },
  'too-many': { status: 429, code: 'units.too-many', text: 'More batches than one system may send; come again.' }
}

function refusalOf(kind: Exclude<UnitsResult['kind'], 'taken'>, reply: FastifyReply): ApiRefusal {
  if (kind === 'unknown') reply.header('www-authenticate', 'Bearer')
  if (kind === 'too-many') reply.header('retry-after', '1')
  const { status, code, text } = UNITS_REFUSALS[kind]
  return new ApiRefusal(status, code, text)
}
