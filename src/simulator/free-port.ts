import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** A TCP port of the loopback interface that is free at this moment. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** This port where nobody has it, TCP or UDP, else a free one, which is said. */
export async function portOrFree(port: number, say: (text: string) => void): Promise<number> {
  if ((await isFreeTcp(port)) && (await isFreeUdp(port))) return port
  const other = await freePort()
  say(`(port ${port} is taken: ${other} instead) `)
  return other
}

function isFreeTcp(port: number): Promise<boolean> {
  return new Promise(done => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}

function isFreeUdp(port: number): Promise<boolean> {
  return new Promise(done => {
    const socket = createSocket('udp4')
    socket.once('error', () => done(false))
    socket.bind(port, '127.0.0.1', () => socket.close(() => done(true)))
  })
}
