import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * A link in the middle that can go bad in the ways links do. `silent`: open, and nothing passes, as behind a firewall
 * that forgot it. `away`: closed, and new ones are refused, as when the server has ended.
 */
export interface SilentProxy {
  readonly path: string
  readonly folder: string
  /** Where it listens, when the server behind it is on a port. */
  readonly port: number
  pass(): Promise<void>
  silent(): void
  /** The links there are stay open and dead for good, as after a firewall lost its table; new ones pass. */
  forget(): void
  away(): Promise<void>
}

/**
 * Before a server on a unix socket (`name` is the name of the new one) or on a port of this machine (the new one is
 * any free one, and stays it). Ended with the test.
 */
export async function makeSilentProxy(
  t: Pick<Test, 'teardown'>,
  target: string | number,
  name = 'proxy.sock'
): Promise<SilentProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-proxy-'))
  const path = join(folder, name)
  const sockets = new Set<Socket>()
  const dead = new Set<Socket>()
  let isSilent = false
  const server = createServer({ pauseOnConnect: true }, near => {
    const far = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(from)
      from.on('error', () => from.destroy())
      from.on('close', () => {
        sockets.delete(from)
        dead.delete(from)
        to.destroy()
      })
      from.on('data', chunk => to.write(chunk))
      if (isSilent) from.pause()
    }
    if (!isSilent) near.resume()
  })
  let port = 0
  const listen = () =>
    new Promise<void>(done => {
      if (typeof target === 'string') server.listen(path, done)
      else server.listen(port, '127.0.0.1', done)
    })
  const close = async () => {
    const closed = new Promise<void>(done => (server.listening ? server.close(() => done()) : done()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen()
  const address = server.address()
  if (typeof address === 'object' && address !== null) port = address.port
  t.teardown(async () => {
    await close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    path,
    folder,
    port,
    pass: async () => {
      isSilent = false
      for (const socket of sockets) if (!dead.has(socket)) socket.resume()
      if (!server.listening) await listen()
    },
    silent: () => {
      isSilent = true
      for (const socket of sockets) socket.pause()
    },
    forget: () => {
      for (const socket of sockets) dead.add(socket.pause())
    },
    away: close
  }
}
