import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { SIGNATURE_HEADER } from '../operations/signature.ts'
import { BATCH_MAX_BYTES, SwitchBatch } from '../switches/webhook/switch-batch.ts'
import type { BatchResult } from '../switches/webhook/webhook-link.ts'
import { ApiRefusal } from './http-server.ts'
import { readBounded } from './raw-body.ts'
import { Refusal } from './sign-on-routes.ts'

export interface SwitchPorts {
  /** What a switch posts, not believed yet. `unsigned`: also of a switch that is not there. */
  readonly takeSwitchEvents: (
    name: string,
    said: { readonly body: Buffer; readonly signature: unknown; readonly receivedAt: number }
  ) => Promise<BatchResult | { readonly kind: 'off' | 'unsigned' }>
}

const TOO_LARGE = {
  maxBytes: BATCH_MAX_BYTES,
  ...{ code: 'switch.too-large', text: 'A batch of events is shorter.' }
}
/** Events that made no sense and are named; the rest is counted. */
const MAX_NAMED = 50

const Answer = Type.Object({
  taken: Type.Integer({ description: 'Kept, or changed nothing that had to be kept' }),
  repeated: Type.Integer({ description: 'Known by their ids' }),
  ignored: Type.Integer({ description: 'Of calls that are not open, or told already' }),
  nonsense: Type.Integer({ description: 'Not understood; to send them again is of no use' }),
  rows: Type.Array(
    Type.Object({ event: Type.Integer({ description: 'Which of the batch, from 1' }), text: Type.String() }),
    {
      description: `Why, of the first ${MAX_NAMED} that were not understood`
    }
  ),
  wants: Type.Optional(
    Type.Literal('snapshot', { description: 'Something was not heard: send a `snapshot` of the calls that are open' })
  )
})
const Params = Type.Object({ name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' }) })

/** Where a switch posts what happens to its calls. The signature is over the very bytes, so they are kept. */
export function addSwitchRoutes(http: FastifyInstance, { takeSwitchEvents }: SwitchPorts): void {
  const arrived = new WeakMap<FastifyRequest, { readonly body: Buffer; readonly receivedAt: number }>()
  const words = {
    summary: 'What happens to the calls of a switch, by the switch itself',
    needsSignature: 'switch'
  } as const
  const schema = { words, params: Params, body: SwitchBatch, response: { 200: Answer, '4xx': Refusal, '5xx': Refusal } }
  const preParsing = async (request: FastifyRequest, _: FastifyReply, payload: Readable) => {
    const receivedAt = Date.now()
    const body = await readBounded(payload, TOO_LARGE)
    arrived.set(request, { body, receivedAt })
    // Nothing of it is looked at before its signature; the server compares what it reads with what was said to come.
    return Object.assign(Readable.from(['{}'], { objectMode: false }), { receivedEncodedLength: body.length })
  }
  const options = { schema, bodyLimit: BATCH_MAX_BYTES, preParsing, validatorCompiler: () => () => true }
  http.post<{ Params: { name: string } }>('/api/v1/switches/:name/events', options, async (request, reply) => {
    const { body = Buffer.alloc(0), receivedAt = 0 } = arrived.get(request) ?? {}
    const said = { body, receivedAt, signature: request.headers[SIGNATURE_HEADER] }
    const result = await takeSwitchEvents(request.params.name, said)
    if (result.kind !== 'read') throw refusalOf(result.kind, reply)
    const { taken, repeated, ignored, refused, nonsense, wantsSnapshot } = result
    if (refused > 0) throw refusalOf('not-kept', reply)
    const rows = nonsense.slice(0, MAX_NAMED)
    const wants = wantsSnapshot ? { wants: 'snapshot' } : {}
    return { taken, repeated, ignored, nonsense: nonsense.length, rows, ...wants }
  })
}

function refusalOf(
  kind: 'off' | 'unsigned' | 'unreadable' | 'busy' | 'too-many' | 'not-kept',
  reply: FastifyReply
): ApiRefusal {
  if (kind === 'busy' || kind === 'too-many' || kind === 'not-kept') reply.header('retry-after', '1')
  switch (kind) {
    case 'off':
      return new ApiRefusal(404, 'switch.off', 'No switch posts its events here.')
    case 'unsigned':
      return new ApiRefusal(401, 'switch.unsigned', 'It is signed by no secret of this switch, or too long ago.')
    case 'unreadable':
      return new ApiRefusal(400, 'switch.unreadable', 'This is no batch of events.')
    case 'too-many':
      return new ApiRefusal(429, 'switch.too-many', 'More batches than this switch may send; come again.')
    case 'busy':
      return new ApiRefusal(503, 'switch.busy', 'More waits to be kept than there is room for; send it again.')
    default:
      return new ApiRefusal(503, 'switch.not-kept', 'Not all of it could be kept; send the same batch again.')
  }
}
