import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/**
 * Below those that the system gives to outgoing connections: between the asking and the listening, which is a gateway's
 * whole start, no connection of anybody's can be given this port.
 */
const FIRST = 20_000
const COUNT = 12_000
const TRIES = 100

/**
 * A port of the loopback interface, TCP and UDP, that is free at this moment and that no other caller of this function
 * is given, in this process or another, while this process lives.
 */
export async function freePort(): Promise<number> {
  for (let n = 0; n < TRIES; n++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if ((await isFreeTcp(port)) && (await isFreeUdp(port)) && (await claim(port))) return port
  }
  throw new Error(`none of ${TRIES} ports from ${FIRST} on is free`)
}

/** This port where nobody has it, TCP or UDP, else a free one, which is said. */
export async function portOrFree(port: number, say: (text: string) => void): Promise<number> {
  if ((await isFreeTcp(port)) && (await isFreeUdp(port))) return port
  const other = await freePort()
  say(`(port ${port} is taken: ${other} instead) `)
  return other
}

/**
 * False where another has been given this port and has not begun to listen. A name of Linux's abstract namespace is the
 * mark: one holder, seen by every process of the same network namespace, and gone with its holder however that ends.
 */
function claim(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true)
  return new Promise(done => {
    const mark = createServer()
    mark.once('error', () => done(false))
    mark.listen(`\0callbox-port-${port}`, () => {
      mark.unref()
      done(true)
    })
  })
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
