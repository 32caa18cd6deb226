import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { Fault } from '../errors.ts'

/**
 * Holds a data folder for this process, by an abstract unix socket that the kernel lets go with us, however we end.
 * Rejects with `embedded.in-use`. Systems without abstract sockets go without the lock.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = resolve(dataDir)
  if (process.platform !== 'linux') return async () => {}
  const server = createServer(link => link.destroy())
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
  await new Promise<void>((done, fail) => {
    server.once('error', thrown => fail(new Fault('embedded.in-use', { path }, thrown)))
    server.listen(`\0callbox-${name}`, done)
  })
  return () => new Promise(done => server.close(() => done()))
}
