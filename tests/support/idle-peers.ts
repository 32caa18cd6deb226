/*
 * Connections that are opened and then say nothing, in a process of their own, because files are counted by process:
 * `node idle-peers.ts <port> <count>`. Says `open` when all are; ends when its input does.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const [port, count] = process.argv.slice(2).map(Number)
const AT_ONCE = 200

const sockets: Socket[] = []
let closed = 0
while (sockets.length < (count ?? 0)) {
  const some = Array.from({ length: Math.min(AT_ONCE, (count ?? 0) - sockets.length) }, () => {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.on('close', () => {
      closed += 1
    })
    return socket
  })
  await Promise.all(some.map(socket => once(socket, 'connect')))
  sockets.push(...some)
}
process.stdout.write('open\n')
await once(process.stdin.resume(), 'end')
process.stdout.write(`closed ${closed}\n`)
for (const socket of sockets) socket.resetAndDestroy()
