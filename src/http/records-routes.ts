import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { RowResult } from '../records/import/push-records.ts'
import { RECORD_KINDS, RECORD_SCHEMAS, type RecordKind, Tombstone } from '../records/import/record-schemas.ts'
import { parseTime } from '../records/import/record-values.ts'
import { bearerToken } from './bearer-token.ts'
import { ApiRefusal } from './http-server.ts'
import { Refusal } from './sign-on-routes.ts'

/** Why a sender is not heard, or what came of its batch. */
export type PushResult =
  | { readonly kind: 'off' | 'unknown' | 'not-yours' | 'too-many' }
  | { readonly kind: 'taken'; readonly rows: readonly RowResult[] }

export interface RecordsPorts {
  /** Writes a batch of whoever has this token. Rejects as the record does. */
  readonly pushRecords: (
    token: string,
    batch: { readonly kind: RecordKind; readonly asOf: number; readonly rows: readonly unknown[] }
  ) => Promise<PushResult>
  /** What may be asked before a body is read. */
  readonly mayPush: (token: string, kind: RecordKind) => Exclude<PushResult['kind'], 'taken'> | 'yes'
}

const MAX_ROWS = 1_000
const BODY_MAX_BYTES = 2 * 1024 * 1024

const RESULTS = ['added', 'changed', 'unchanged', 'removed', 'absent', 'refused'] as const
const RowAnswer = Type.Object({
  row: Type.Integer({ description: 'Which row of the batch, from 1' }),
  result: Type.Union(
    RESULTS.map(result => Type.Literal(result)),
    {
      description:
        '`unchanged`: it stood there so, or there is something newer; `absent`: what was to be taken away was not there; `refused`: not taken, by code and text'
    }
  ),
  code: Type.Optional(
    Type.String({ description: 'records.bad-row, records.twice, records.not-kept, records.still-needed' })
  ),
  text: Type.Optional(Type.String())
})
const Answer = Type.Object({
  taken: Type.Integer({ description: 'Rows that are in the record as they were sent, or newer' }),
  refused: Type.Integer(),
  rows: Type.Array(RowAnswer, { description: 'Every row of the batch, in its order' })
})
const SomeRefused = Type.Object({ code: Type.Literal('records.refused'), text: Type.String(), ...Answer.properties })

/**
 * Where the systems of a force post what they know. Rows that are in order are taken; when any is not the answer is 422
 * and says which. Rows are checked one by one, so the route's own check is left out.
 */
export function addRecordsRoutes(http: FastifyInstance, { pushRecords, mayPush }: RecordsPorts): void {
  for (const kind of RECORD_KINDS) {
    const body = Type.Object({
      as_of: Type.String({ description: 'When the sender knew it so; of rows that do not say it themselves' }),
      rows: Type.Array(Type.Union([RECORD_SCHEMAS[kind], Tombstone]), { minItems: 1, maxItems: MAX_ROWS })
    })
    const words = {
      summary: `A batch of ${kind} from a system of a force, by record_key; rows that are not taken are named`,
      needsToken: true
    }
    const response = { 200: Answer, 422: SomeRefused, '4xx': Refusal, '5xx': Refusal }
    const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
      const may = mayPush(bearerToken(request), kind)
      if (may !== 'yes') throw refusalOf(may, reply)
    }
    const options = { schema: { words, body, response }, bodyLimit: BODY_MAX_BYTES, onRequest }
    const check = { validatorCompiler: () => () => true }
    http.post(`/api/v1/records/${kind}`, { ...options, ...check }, async (request, reply) => {
      const result = await pushRecords(bearerToken(request), { kind, ...readBody(request.body) })
      if (result.kind !== 'taken') throw refusalOf(result.kind, reply)
      const rows = result.rows.map((row, at) => ({ row: at + 1, ...row }))
      const refused = rows.filter(row => row.result === 'refused').length
      const answer = { taken: rows.length - refused, refused, rows }
      if (refused === 0) return answer
      const text = `${refused} of ${rows.length} rows were not taken; the others were.`
      return reply.code(422).send({ code: 'records.refused', text, ...answer })
    })
  }
}

function readBody(body: unknown): { readonly asOf: number; readonly rows: readonly unknown[] } {
  const { as_of: asOf, rows } = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const read = typeof asOf === 'string' ? parseTime('as_of', asOf) : undefined
  if (read?.kind !== 'read') throw new ApiRefusal(400, 'records.bad-batch', 'as_of must be a time with its zone.')
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MAX_ROWS) {
    throw new ApiRefusal(400, 'records.bad-batch', `rows must be a list of 1 to ${MAX_ROWS}.`)
  }
  return { asOf: read.value, rows }
}

function refusalOf(kind: Exclude<PushResult['kind'], 'taken'>, reply: FastifyReply): ApiRefusal {
  if (kind === 'off') return new ApiRefusal(404, 'records.off', 'No system may post records here.')
  if (kind === 'not-yours') return new ApiRefusal(403, 'records.not-yours', 'This system may not send these records.')
  if (kind === 'unknown') {
    reply.header('www-authenticate', 'Bearer')
    return new ApiRefusal(401, 'records.unknown', 'No system has this token.')
  }
  reply.header('retry-after', '1')
  return new ApiRefusal(429, 'records.too-many', 'More batches than one system may send; come again.')
}
