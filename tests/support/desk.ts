import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { SUBPROTOCOL } from '../../src/delivery/protocol-limits.ts'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import { ConsoleClient } from '../../src/sdk/console-client.ts'
import type { ScreenCard } from '../../src/sdk/screen.ts'
import type { SocketConstructor } from '../../src/sdk/socket-like.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { until } from './until.ts'

/** The `ws` package's socket with a page's origin, which the gateway asks for. */
const Socket = class extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { origin: new URL(url.replace(/^ws/, 'http')).origin })
  }
} as unknown as SocketConstructor

/** Whether a card has the panels that every call has; those that only some have may be beside them. */
export function isWhole({ panels }: ScreenCard): boolean {
  return PANEL_NAMES.every(name => panels[name] !== undefined)
}

/** A handler's screen as the SDK keeps it, at any gateway of a force; with the commands a person gives. */
export class Desk {
  readonly client: ConsoleClient
  /** Calls that popped while it was live, each as often as it did; what a snapshot showed is not among them. */
  readonly popped: string[]
  readonly #url: string
  readonly #cookie: string

  private constructor(client: ConsoleClient, popped: string[], url: string, cookie: string) {
    this.client = client
    this.popped = popped
    this.#url = url
    this.#cookie = cookie
  }

  /** Signed on at desk `desk` of Thames Valley, from 1, live, ended with the test. */
  static async at(t: Test, url: string, desk: number): Promise<Desk> {
    const name = String(desk).padStart(2, '0')
    const headers = { 'content-type': 'application/json', 'x-callbox': '1' }
    const body = JSON.stringify({ handler: `tvp-h${name}`, password: DEMO_PASSWORD, position: `tvp-d${name}` })
    const signedOn = await fetch(`${url}/api/v1/sign-on`, { method: 'POST', headers, body })
    if (!signedOn.ok) throw new Error(`no sign-on: ${signedOn.status} ${await signedOn.text()}`)
    const cookie = (signedOn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const popped: string[] = []
    const client = new ConsoleClient({
      url: `${url.replace(/^http/, 'ws')}/api/v1/ws`,
      WebSocketImpl: Socket,
      client: `tests ${SUBPROTOCOL}`,
      onScreen: (_, { message }) => {
        if (message.t === 'ev' && message.ev.type === 'call.pop') popped.push(message.ev.call)
      },
      getTicket: async () => {
        const answer = await fetch(`${url}/api/v1/ws-ticket`, { method: 'POST', headers: { 'x-callbox': '1', cookie } })
        if (!answer.ok) return { kind: 'not-signed-on' } as const
        return { kind: 'ticket', ticket: ((await answer.json()) as { ticket: string }).ticket } as const
      }
    })
    t.teardown(() => client.stop())
    client.start()
    await until(() => (client.link.kind === 'live' ? '' : `desk ${desk} is ${client.link.kind}`))
    return new Desk(client, popped, url, cookie)
  }

  /** A REST route, as its page asks it: a POST where there is a body. Rejects with what a refusal says. */
  async ask<T>(path: string, body?: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json', 'x-callbox': '1', cookie: this.#cookie }
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`${this.#url}${path}`, { headers, ...post })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** As the button does; the gateway closes the socket. */
  async signOff(): Promise<void> {
    const headers = { 'x-callbox': '1', cookie: this.#cookie }
    const answer = await fetch(`${this.#url}/api/v1/sign-off`, { method: 'POST', headers })
    if (!answer.ok) throw new Error(`no sign-off: ${answer.status} ${await answer.text()}`)
  }

  card(call: string): ScreenCard | undefined {
    return this.client.screen.cards.get(call)
  }

  get calls(): string[] {
    return [...this.client.screen.cards.keys()]
  }

  async untilCard(call: string, isSo: (card: ScreenCard) => boolean, within = 15_000): Promise<ScreenCard> {
    await until(() => {
      const card = this.card(call)
      return card !== undefined && isSo(card) ? '' : `the card is ${JSON.stringify(card?.pop)}`
    }, within)
    const card = this.card(call)
    if (card === undefined) throw new Error('unreachable')
    return card
  }

  async untilGone(call: string): Promise<void> {
    await until(() => (this.card(call) === undefined ? '' : `the card is still there: ${this.card(call)?.pop.state}`))
  }
}
