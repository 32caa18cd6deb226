import type { Test } from 'tap'
import { WebSocket } from 'ws'
import type { Ev, ToClient } from '../../src/delivery/protocol.ts'
import { SUBPROTOCOL } from '../../src/delivery/protocol-limits.ts'
import { SOCKET_PATH } from '../../src/delivery/socket.ts'
import { until } from './until.ts'

interface Options {
  readonly origin?: string | null
  readonly protocol?: string
  readonly path?: string
}

/** A console's end of the wire that does nothing by itself: what comes is kept, what goes is said by the test. */
export class RawConsole {
  readonly received: ToClient[] = []
  readonly socket: WebSocket
  /** Close code, once it is closed. */
  closed: number | undefined
  /** Status of a handshake that was refused. */
  refused: number | undefined

  constructor(
    t: Test,
    port: number,
    { origin = `http://127.0.0.1:${port}`, protocol = SUBPROTOCOL, path = SOCKET_PATH }: Options = {}
  ) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol === '' ? [] : [protocol], {
      ...(origin === null ? {} : { origin })
    })
    this.socket.on('message', data => this.received.push(JSON.parse(data.toString())))
    this.socket.on('close', code => {
      this.closed = code
    })
    this.socket.on('unexpected-response', (request, response) => {
      this.refused = response.statusCode
      request.destroy()
    })
    this.socket.on('error', () => {})
    t.teardown(() => this.socket.terminate())
  }

  async open(): Promise<this> {
    await until(() => (this.socket.readyState === WebSocket.CONNECTING ? 'still connecting' : ''))
    return this
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
  }

  /** Resolves with the close code. */
  async untilClosed(deadlineMs = 15_000): Promise<number> {
    await until(
      () => (this.closed === undefined ? `open; last: ${JSON.stringify(this.received.at(-1))}` : ''),
      deadlineMs
    )
    return this.closed ?? 0
  }

  /** The first message of this kind, when it has come. */
  async next<K extends ToClient['t']>(kind: K, deadlineMs = 15_000): Promise<Extract<ToClient, { t: K }>> {
    await until(
      () => (this.received.some(({ t }) => t === kind) || this.closed !== undefined ? '' : `no ${kind}`),
      deadlineMs
    )
    const found = this.received.find(({ t }) => t === kind)
    if (found === undefined) throw new Error(`closed with ${this.closed} before ${kind}`)
    return found as Extract<ToClient, { t: K }>
  }

  get events(): Ev[] {
    return this.received.filter(message => message.t === 'ev')
  }

  /** `seq:eventId` of the events so far. */
  get ids(): string[] {
    return this.events.map(ev => `${ev.seq ?? 'direct'}:${ev.eventId}`)
  }

  async untilEvents(count: number, deadlineMs = 15_000): Promise<string[]> {
    await until(
      () =>
        this.events.length >= count ? '' : `${this.events.length} of ${count} events, at last: ${this.ids.slice(-20)}`,
      deadlineMs
    )
    return this.ids
  }
}
