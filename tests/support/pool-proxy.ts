import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type Stop } from '../../src/operations/lifecycle.ts'

/** `slow`: what the server says arrives so many ms later. */
export type PoolState = 'well' | 'away' | 'frozen' | { readonly slowMs: number }

/**
 * Before a PostgreSQL on a unix socket: each pool of a gateway names itself as it connects, and one of them can go bad while
 * the others never notice. What was held back passes when the pool is well again.
 */
export class PoolProxy {
  readonly folder: string
  readonly #target: string
  readonly #server: Server
  readonly #links = new Map<Socket, { readonly far: Socket; name: string; held: (() => void)[] }>()
  readonly #states = new Map<string, PoolState>()
  readonly #stops = new Set<Stop>()

  private constructor(folder: string, target: string) {
    this.folder = folder
    this.#target = target
    this.#server = createServer(near => this.#take(near))
  }

  /** Listens in a folder of its own. */
  static async before(target: string): Promise<PoolProxy> {
    const proxy = new PoolProxy(await mkdtemp(join(tmpdir(), 'callbox-pools-')), target)
    await new Promise<void>(done => proxy.#server.listen(join(proxy.folder, '.s.PGSQL.5432'), done))
    return proxy
  }

  /** `name` as in `callbox-identity`. */
  put(name: string, state: PoolState): void {
    this.#states.set(name, state)
    for (const [near, link] of this.#links) {
      if (link.name !== name) continue
      if (state === 'away') near.destroy()
      if (state === 'well') for (const pass of link.held.splice(0)) pass()
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    for (const near of this.#links.keys()) near.destroy()
    await new Promise<void>(done => this.#server.close(() => done()))
    await rm(this.folder, { recursive: true, force: true })
  }

  #take(near: Socket): void {
    const far = connect(this.#target)
    const link = { far, name: '', held: [] as (() => void)[] }
    this.#links.set(near, link)
    near.on('data', chunk => {
      if (link.name === '') {
        link.name = /application_name\0([^\0]+)\0/.exec(chunk.toString('latin1'))?.[1] ?? '?'
        if (this.#states.get(link.name) === 'away') {
          near.destroy()
          return
        }
      }
      far.write(chunk)
    })
    far.on('data', chunk => this.#back(link, () => near.write(chunk)))
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      from.on('error', () => from.destroy())
      from.on('close', () => {
        this.#links.delete(near)
        to.destroy()
      })
    }
  }

  #back(link: { readonly name: string; readonly held: (() => void)[] }, pass: () => void): void {
    const state = this.#states.get(link.name) ?? 'well'
    if (state === 'frozen' || link.held.length > 0) link.held.push(pass)
    else if (typeof state === 'string') pass()
    else {
      const stop = after(state.slowMs, () => {
        this.#stops.delete(stop)
        pass()
      })
      this.#stops.add(stop)
    }
  }
}
