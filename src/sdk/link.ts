import type { FromClient, ToClient } from '../delivery/protocol.ts'
import { CLOSE, SOCKET_LIMITS, SUBPROTOCOL } from '../delivery/protocol-limits.ts'
import { parseMessage } from './parse-message.ts'
import { OPEN, type SocketConstructor, type SocketLike } from './socket-like.ts'
import type { Stop, Time } from './time.ts'

/**
 * What asking for a ticket came to; a rejection means that the gateway could not be asked. `later`: too many came at
 * once, and in so many ms it is this client's turn.
 */
export type Ticket =
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'not-signed-on' }
  | { readonly kind: 'later'; readonly retryMs: number }

/** Why a link is no more. `silent`: nothing was heard for the dead time, or the gateway spoke nonsense. */
export type Down =
  | { readonly kind: 'closed'; readonly code: number }
  | { readonly kind: 'silent' | 'no-ticket' | 'not-signed-on' }
  | { readonly kind: 'later'; readonly retryMs: number }

interface Parts {
  readonly url: string
  readonly WebSocketImpl: SocketConstructor
  readonly getTicket: () => Promise<Ticket>
  readonly makeHello: (ticket: string) => FromClient
  readonly onMessage: (message: ToClient, receivedAtMs: number) => void
  /** Once, and never after `stop`. */
  readonly onDown: (down: Down) => void
  readonly time: Time
}

/** One try: ticket, socket, hello, then messages until it is down. A link that is down is not used again. */
export class Link {
  readonly #parts: Parts
  #socket: SocketLike | undefined
  #isOver = false
  #stopDeadline: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#heard()
    this.#parts.getTicket().then(
      ticket => this.#open(ticket),
      // The gateway is away; whoever made this link tries again.
      () => this.#down({ kind: 'no-ticket' })
    )
  }

  /** False when the socket is not open: the message is not sent, now or later. */
  send(message: FromClient): boolean {
    if (this.#socket?.readyState !== OPEN || this.#isOver) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  stop(): void {
    this.#end(1000, 'bye')
  }

  #open(ticket: Ticket): void {
    if (this.#isOver) return
    if (ticket.kind !== 'ticket') {
      this.#down(ticket)
      return
    }
    // Each step has the time for itself: a gateway that many come back to at once takes longer over all of them.
    this.#heard()
    const { url, WebSocketImpl, makeHello } = this.#parts
    const socket = new WebSocketImpl(url, SUBPROTOCOL)
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#heard()
      this.send(makeHello(ticket.ticket))
    })
    socket.addEventListener('message', event => this.#receive(event.data))
    socket.addEventListener('close', event => this.#down({ kind: 'closed', code: event.code }))
    // A close always follows, and says more.
    socket.addEventListener('error', () => {})
  }

  #receive(data: unknown): void {
    if (this.#isOver) return
    const receivedAtMs = this.#parts.time.monotonicMs()
    const message = parseMessage(data)
    if (message === undefined) {
      this.#down({ kind: 'silent' })
      return
    }
    this.#heard()
    if (message !== 'unknown') this.#parts.onMessage(message, receivedAtMs)
  }

  /** A half-open connection says nothing for ever: only the clock tells. */
  #heard(): void {
    if (this.#isOver) return
    this.#stopDeadline()
    this.#stopDeadline = this.#parts.time.after(SOCKET_LIMITS.deadAfterMs, () => this.#down({ kind: 'silent' }))
  }

  #down(down: Down): void {
    if (this.#isOver) return
    this.#end(CLOSE.deadLink.code, CLOSE.deadLink.text)
    this.#parts.onDown(down)
  }

  #end(code: number, reason: string): void {
    this.#isOver = true
    this.#stopDeadline()
    this.#socket?.close(code, reason)
  }
}
