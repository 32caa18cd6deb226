import type { Socket } from 'node:net'
import { after, type Stop } from '../../../operations/lifecycle.ts'
import type { AddressedFlow, Sender } from './flow.ts'
import type { ListenParts } from './listen.ts'
import { ownEnd } from './own-contact.ts'
import { type Framed, SipFramer } from './sip-framer.ts'
import type { StreamReconnect } from './stream-reconnect.ts'

/** A peer that reads nothing must not fill our memory. */
const MAX_UNREAD_BYTES = 1024 * 1024
/** Messages of one connection before the others have their turn. */
const MESSAGES_A_TURN = 32
/** Answers already written leave a connection that is refused; a peer that does not read them is not waited for. */
const LAST_BYTES_MS = 500
const NOTHING = Buffer.alloc(0)

export interface StreamParts extends ListenParts {
  readonly reconnect: StreamReconnect
}

export interface StreamLink {
  readonly socket: Socket
  readonly from: Sender
  readonly transport: 'tcp' | 'tls'
  /** The port we listen on, which is not the link's own where we opened it. */
  readonly ownPort: number
}

/** SIP on one open connection, TCP or TLS: framed by Content-Length (RFC 3261 §18.3), answers on the same connection. */
export class SipStream {
  readonly flow: AddressedFlow
  readonly #link: StreamLink
  readonly #parts: StreamParts
  readonly #framer: SipFramer
  #stopDeadline: Stop | undefined
  #isOver = false

  constructor(link: StreamLink, parts: StreamParts) {
    this.#link = link
    this.#parts = parts
    this.#framer = new SipFramer(parts.limits.tcpMaxBytes)
    this.flow = makeFlow(link, parts)
  }

  start(): this {
    const { socket } = this.#link
    socket.setTimeout(this.#parts.limits.idleMs, () => socket.destroy())
    socket.on('data', chunk => this.#take(chunk))
    socket.on('close', () => this.#stopDeadline?.())
    return this
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return
    const { socket, from } = this.#link
    const framed = this.#framer.push(chunk, MESSAGES_A_TURN)
    for (const message of framed.messages) this.#parts.onBytes(message, from, this.flow)
    // RFC 5626 §4.4.1: two empty lines are asked back as one.
    if (framed.pings > 0) this.flow.send(Buffer.from('\r\n'.repeat(framed.pings)))
    if (framed.fault !== undefined) this.#refuse(framed.fault)
    else this.#watch(framed)
    if (framed.hasMore) {
      // What comes meanwhile waits in the kernel, and then at the peer. What has come is read even if the peer is gone.
      socket.pause()
      setImmediate(() => this.#take(NOTHING))
    } else if (socket.isPaused()) socket.resume()
  }

  /** A message that comes a byte at a time would hold its connection for ever. */
  #watch({ messages, hasMore }: Framed): void {
    if (messages.length > 0 || !this.#framer.isPartial) {
      this.#stopDeadline?.()
      this.#stopDeadline = undefined
    }
    if (this.#stopDeadline !== undefined || hasMore || !this.#framer.isPartial || this.#link.socket.destroyed) return
    this.#stopDeadline = after(this.#parts.limits.messageMs, () => this.#refuse('slow-message'))
  }

  #refuse(reason: string): void {
    const { socket } = this.#link
    this.#isOver = true
    this.#parts.metrics.sipRefused.inc({ reason })
    socket.destroySoon()
    if (socket.destroyed) return
    const stop = after(LAST_BYTES_MS, () => socket.destroy())
    socket.once('close', stop)
  }
}

function makeFlow({ socket, from, transport, ownPort }: StreamLink, parts: StreamParts): AddressedFlow {
  const { metrics, limits, reconnect } = parts
  const { localAddress } = socket
  const local = ownEnd(limits.advertisedHost, localAddress ?? '', ownPort)
  const write = (bytes: Buffer, onLost: () => void = () => {}): void => {
    if (!socket.writable) onLost()
    else if (socket.writableLength > MAX_UNREAD_BYTES) {
      metrics.sipAnswersLost.inc({ reason: 'unread' })
      // It opens another connection when it is well again.
      socket.destroy()
    } else socket.write(bytes, thrown => thrown && onLost())
  }
  const way = { transport, isReliable: true, local } as const
  return {
    ...way,
    isOpen: () => socket.writable,
    send: bytes => write(bytes),
    toPort: port => {
      const to = { transport, from, port, localAddress, ownPort }
      return { ...way, send: bytes => write(bytes, () => reconnect.send(bytes, to)) }
    }
  }
}
