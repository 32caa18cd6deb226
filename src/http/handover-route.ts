import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { UUID_PATTERN } from '../call/ids.ts'
import { ControlWord, parseControlWord } from '../handover/control-word.ts'
import type { SayResult } from '../handover/handover-book.ts'
import { SIGNATURE_HEADER } from '../operations/signature.ts'
import { ApiRefusal } from './http-server.ts'
import { readBounded } from './raw-body.ts'
import { Refusal } from './sign-on-routes.ts'

/** What a command and control says, not believed yet; `word` reads it, when its signature is found good. */
export interface SaidByControl {
  readonly body: Buffer
  readonly signature: unknown
  readonly word: () => ControlWord | undefined
}

export interface HandoverPorts {
  /** Rejects as the record does. `off`: no force has a command and control. */
  readonly takeControlWord: (id: string, said: SaidByControl) => Promise<SayResult | 'off' | 'unsigned' | 'unreadable'>
}

const BODY_MAX_BYTES = 8 * 1024
const TOO_LARGE = {
  maxBytes: BODY_MAX_BYTES,
  ...{ code: 'handover.too-large', text: 'A word about a hand-over is shorter.' }
}
const Answer = Type.Object({
  result: Type.Union([Type.Literal('moved'), Type.Literal('as-it-was'), Type.Literal('over')], {
    description: '`as-it-was`: it was said already, or is older than what is known; `over`: the hand-over is over'
  })
})
const Params = Type.Object({ id: Type.String({ pattern: `^${UUID_PATTERN}$` }) })

/** Where command and control says how a hand-over stands. The signature is over the very bytes, so they are kept. */
export function addHandoverRoute(http: FastifyInstance, { takeControlWord }: HandoverPorts): void {
  const bodies = new WeakMap<FastifyRequest, Buffer>()
  const words = { summary: 'How a hand-over stands, by command and control', needsSignature: 'control' } as const
  const schema = { words, params: Params, body: ControlWord, response: { 200: Answer, '4xx': Refusal, '5xx': Refusal } }
  const preParsing = async (request: FastifyRequest, _: FastifyReply, payload: Readable) => {
    const body = await readBounded(payload, TOO_LARGE)
    bodies.set(request, body)
    return Readable.from([body], { objectMode: false })
  }
  // Nothing of it is looked at before its signature.
  const validatorCompiler = () => () => true
  const options = { schema, bodyLimit: BODY_MAX_BYTES, preParsing, validatorCompiler }
  http.post<{ Params: { id: string } }>('/api/v1/handovers/:id/state', options, async request => {
    const { headers, params } = request
    const body = bodies.get(request) ?? Buffer.alloc(0)
    if (!UUID.test(params.id)) throw refusalOf('unknown')
    const said = { body, signature: headers[SIGNATURE_HEADER], word: () => parseControlWord(body) }
    const result = await takeControlWord(params.id, said)
    if (result === 'moved' || result === 'as-it-was' || result === 'over') return { result }
    throw refusalOf(result)
  })
}

const UUID = new RegExp(`^${UUID_PATTERN}$`)

function refusalOf(result: 'off' | 'unsigned' | 'unreadable' | 'unknown' | 'unseen' | 'busy'): ApiRefusal {
  switch (result) {
    case 'off':
      return new ApiRefusal(404, 'handover.off', 'No command and control is attached here.')
    case 'unsigned':
      return new ApiRefusal(401, 'handover.unsigned', 'It is signed by no secret of ours, or too long ago.')
    case 'unreadable':
      return new ApiRefusal(400, 'handover.unreadable', 'This is no word about a hand-over.')
    case 'busy':
      return new ApiRefusal(503, 'handover.busy', 'Others speak of it at this moment; say it again.')
    default:
      return new ApiRefusal(404, 'handover.unknown', 'There is no such hand-over of this force.')
  }
}
