import { EventEmitter } from 'node:events'
import type { Redis } from 'ioredis'
import { SimPipe } from './sim-pipe.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import type { RedisCommand, SimRedis } from './sim-redis.ts'

/** As operations/redis.ts sets up its links. */
const COMMAND_MS = 1_000
const RETRY_MAX_MS = 250
const TYPICAL_MS = 0.3

interface Waiting {
  readonly failed: (why: Error) => void
}

interface Parts {
  readonly server: SimRedis
  readonly owner: SimProcess
  readonly random: WorldRandom
  readonly isReachable: () => boolean
}

/**
 * What a gateway has of Redis: ioredis as operations/redis.ts sets it up. A command that cannot go fails at once, one
 * without an answer after a second, and either may have been done.
 */
export class SimRedisLink extends EventEmitter {
  status: 'connecting' | 'ready' | 'reconnecting' | 'end' = 'connecting'
  readonly #parts: Parts
  readonly #scripts = new Map<string, { readonly lua: string; readonly keys: number | undefined }>()
  readonly #channels = new Map<string, () => void>()
  #there: SimPipe
  #back: SimPipe
  #waiting = new Set<Waiting>()
  #tries = 0

  constructor(parts: Parts) {
    super()
    this.#parts = parts
    ;[this.#there, this.#back] = this.#pipes()
    this.#connect()
  }

  /** As ioredis types it; commands that are not modelled are not there, and fail loudly. */
  asRedis(): Redis {
    return this as unknown as Redis
  }

  /** Where it says no number of keys, each call begins with it. */
  defineCommand(name: string, { numberOfKeys, lua }: { numberOfKeys?: number; lua: string }): void {
    this.#scripts.set(name, { lua, keys: numberOfKeys })
    Object.assign(this, { [name]: (...args: (string | number)[]) => this.#script(name, args.map(String)) })
  }

  async ping(): Promise<string> {
    await this.#ask({ isWrite: false, what: 'ping', run: () => 'PONG' })
    return 'PONG'
  }

  hget(key: string, field: string): Promise<string | null> {
    return this.#ask({ isWrite: false, what: `hget ${key}`, run: keys => keys.hget(key, field) }) as Promise<
      string | null
    >
  }

  hset(key: string, field: string, text: string): Promise<number> {
    const run: RedisCommand['run'] = keys => keys.hset(key, field, text)
    return this.#ask({ isWrite: true, what: `hset ${key}`, run }) as Promise<number>
  }

  hgetall(key: string): Promise<Record<string, string>> {
    return this.#ask({ isWrite: false, what: `hgetall ${key}`, run: keys => keys.hgetall(key) }) as Promise<
      Record<string, string>
    >
  }

  /** No simulated world lives that long. */
  expire(key: string, _seconds: number): Promise<number> {
    return this.#ask({ isWrite: false, what: `expire ${key}`, run: () => 1 }) as Promise<number>
  }

  hmget(key: string, ...fields: string[]): Promise<(string | null)[]> {
    const run: RedisCommand['run'] = keys => fields.map(field => keys.hget(key, field))
    return this.#ask({ isWrite: false, what: `hmget ${key}`, run }) as Promise<(string | null)[]>
  }

  lrange(key: string, from: number, to: number): Promise<string[]> {
    return this.#ask({ isWrite: false, what: `lrange ${key}`, run: keys => keys.lrange(key, from, to) }) as Promise<
      string[]
    >
  }

  set(key: string, text: string, px: 'PX', ttlMs: number, nx?: 'NX'): Promise<'OK' | null> {
    if (px !== 'PX') throw new Error('the simulated Redis knows SET … PX … and SET … PX … NX only')
    const run: RedisCommand['run'] = (keys, nowMs) =>
      nx === 'NX' ? keys.setOnce(key, text, ttlMs, nowMs) : keys.setFor(key, text, ttlMs, nowMs)
    // What is written over each second is read by nobody, and its copy is not either.
    return this.#ask({ isWrite: nx === 'NX', what: `set ${key}`, run }) as Promise<'OK' | null>
  }

  publish(channel: string, message: string): Promise<number> {
    const { server } = this.#parts
    return this.#ask({
      isWrite: false,
      what: `publish ${channel}`,
      run: () => server.publish(channel, message)
    }) as Promise<number>
  }

  async subscribe(channel: string): Promise<number> {
    await this.#ask({
      isWrite: false,
      what: `subscribe ${channel}`,
      run: () => {
        const { server } = this.#parts
        const hear = (to: string, message: string) => this.#back.send(() => this.emit('message', to, message))
        this.#channels.get(channel)?.()
        this.#channels.set(channel, server.subscribe(channel, hear))
      }
    })
    return 1
  }

  disconnect(): void {
    this.status = 'end'
    this.#break(new Error('Connection is closed.'))
  }

  /** The server, or what is between, let the link go. */
  lost(): void {
    const { owner } = this.#parts
    owner.time.schedule(owner, this.#parts.random.delayMs(TYPICAL_MS), () => {
      if (this.status === 'end') return
      this.status = 'reconnecting'
      this.#break(new Error('Connection is closed.'))
      this.emit('close')
      this.#reconnect()
    })
  }

  #script(name: string, given: readonly string[]): Promise<unknown> {
    const script = this.#scripts.get(name)
    if (script === undefined) throw new Error(`no script ${name}`)
    const { lua, keys: fixed } = script
    const count = fixed ?? Number(given[0])
    const args = fixed === undefined ? given.slice(1) : given
    return this.#ask({
      isWrite: true,
      what: `${name} ${args[0]} ${args[count]}`,
      run: (keys, nowMs, publish) => keys.script(lua, args.slice(0, count), args.slice(count), nowMs, publish)
    })
  }

  #ask(command: RedisCommand): Promise<unknown> {
    if (this.status !== 'ready') {
      return Promise.reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"))
    }
    const { server, owner } = this.#parts
    return new Promise((answered, failed) => {
      const timer = setTimeout(() => give(() => failed(new Error('Command timed out'))), COMMAND_MS)
      const waiting: Waiting = { failed: why => give(() => failed(why)) }
      const give = (run: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(waiting)
        run()
      }
      this.#waiting.add(waiting)
      const back = this.#back
      this.#there.send(() => {
        const answer = server.execute(command)
        owner.time.trace(`redis ${owner.name} ${command.what} ${JSON.stringify(answer)}`)
        back.send(() => give(() => answered(answer)))
      })
    })
  }

  #connect(): void {
    const { server, isReachable } = this.#parts
    const isUp = server.state === 'up' && isReachable()
    if (!isUp) {
      this.#reconnect()
      return
    }
    ;[this.#there, this.#back] = this.#pipes()
    server.attach(this)
    this.status = 'ready'
    this.#tries = 0
    this.emit('ready')
  }

  #reconnect(): void {
    this.#tries += 1
    setTimeout(() => this.status !== 'end' && this.#connect(), Math.min(this.#tries * 50, RETRY_MAX_MS))
  }

  #break(why: Error): void {
    this.#parts.server.detach(this)
    this.#there.cut()
    this.#back.cut()
    for (const end of this.#channels.values()) end()
    this.#channels.clear()
    for (const { failed } of [...this.#waiting]) failed(why)
  }

  #pipes(): [SimPipe, SimPipe] {
    const { server, owner, random, isReachable } = this.#parts
    const both = { random, typicalMs: TYPICAL_MS, isReachable }
    return [new SimPipe({ ...both, to: server.process }), new SimPipe({ ...both, to: owner })]
  }
}
