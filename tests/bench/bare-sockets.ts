import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/simulator/free-port.ts'
import { until } from '../support/until.ts'
import type { BareNews } from './bare-crowd.ts'

const WITHIN_MS = 300_000
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** A bare `ws` server and as many bare sockets at it, in a process each: the reference for a room of consoles. */
export interface BareSockets {
  readonly serverPid: number
  /** Epoch ms at which it began. */
  readonly broadcast: () => Promise<number>
  /** When something came, since it was last asked. */
  readonly times: () => Promise<readonly number[]>
  /** Cuts all at once; ms until each was open again, of those that were in time. */
  readonly storm: (withinMs: number) => Promise<readonly number[]>
  readonly stop: () => void
}

export async function openBare({
  sockets,
  bytes,
  openRate
}: {
  readonly sockets: number
  readonly bytes: number
  readonly openRate: number
}): Promise<BareSockets> {
  const port = await freePort()
  const server = fork(script('bare-broadcast.ts'), [String(port), String(bytes)])
  const children: ChildProcess[] = [server]
  const stop = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  try {
    await once(server, 'message')
    const crowd = fork(script('bare-crowd.ts'), [`ws://127.0.0.1:${port}`, String(sockets), String(openRate)])
    children.push(crowd)
    const ask = async (what: 'times' | 'cut' | 'back'): Promise<BareNews> => {
      crowd.send(what)
      const [news] = (await once(crowd, 'message')) as [BareNews]
      return news
    }
    const areOpen = async (withinMs: number) => {
      await until(async () => {
        const { open } = await ask('back')
        return open === sockets ? '' : `${open} of ${sockets} are open`
      }, withinMs)
    }
    await areOpen(WITHIN_MS)
    return {
      serverPid: server.pid ?? 0,
      broadcast: async () => {
        server.send('broadcast')
        const [{ at }] = (await once(server, 'message')) as [{ at: number }]
        return at
      },
      times: async () => (await ask('times')).times,
      storm: async withinMs => {
        const { at } = await ask('cut')
        // Who is not back by then is missing in what is asked for next.
        await areOpen(withinMs).catch(() => {})
        return (await ask('back')).back.map(time => time - at)
      },
      stop
    }
  } catch (thrown) {
    stop()
    throw thrown
  }
}
