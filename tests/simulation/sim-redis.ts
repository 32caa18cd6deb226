import { type Publish, RedisKeys } from './redis-keys.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

export type RedisState = 'up' | 'away' | 'standing'

/** A command as it reaches the server. Reads change nothing and are not replicated. */
export interface RedisCommand {
  readonly isWrite: boolean
  /** For the trace. */
  readonly what: string
  readonly run: (keys: RedisKeys, nowMs: number, publish: Publish) => unknown
}

/** How far the copy that a failover or a restart comes back with may be behind, in ms. */
const MAX_LAG_MS = 1_000

/**
 * A Redis with a copy of itself that follows a little later: a replica, or its own file that is written every second.
 * A failover or a crash goes on from the copy, and what had not reached it is lost though it was answered.
 */
export class SimRedis {
  readonly process: SimProcess
  readonly #random: WorldRandom
  readonly #subscribers = new Map<string, Set<Publish>>()
  readonly #links = new Set<{ lost(): void }>()
  readonly #isGuarded: boolean
  #keys: RedisKeys
  #copy: RedisKeys
  /** Writes that the copy does not have yet, in order, and when each reaches it. */
  #onTheWay: { readonly command: RedisCommand; readonly atMs: number; readonly nowMs: number }[] = []
  #state: RedisState = 'up'
  /** It came back without something that it had taken. */
  hasLost = false

  constructor(parts: { process: SimProcess; random: WorldRandom; isGuarded?: boolean }) {
    this.process = parts.process
    this.#random = parts.random
    this.#isGuarded = parts.isGuarded ?? true
    this.#keys = this.#emptyKeys()
    this.#copy = this.#emptyKeys()
  }

  get state(): RedisState {
    return this.#state
  }

  /** `away`: every link breaks. `standing`: links stay, nothing is answered. */
  setState(state: RedisState): void {
    if (state === this.#state) return
    this.#state = state
    if (state === 'standing') this.process.freeze()
    else this.process.thaw()
    if (state === 'away') for (const link of [...this.#links]) link.lost()
  }

  /** The copy takes over; the links break and come again. */
  failOver(): void {
    this.hasLost = true
    this.#catchUp()
    this.#onTheWay = []
    this.#keys = this.#copy
    this.#copy = this.#keys.clone()
    for (const link of [...this.#links]) link.lost()
  }

  flush(): void {
    this.hasLost = true
    this.#keys = this.#emptyKeys()
    this.#copy = this.#emptyKeys()
    this.#onTheWay = []
  }

  attach(link: { lost(): void }): void {
    this.#links.add(link)
  }

  detach(link: { lost(): void }): void {
    this.#links.delete(link)
  }

  /** Runs as the server, when the command has arrived there. */
  execute(command: RedisCommand): unknown {
    const { nowMs } = this.process.time
    const answer = command.run(this.#keys, nowMs, (channel, message) => this.publish(channel, message))
    if (command.isWrite) {
      this.#catchUp()
      const last = this.#onTheWay.at(-1)?.atMs ?? 0
      const atMs = Math.max(last, nowMs + this.#random.next() * MAX_LAG_MS)
      this.#onTheWay.push({ command, atMs, nowMs })
    }
    return answer
  }

  publish(channel: string, message: string): number {
    const listeners = this.#subscribers.get(channel) ?? new Set()
    for (const hear of listeners) hear(channel, message)
    return listeners.size
  }

  subscribe(channel: string, hear: Publish): () => void {
    const listeners = this.#subscribers.get(channel) ?? new Set()
    this.#subscribers.set(channel, listeners.add(hear))
    return () => listeners.delete(hear)
  }

  #catchUp(): void {
    const { nowMs } = this.process.time
    while (this.#onTheWay[0] !== undefined && this.#onTheWay[0].atMs <= nowMs) {
      const next = this.#onTheWay.shift()
      next?.command.run(this.#copy, next.nowMs, () => {})
    }
  }

  #emptyKeys(): RedisKeys {
    return new RedisKeys({ isGuarded: this.#isGuarded })
  }
}
