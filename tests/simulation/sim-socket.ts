import type { Wire } from '../../src/delivery/handler-session.ts'
import type { SocketConstructor, SocketLike } from '../../src/sdk/socket-like.ts'
import { SimPipe } from './sim-pipe.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

/** What a gateway does with a console's socket. */
export interface Accepted {
  receive(text: string): void
  closed(): void
}

/** Where a console's socket leads: a gateway's door, open or not. */
export interface Door {
  readonly process: SimProcess
  accept(wire: Wire): Accepted | undefined
}

interface Parts {
  readonly client: SimProcess
  readonly random: WorldRandom
  /** The gateway this try is sent to. */
  readonly door: () => Door | undefined
  readonly isReachable: (to: SimProcess) => boolean
  /** Each frame that arrives at the console, before anything reads it. */
  readonly onFrame: (text: string) => void
}

const TYPICAL_MS = 3
/** What the network itself holds before a sender notices that nobody reads. */
const KERNEL_BYTES = 128 * 1024
const [CONNECTING, OPEN, CLOSED] = [0, 1, 3]
/** Codes of the other side's going without a word. */
const GONE = 1006

type Listener = (event: { readonly data: unknown; readonly code: number }) => void

/** One WebSocket, both ends of it. */
class SimSocket implements SocketLike {
  readyState = CONNECTING
  readonly #listeners = new Map<string, Listener[]>()
  readonly #up: SimPipe
  readonly #down: SimPipe
  readonly #parts: Parts
  readonly #door: Door | undefined
  #accepted: Accepted | undefined
  #isServerOpen = false
  #unreadBytes = 0

  constructor(parts: Parts) {
    const { client, random, door, isReachable } = parts
    this.#parts = parts
    this.#door = door()
    const server = this.#door?.process ?? client
    const both = { random, typicalMs: TYPICAL_MS, isReachable: () => isReachable(server) }
    this.#up = new SimPipe({ ...both, to: server })
    this.#down = new SimPipe({ ...both, to: client })
    if (this.#door === undefined || server.state === 'dead') this.#goneSoon()
    else this.#up.send(() => this.#arrive())
  }

  addEventListener(type: string, listener: Listener | (() => void)): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener as Listener])
  }

  send(text: string): void {
    if (this.readyState !== OPEN) return
    this.#up.send(() => {
      if (!this.#isServerOpen) return
      this.#trace('>', text)
      this.#accepted?.receive(text)
    })
  }

  close(code = 1000): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.#up.send(() => this.#serverClosed())
    this.#parts.client.time.schedule(this.#parts.client, 0, () => this.#emit('close', { data: undefined, code }))
  }

  /** The gateway's process is gone, and its kernel says so. */
  reset(): void {
    this.#up.cut()
    this.#goneSoon()
  }

  #arrive(): void {
    const accepted = this.#door?.accept(this.#wire())
    if (accepted === undefined) {
      this.#goneSoon()
      return
    }
    this.#accepted = accepted
    this.#isServerOpen = true
    this.#down.send(() => {
      if (this.readyState !== CONNECTING) return
      this.readyState = OPEN
      this.#emit('open', { data: undefined, code: 0 })
    })
  }

  #wire(): Wire {
    const close = (code: number) => {
      if (!this.#isServerOpen) return
      this.#down.send(() => this.#gone(code))
      this.#serverClosed()
    }
    return {
      send: (text, onTaken) => {
        if (!this.#isServerOpen) return
        this.#unreadBytes += text.length
        this.#down.send(() => {
          this.#unreadBytes -= text.length
          if (onTaken !== undefined) this.#taken(onTaken)
          if (this.readyState !== OPEN) return
          this.#trace('<', text)
          this.#parts.onFrame(text)
          this.#emit('message', { data: text, code: 0 })
        })
      },
      close,
      cut: close,
      flush: () => {},
      unsentBytes: () => Math.max(0, this.#unreadBytes - KERNEL_BYTES)
    }
  }

  /** The network of the other side has room again. */
  #taken(tell: () => void): void {
    const server = this.#door?.process
    if (server !== undefined) server.time.schedule(server, 0, tell)
  }

  #trace(way: string, text: string): void {
    const { client } = this.#parts
    client.time.trace(`ws ${client.name} ${way} ${text}`)
  }

  #serverClosed(): void {
    if (!this.#isServerOpen) return
    this.#isServerOpen = false
    this.#accepted?.closed()
  }

  #goneSoon(): void {
    this.#down.send(() => this.#gone(GONE))
  }

  #gone(code: number): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.#emit('close', { data: undefined, code })
  }

  #emit(type: string, event: { readonly data: unknown; readonly code: number }): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }
}

/** The console's WebSocket, and a way to reset those that lead to one process. */
export function makeSocketKind(parts: Parts): { Socket: SocketConstructor; reset: (process: SimProcess) => void } {
  const open = new Map<SimSocket, SimProcess | undefined>()
  class Socket extends SimSocket {
    constructor() {
      const door = parts.door()
      super({ ...parts, door: () => door })
      for (const [socket] of open) if (socket.readyState === CLOSED) open.delete(socket)
      open.set(this, door?.process)
    }
  }
  const reset = (process: SimProcess) => {
    for (const [socket, to] of open) if (to === process) socket.reset()
  }
  return { Socket: Socket as SocketConstructor, reset }
}
