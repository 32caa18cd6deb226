import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, interval } from '../../src/operations/lifecycle.ts'
import { Percentiles } from '../../src/simulator/percentiles.ts'
import { header, invite, makeDialog, parseAnswer, request } from '../support/sip-text.ts'

const HOST = '127.0.0.1'
/** Few enough not to be load itself. */
const EVERY_MS = 25
/** T1 of RFC 3261: an INVITE without any answer is sent again, as every switch does. */
const AGAIN_MS = 500
const LAST_ANSWERS_MS = 2_000

/** Times INVITE to 200 beside a load whose own clock is too coarse; a call without its 200 counts as infinitely late. */
export interface Probe {
  stop(): Promise<Percentiles>
}

export async function startProbe(port: number): Promise<Probe> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 })
  socket.bind(0, HOST)
  await once(socket, 'listening')
  const own = socket.address().port
  const via = () => `SIP/2.0/UDP ${HOST}:${own};branch=z9hG4bK${randomBytes(6).toString('hex')}`
  const open = new Map<string, { readonly at: number; readonly fromTag: string; readonly text: string }>()
  const answer = new Percentiles()
  const send = (text: string) => socket.send(Buffer.from(text, 'latin1'), port, HOST)
  socket.on('message', bytes => {
    const now = performance.now()
    const { status, headers } = parseAnswer(bytes)
    const callId = headers.get('call-id')?.[0] ?? ''
    const call = open.get(callId)
    if (status < 200 || call === undefined || !/INVITE/.test(headers.get('cseq')?.[0] ?? '')) return
    open.delete(callId)
    answer.add(now - call.at)
    const toTag = /;tag=([^;]+)/.exec(header(parseAnswer(bytes), 'to') ?? '')?.[1] ?? ''
    const dialog = { callId, fromTag: call.fromTag, toTag }
    send(request({ dialog, method: 'ACK', via: via() }))
    send(request({ dialog, method: 'BYE', cseq: 2, via: via() }))
  })
  const stopCalling = interval(() => {
    const dialog = makeDialog()
    const text = invite(dialog, { via: via() })
    open.set(dialog.callId, { at: performance.now(), fromTag: dialog.fromTag, text })
    send(text)
  }, EVERY_MS)
  const stopAsking = interval(() => {
    for (const { at, text } of open.values()) if (performance.now() - at > AGAIN_MS) send(text)
  }, AGAIN_MS)
  return {
    stop: async () => {
      stopCalling()
      await new Promise<void>(done => {
        after(LAST_ANSWERS_MS, done)
      })
      stopAsking()
      for (const _ of open) answer.addLost()
      await new Promise<void>(done => socket.close(() => done()))
      return answer
    }
  }
}
