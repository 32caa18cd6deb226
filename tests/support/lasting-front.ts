import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import { after } from '../../src/operations/lifecycle.ts'

const AGAIN_MS = 50

/**
 * Before a gateway that dies: the caller's connection stays, and behind it a new one is opened until there is a
 * gateway again, as a border controller does. SIPp itself ends when its connection is refused once. The port.
 */
export async function makeLastingFront(t: Test, gatewayPort: number): Promise<number> {
  const sockets = new Set<Socket>()
  let isOver = false
  const server = createServer({ noDelay: true }, near => {
    sockets.add(near)
    let far: Socket | undefined
    const waiting: Buffer[] = []
    const open = () => {
      if (isOver) return
      const socket = connect({ port: gatewayPort, host: '127.0.0.1', noDelay: true })
      sockets.add(socket)
      socket.on('connect', () => {
        far = socket
        for (const chunk of waiting.splice(0)) socket.write(chunk)
      })
      socket.on('data', chunk => near.write(chunk))
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        far = undefined
        after(AGAIN_MS, open)
      })
    }
    near.on('data', chunk => (far === undefined ? waiting.push(chunk) : far.write(chunk)))
    near.on('error', () => {})
    open()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    isOver = true
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
