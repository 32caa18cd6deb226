import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { FastRequest } from './fast-request.ts'

/**
 * The To-tag of our answers to an INVITE. Not to be guessed: with Call-ID and From-tag it is all that a later request
 * must know. And the same at every gateway that has the secret: a switch that asks a second one, because the first stood
 * still with the answer on its lips, has one dialog with both, and may end it at either. A Call-ID used again comes
 * with another branch of the switch's own, which its Via, the last, names.
 */
export function toTagMaker(secret: Buffer = randomBytes(32)): (request: FastRequest) => string {
  // Made from bytes anew each time it costs six times what the hash does (Node 24).
  const key = createSecretKey(secret)
  return request => {
    const { callId, fromTag, cseq } = request
    const branch = /;\s*branch=([^;,\s]*)[^,]*$/i.exec(request.all('via').at(-1) ?? '')?.[1] ?? ''
    const named = ['to-tag', callId, fromTag, String(cseq), branch].join('\u0000')
    return createHmac('sha256', key).update(named).digest('hex').slice(0, 16)
  }
}
