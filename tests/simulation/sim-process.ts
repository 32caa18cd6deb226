import { AsyncLocalStorage } from 'node:async_hooks'
import type { SimDisk } from './sim-disk.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Whose code runs now; undefined outside any simulated world. */
export const running = new AsyncLocalStorage<SimProcess>()

export interface RandomBytes {
  bytes(count: number): Buffer
  next(): number
}

interface Parts {
  readonly name: string
  readonly time: VirtualTime
  /** What this process has instead of the system's random numbers. */
  readonly random: RandomBytes
  /** Of its machine; a process without one may not touch files. */
  readonly disk?: SimDisk
}

/**
 * One process of the simulated world: a gateway, a console, a switch. It owns its timers and whatever is on its way to
 * it; killed, it never runs again, and frozen, all waits until it is thawed.
 */
export class SimProcess {
  readonly name: string
  readonly time: VirtualTime
  readonly random: RandomBytes
  readonly disk: SimDisk | undefined
  /** How far its wall clock is off, in ms. */
  clockOffMs = 0
  /** Names of abstract sockets it holds; the kernel lets them go with it. */
  readonly locks = new Set<string>()
  readonly #timers = new Set<object>()
  #held: (() => void)[] = []
  #state: 'running' | 'frozen' | 'dead' = 'running'
  #frozenAt = 0

  constructor(parts: Parts) {
    this.name = parts.name
    this.time = parts.time
    this.random = parts.random
    this.disk = parts.disk
  }

  get state(): 'running' | 'frozen' | 'dead' {
    return this.#state
  }

  /** Timers set and not yet fired or cleared. */
  get timers(): number {
    return this.#timers.size
  }

  /** Runs code as this process: what it sets off later belongs to it too. */
  enter<T>(run: () => T): T {
    return running.run(this, run)
  }

  /** Something reaches it: now, when it is thawed, or never. */
  happen(run: () => void): void {
    if (this.#state === 'running') this.enter(run)
    else if (this.#state === 'frozen') this.#held.push(run)
  }

  /** As `setTimeout` and `setInterval`. */
  setTimer(run: () => void, delayMs: number, repeats: boolean): object {
    const everyMs = Math.max(1, delayMs || 0)
    const timer = { stop: () => {} }
    const arm = () => {
      timer.stop = this.time.schedule(this, everyMs, () => {
        if (!this.#timers.has(timer)) return
        if (!repeats) this.#timers.delete(timer)
        run()
        if (repeats && this.#timers.has(timer)) arm()
      })
    }
    this.#timers.add(timer)
    arm()
    return timer
  }

  clearTimer(timer: object): void {
    if (this.#timers.delete(timer)) (timer as { stop: () => void }).stop()
  }

  kill(): void {
    this.#state = 'dead'
    this.#held = []
    this.#timers.clear()
    this.locks.clear()
  }

  freeze(): void {
    if (this.#state !== 'running') return
    this.#state = 'frozen'
    this.#frozenAt = this.time.nowMs
  }

  /** All that came meanwhile happens now, one after the other; how long it stood still. */
  thaw(): number {
    if (this.#state !== 'frozen') return 0
    this.#state = 'running'
    for (const run of this.#held.splice(0)) this.time.schedule(this, 0, run)
    return this.time.nowMs - this.#frozenAt
  }
}
