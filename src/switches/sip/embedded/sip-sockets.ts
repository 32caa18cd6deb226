import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { type Clock, ReleaseStack } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { SipTransport } from '../../../operations/sip-transport-schema.ts'
import { ConnectionTable } from './connection-table.ts'
import { dial } from './dial.ts'
import type { Flow, OnBytes, WayBack } from './flow.ts'
import type { Listener, Place } from './listen.ts'
import { listenTcp } from './listen-tcp.ts'
import { listenTls } from './listen-tls.ts'
import { listenUdp } from './listen-udp.ts'
import { listenWs } from './listen-ws.ts'
import { ownEnd } from './own-contact.ts'
import type { PeerLinks } from './peer-links.ts'
import { PeerRules } from './peer-rules.ts'
import type { StreamParts } from './stream-flow.ts'
import { StreamReconnect } from './stream-reconnect.ts'
import { TlsDoor } from './tls-door.ts'
import { TlsIdentity } from './tls-identity.ts'
import { UnreadDatagrams } from './unread-datagrams.ts'

interface Parts {
  readonly sip: Config['sip']
  readonly trunks: readonly TrunkConfig[]
  readonly onBytes: OnBytes
  readonly links: PeerLinks
  readonly onMessagesLost?: () => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** The ports listened on, which differ from the configured ones where those are 0. */
export interface SipPorts {
  /** UDP and TCP. */
  readonly sip: number
  readonly tls?: number
  readonly ws?: number
  readonly wss?: number
}

/** Where one transport is listened on. */
interface Door {
  readonly transport: SipTransport
  readonly host: string
  readonly listener: Listener
}

/** Every socket of the driver: each transport of the config on each of its addresses. */
export class SipSockets {
  readonly #parts: Parts
  readonly #stream: StreamParts
  readonly #releases = new ReleaseStack()
  readonly #doors: Door[] = []
  readonly #unread: UnreadDatagrams
  /** What an answer over TLS is sent with once its connection is gone. */
  #identity: TlsIdentity | undefined

  constructor(parts: Parts) {
    const { sip, trunks, onBytes, log, metrics } = parts
    this.#parts = parts
    const reconnect = new StreamReconnect({ dial: way => dial(way, this.#stream, this.#identity), log, metrics })
    const connections = new ConnectionTable(sip, metrics)
    this.#stream = { limits: sip, rules: new PeerRules(trunks), connections, reconnect, onBytes, log, metrics }
    this.#releases.push('sip reconnects', () => reconnect.stop())
    this.#unread = new UnreadDatagrams(parts)
  }

  /** How long what came over UDP waits before it is read. */
  get unreadMs(): number {
    return this.#unread.ms
  }

  /** Rejects with the fault of the first that cannot be listened on; `stop` closes the others. */
  async start(): Promise<SipPorts> {
    const { sip } = this.#parts
    const port = await this.#listen('tcp', sip.port, place => listenTcp(place, this.#stream))
    await this.#listen('udp', port, place => listenUdp(place, this.#stream, this.#unread))
    this.#unread.start()
    this.#releases.push('unread datagrams', () => this.#unread.stop())
    const tls = sip.tls === undefined ? {} : { tls: await this.#listenTls(sip.tls) }
    const ws = sip.ws === undefined ? {} : { ws: await this.#listenWs(sip.ws.port) }
    const wss = sip.wss === undefined ? {} : { wss: await this.#listenWss(sip.wss) }
    return { sip: port, ...tls, ...ws, ...wss }
  }

  stop(): Promise<void> {
    this.#doors.length = 0
    return this.#releases.release()
  }

  /**
   * The way of an answer whose request came to another process (RFC 3261 §18.2.2): over a connection, the one that
   * speaks for the same sender by now, else a new one; where neither is to be had it waits for the next.
   */
  flowTo(way: WayBack): Flow | undefined {
    const { transport, address, port } = way
    const isV6 = address.includes(':')
    const doors = this.#doors.filter(door => door.transport === transport)
    const door = doors.find(({ host }) => host.includes(':') === isV6) ?? doors.find(({ host }) => host === '::')
    if (door === undefined) return undefined
    if (transport === 'udp') return door.listener.flowTo?.(address, port)
    const { links, sip } = this.#parts
    const { reconnect } = this.#stream
    const ownPort = door.listener.port
    return {
      transport,
      isReliable: true,
      local: ownEnd(sip.advertisedHost, door.host, ownPort),
      send: bytes => {
        const open = links.open(way)
        if (open !== undefined) {
          open.send(bytes)
          return
        }
        links.hold(way, bytes)
        if (transport === 'ws' || transport === 'wss') return
        reconnect.send(bytes, { transport, from: { address, port }, port, localAddress: undefined, ownPort })
      }
    }
  }

  async #listenTls(settings: NonNullable<Config['sip']['tls']>): Promise<number> {
    const identity = await this.#identify('tls', settings)
    this.#identity = identity
    const door = new TlsDoor({ ...this.#parts, ...this.#stream, transport: 'tls', identity })
    return this.#listen('tls', settings.port, place => listenTls(place, this.#stream, door))
  }

  #listenWs(port: number): Promise<number> {
    return this.#listen('ws', port, place => listenWs(place, this.#stream))
  }

  async #listenWss(settings: NonNullable<Config['sip']['wss']>): Promise<number> {
    const identity = await this.#identify('wss', settings)
    const door = new TlsDoor({ ...this.#parts, ...this.#stream, transport: 'wss', identity })
    return this.#listen('wss', settings.port, place => listenWs(place, this.#stream, door))
  }

  async #identify(transport: 'tls' | 'wss', settings: NonNullable<Config['sip']['tls']>): Promise<TlsIdentity> {
    const identity = new TlsIdentity({ ...this.#parts, settings, transport })
    this.#releases.push(`certificate of ${transport}`, () => identity.stop())
    await identity.start()
    return identity
  }

  /** On every address, with one port for all of them. */
  async #listen(transport: SipTransport, port: number, listen: (place: Place) => Promise<Listener>): Promise<number> {
    const { sip, log } = this.#parts
    const hosts = [sip.host, ...(sip.alsoListen ?? [])]
    let taken = port
    for (const host of hosts) {
      const listener = await listen({ host, port: taken, ipv6Only: hosts.includes('0.0.0.0') })
      this.#doors.push({ transport, host, listener })
      this.#releases.push(`sip over ${transport} on ${host}`, listener.stop)
      taken = listener.port
    }
    log.info('sip.listening', { port: taken, what: transport })
    return taken
  }
}
