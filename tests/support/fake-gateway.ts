import type { Ev, FromClient, ToClient } from '../../src/delivery/protocol.ts'
import type { PopEvent } from '../../src/pop/pop.ts'
import type { SocketConstructor, SocketLike } from '../../src/sdk/socket-like.ts'

type Listeners = { [type: string]: ((event: never) => void)[] }

/** The gateway's end of one fake socket. */
export class FakeSocket implements SocketLike {
  readyState = 0
  readonly url: string
  readonly protocol: string
  /** What the client sent, in order. */
  readonly sent: FromClient[] = []
  closedWith: number | undefined
  readonly #listeners: Listeners = {}

  constructor(url: string, protocol: string) {
    this.url = url
    this.protocol = protocol
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as FromClient)
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return
    this.readyState = 2
    this.closedWith = code
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners[type] = [...(this.#listeners[type] ?? []), listener]
  }

  open(): void {
    this.readyState = 1
    this.#fire('open', {})
  }

  say(message: ToClient | Record<string, unknown>): void {
    this.sayText(JSON.stringify(message))
  }

  sayText(data: string): void {
    this.#fire('message', { data })
  }

  /** The other end, or the network, closes. */
  drop(code = 1006): void {
    this.readyState = 3
    this.#fire('close', { code })
  }

  of<T extends FromClient['t']>(type: T): Extract<FromClient, { t: T }>[] {
    return this.sent.filter((message): message is Extract<FromClient, { t: T }> => message.t === type)
  }

  #fire(type: string, event: unknown): void {
    for (const listener of this.#listeners[type] ?? []) listener(event as never)
  }
}

/** Every socket a client opens, and the words a gateway says. */
export class FakeGateway {
  readonly sockets: FakeSocket[] = []
  readonly Socket: SocketConstructor

  constructor() {
    const { sockets } = this
    this.Socket = class extends FakeSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol)
        sockets.push(this)
      }
    }
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('nobody has opened a socket')
    return socket
  }
}

export function welcome(over: { epoch?: string; seq?: number; resumed?: boolean } = {}): ToClient {
  return {
    t: 'welcome',
    v: 1,
    session: 's_1',
    handler: 'tvp-h01',
    epoch: 'one',
    seq: 0,
    resumed: false,
    hb: 4_000,
    node: 'n-1',
    service: { level: 0 },
    ...over
  }
}

export function ev(seq: number | undefined, event: PopEvent, eventId = `e-${seq}`): Ev {
  return { t: 'ev', ...(seq === undefined ? {} : { seq }), eventId, ts: Date.UTC(2026, 10, 25, 14, 2, 0), ev: event }
}
