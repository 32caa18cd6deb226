import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { after, type Clock, type Stop } from '../../../operations/lifecycle.ts'
import { certificateNames } from './certificate-names.ts'
import type { Sender } from './flow.ts'
import type { ListenParts } from './listen.ts'
import type { Admission } from './peer-rules.ts'
import type { TlsIdentity } from './tls-identity.ts'

export interface TlsDoorParts extends Pick<ListenParts, 'rules' | 'log' | 'metrics' | 'limits'> {
  readonly transport: 'tls' | 'wss'
  readonly identity: TlsIdentity
  readonly clock: Clock
}

/** What a connection becomes once the peer is who it must be; returns how it ends when all written has left. */
export type OpenSecure = (secure: TLSSocket, from: Sender) => () => void

interface Handshake {
  readonly from: Sender
  readonly opened: OpenSecure
  readonly stop: Stop
  end: () => void
}

/** A switch that is refused tries again and again; the log says it this often, the counter each time. */
const SAY_AGAIN_MS = 60_000

/** Takes a connection through its handshake, and lets only switches through that show a certificate of their trunk. */
export class TlsDoor {
  readonly #parts: TlsDoorParts
  readonly #server: Server
  /** By both ends; every one is a connection that was let in and counted. */
  readonly #handshakes = new Map<string, Handshake>()
  /** By address; only peers of trunks come here. */
  readonly #saidAt = new Map<string, number>()

  constructor(parts: TlsDoorParts) {
    this.#parts = parts
    // Who shows none, or a wrong one, is told apart from a broken handshake, so it is closed here and not by OpenSSL.
    this.#server = createServer({ ...parts.identity.context, requestCert: true, rejectUnauthorized: false })
    this.#server.on('secureConnection', secure => this.#secured(secure))
    this.#server.on('tlsClientError', (thrown, secure) => this.#broken(thrown, secure))
    parts.identity.onChange(context => this.#server.setSecureContext(context))
  }

  /** Returns how the connection ends when all written has left. */
  open(link: Socket, from: Sender, opened: OpenSecure): () => void {
    const { limits, metrics } = this.#parts
    const stop = after(limits.handshakeMs, () => {
      metrics.sipRefused.inc({ reason: 'handshake' })
      link.destroy()
    })
    const key = endsOf(link)
    const handshake: Handshake = { from, opened, stop, end: () => void link.destroy() }
    this.#handshakes.set(key, handshake)
    link.once('close', () => {
      stop()
      this.#handshakes.delete(key)
    })
    this.#server.emit('connection', link)
    return () => handshake.end()
  }

  #secured(secure: TLSSocket): void {
    secure.on('error', thrown => this.#parts.log.debug('sip.connection', { reason: reasonOf(thrown) }))
    const handshake = this.#handshakes.get(endsOf(secure))
    handshake?.stop()
    const admission = handshake === undefined ? undefined : this.#check(secure, handshake.from.address)
    if (handshake === undefined || admission === undefined) {
      secure.destroy()
      return
    }
    const { address, port } = handshake.from
    const { admittedTo } = admission
    const from = { address, port, ...(admittedTo === undefined ? {} : { admittedTo }) }
    handshake.end = handshake.opened(secure, from)
  }

  /** No TLS, a version too old, no cipher in common, or gone in the middle. */
  #broken(thrown: Error, secure: TLSSocket): void {
    const { metrics, log } = this.#parts
    metrics.sipRefused.inc({ reason: 'tls-handshake' })
    log.debug('sip.connection', { reason: reasonOf(thrown) })
    secure.destroy()
  }

  #check(secure: TLSSocket, address: string): (Admission & { kind: 'admitted' }) | undefined {
    const { rules, transport } = this.#parts
    const certificate = secure.getPeerX509Certificate()
    if (certificate === undefined) return this.#refuse(address, 'tls-no-certificate', 'it showed no certificate')
    // Node's type says Error; it is a word of OpenSSL.
    if (!secure.authorized) return this.#refuse(address, 'tls-untrusted', String(secure.authorizationError))
    const admission = rules.admitCertificate(address, transport, certificateNames(certificate))
    if (admission.kind === 'admitted') return admission
    return this.#refuse(address, admission.reason, 'its certificate carries no name or fingerprint of its trunk')
  }

  #refuse(address: string, reason: string, text: string): undefined {
    const { metrics, log, clock } = this.#parts
    metrics.sipRefused.inc({ reason })
    const now = clock.monotonicMs()
    if (now - (this.#saidAt.get(address) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return
    this.#saidAt.set(address, now)
    log.fault('sip.tls', new Fault('sip.tls-refused', { peer: address, reason: text }), { peer: address })
  }
}

function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress}|${remoteAddress}|${remotePort}`
}
