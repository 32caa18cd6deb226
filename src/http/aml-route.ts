import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { ApiRefusal } from './http-server.ts'
import { Refusal } from './sign-on-routes.ts'

export interface AmlPorts {
  /** Whether anybody may post here: a key is set. */
  readonly isAmlOn: () => boolean
  /** Joins a posted place to its call, or says why not. */
  readonly takeAml: (body: Buffer) => Promise<'joined' | 'kept' | 'no-place' | 'refused' | 'unreadable'>
}

const FORM = 'application/x-www-form-urlencoded'
const BODY_MAX_BYTES = 4 * 1024
const AmlAnswer = Type.Object({
  result: Type.Union([Type.Literal('joined'), Type.Literal('kept'), Type.Literal('no-place')], {
    description:
      '`joined`: to a live call of the number; `kept`: for a call that may come; `no-place`: the phone has none yet'
  })
})
const words = {
  summary: 'The place of a phone that called (AML), as a form signed with HMAC-SHA1; off where no key is set',
  form: 'The fields of ETSI TS 103 625, or `sms` with `device_number`; the last is `hmac`, in hexadecimal'
}

/** Where phones’ makers and relays of text messages post places. Its own parser: the signature is over the very bytes. */
export function addAmlRoute(http: FastifyInstance, { isAmlOn, takeAml }: AmlPorts): void {
  http.addContentTypeParser(FORM, { parseAs: 'buffer', bodyLimit: BODY_MAX_BYTES }, (_request, body, done) =>
    done(null, body)
  )
  const schema = { words, response: { 200: AmlAnswer, '4xx': Refusal, '5xx': Refusal } }
  http.post('/api/v1/aml', { schema, bodyLimit: BODY_MAX_BYTES }, async request => {
    if (!isAmlOn()) throw new ApiRefusal(404, 'aml.off', 'AML is not taken here.')
    if (!Buffer.isBuffer(request.body)) throw new ApiRefusal(415, 'aml.no-form', `Post it as ${FORM}.`)
    const result = await takeAml(request.body)
    if (result === 'refused') throw new ApiRefusal(401, 'aml.refused', 'It is signed by no key of ours.')
    if (result === 'unreadable') throw new ApiRefusal(400, 'aml.unreadable', 'It cannot be read.')
    return { result }
  })
}
