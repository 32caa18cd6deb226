/*
 * The least that tells many sockets of something: a `ws` server that sends one text to each, in a loop. Started by
 * fan-out.ts with the port and the length of the text; each order over IPC is one broadcast.
 */
import { WebSocket, WebSocketServer } from 'ws'

const [port = '0', bytes = '1000'] = process.argv.slice(2)
const server = new WebSocketServer({ port: Number(port), host: '127.0.0.1', perMessageDeflate: false })
const frame = Buffer.from('x'.repeat(Number(bytes)))

process.on('message', () => {
  const at = performance.timeOrigin + performance.now()
  for (const socket of server.clients) {
    if (socket.readyState === WebSocket.OPEN) socket.send(frame, { binary: false })
  }
  process.send?.({ at })
})
process.on('disconnect', () => process.exit(0))
server.on('listening', () => process.send?.('ready'))
