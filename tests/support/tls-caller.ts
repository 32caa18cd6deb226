/*
 * A switch that opens a TLS connection for each call, in a process of its own so that its half of the handshakes is
 * not the gateway's: `node tls-caller.ts <port> <rate> <calls> <folder> <name> [hold]`. One line of JSON at the end. With
 * `hold` the connections stay, without a call, until the input ends.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { invite, makeBranch, makeDialog, parseAnswer, request, toTagOf } from './sip-text.ts'

const [port = '', rate = '', count = '', folder = '', name = '', hold = ''] = process.argv.slice(2)
const read = (file: string) => readFile(join(folder, file))
const [ca, cert, key] = [await read('root.pem'), await read(`${name}.pem`), await read(`${name}.key`)]
const tookMs: number[] = []
let failed = 0

function open(): Promise<TLSSocket> {
  const to = { port: Number(port), host: '127.0.0.1', ca, cert, key, noDelay: true }
  const socket = connect({ ...to, checkServerIdentity: () => undefined })
  return once(socket, 'secureConnect').then(() => socket)
}

function answerOf(socket: TLSSocket): Promise<[Buffer]> {
  const closed = once(socket, 'close').then(() => Promise.reject(new Error('closed without an answer')))
  closed.catch(() => {})
  return Promise.race([once(socket, 'data') as Promise<[Buffer]>, closed])
}

/** From the first packet of the connection to the 200 of the INVITE. */
async function call(): Promise<void> {
  const began = performance.now()
  const socket = await open()
  socket.on('error', () => {})
  const via = () => `SIP/2.0/TLS 127.0.0.1:${socket.localPort};branch=${makeBranch()}`
  const dialog = makeDialog()
  socket.write(invite(dialog, { via: via() }), 'latin1')
  const [up] = await answerOf(socket)
  tookMs.push(performance.now() - began)
  const known = { ...dialog, toTag: toTagOf(parseAnswer(up)) }
  socket.write(request({ dialog: known, method: 'ACK', via: via() }))
  socket.write(request({ dialog: known, method: 'BYE', cseq: 2, via: via() }))
  const [over] = await answerOf(socket)
  socket.destroy()
  if (parseAnswer(up).status !== 200 || parseAnswer(over).status !== 200) throw new Error('not answered 200')
}

if (hold !== '') {
  const sockets: TLSSocket[] = []
  while (sockets.length < Number(count)) sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))))
  process.stdout.write('{"open":true}\n')
  await once(process.stdin.resume(), 'end')
  for (const socket of sockets) socket.destroy()
} else {
  const began = performance.now()
  const calls: Promise<void>[] = []
  for (let at = 0; at < Number(count); at++) {
    const dueIn = began + (at * 1000) / Number(rate) - performance.now()
    if (dueIn > 0) await pause(dueIn)
    calls.push(
      call().catch(() => {
        failed += 1
      })
    )
  }
  await Promise.all(calls)
  const seconds = (performance.now() - began) / 1000
  tookMs.sort((a, b) => a - b)
  const [p50, p99] = [0.5, 0.99].map(part => tookMs[Math.floor(tookMs.length * part)]?.toFixed(1))
  process.stdout.write(
    `${JSON.stringify({ calls: calls.length, failed, perSecond: calls.length / seconds, p50, p99 })}\n`
  )
}
