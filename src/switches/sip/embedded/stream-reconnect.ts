import type { Socket } from 'node:net'
import { reasonOf } from '../../../operations/errors.ts'
import { after } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { Flow, Sender } from './flow.ts'

/** Where an answer has to go: the sender of its request, at the port of its Via. */
export interface Way {
  readonly transport: 'tcp' | 'tls'
  readonly from: Sender
  readonly port: number
  /** Our address on the connection that is gone, which the peer knows us by. */
  readonly localAddress: string | undefined
  readonly ownPort: number
}

/** A connection that is being opened: `socket` ends it, `flow` is there when it may be written to. */
export interface Dialled {
  readonly socket: Socket
  readonly flow: Promise<Flow>
}

interface Parts {
  /** Undefined where one more connection may not be. */
  readonly dial: (way: Way) => Dialled | undefined
  readonly log: Log
  readonly metrics: Metrics
}

interface Opened {
  /** Answers that wait for the connection. */
  readonly waiting: Buffer[]
  readonly socket: Socket
  flow?: Flow
}

const CONNECT_MS = 4_000
/** Connections of ours at once, open or being opened. */
const MAX_OPENED = 200
/** Answers that wait for one of them. */
const MAX_WAITING = 1_000

/**
 * Answers whose connection the peer has closed meanwhile: one connection to the sender's own address at the port of
 * its Via carries them (RFC 3261 §18.2.2). Over TCP nobody sends a request again, so an answer that is lost is a call
 * that is lost for the switch.
 */
export class StreamReconnect {
  readonly #parts: Parts
  readonly #opened = new Map<string, Opened>()
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#opened.size
  }

  send(bytes: Buffer, way: Way): void {
    const key = `${way.transport}|${way.from.address}|${way.port}`
    const opened = this.#opened.get(key) ?? this.#open(key, way)
    if (opened === undefined) this.#lose('reconnect-limit')
    else if (opened.flow !== undefined) opened.flow.send(bytes)
    else if (opened.waiting.length < MAX_WAITING) opened.waiting.push(bytes)
    else this.#lose('reconnect-limit')
  }

  stop(): void {
    this.#isStopped = true
    for (const { socket } of [...this.#opened.values()]) socket.destroy()
  }

  #open(key: string, way: Way): Opened | undefined {
    if (this.#isStopped || this.#opened.size >= MAX_OPENED || way.port === 0) return undefined
    const dialled = this.#parts.dial(way)
    if (dialled === undefined) return undefined
    const { socket } = dialled
    const opened: Opened = { socket, waiting: [] }
    this.#opened.set(key, opened)
    const stop = after(CONNECT_MS, () => socket.destroy(new Error(`no connection in ${CONNECT_MS} ms`)))
    socket.on('close', () => {
      stop()
      this.#opened.delete(key)
    })
    dialled.flow.then(
      flow => {
        stop()
        opened.flow = flow
        this.#parts.metrics.sipReconnects.inc({ result: 'opened' })
        for (const bytes of opened.waiting.splice(0)) flow.send(bytes)
      },
      (thrown: unknown) => {
        socket.destroy()
        this.#parts.metrics.sipReconnects.inc({ result: 'failed' })
        this.#parts.log.debug('sip.reconnect', { peer: way.from.address, reason: reasonOf(thrown) })
        this.#lose('reconnect-failed', opened.waiting.splice(0).length)
      }
    )
    return opened
  }

  #lose(reason: string, count = 1): void {
    if (count > 0) this.#parts.metrics.sipAnswersLost.inc({ reason }, count)
  }
}
