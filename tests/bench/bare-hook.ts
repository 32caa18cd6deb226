/*
 * What a post that comes out at a WebSocket costs at the least: `node bare-hook.ts`. Reads each body, sends every event of it to
 * whoever has connected, and answers. Writes its port to stdout.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

const open = new Set<WebSocket>()
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { events } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { events: readonly object[] }
    for (const socket of open) for (const event of events) socket.send(JSON.stringify(event))
    response.end('{}')
  })
})
new WebSocketServer({ server }).on('connection', socket => {
  open.add(socket)
  socket.on('close', () => open.delete(socket))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.once('SIGTERM', () => process.exit(0))
