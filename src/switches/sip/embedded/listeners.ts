import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { lookup } from 'node:dns'
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { after } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import { whoHolds } from '../../../operations/port-holder.ts'
import { toAddress } from '../trunk-table.ts'
import type { Flow } from './reply-path.ts'
import { SipFramer } from './sip-framer.ts'

/** Bytes of one message, and the way back. `answerTo` names a port where UDP answers go elsewhere than they came from. */
export type OnBytes = (bytes: Buffer, from: { address: string; port: number }, flow: AddressedFlow) => void

export interface AddressedFlow extends Flow {
  /** The same flow to another port of the same address (Via without rport, RFC 3261 §18.2.2). */
  toPort(port: number): Flow
}

export interface ListenLimits {
  readonly host: string
  readonly port: number
  readonly udpMaxBytes: number
  readonly tcpMaxBytes: number
  readonly maxConnections: number
  readonly idleMs: number
}

interface Parts {
  readonly limits: ListenLimits
  readonly isPeer: (address: string) => boolean
  readonly onBytes: OnBytes
  readonly log: Log
  readonly metrics: Metrics
}

/** At 1,000 calls/s the default of 208 KiB loses datagrams while the collector runs (measured). */
const UDP_BUFFER_BYTES = 4 * 1024 * 1024

const MAX_UNREAD_BYTES = 1024 * 1024
const LAST_BYTES_MS = 500

/** SIP over UDP on one socket. */
export async function listenUdp({ limits, isPeer, onBytes, log, metrics }: Parts): Promise<Listener> {
  const isV6 = limits.host.includes(':')
  const socket = createSocket({
    type: isV6 ? 'udp6' : 'udp4',
    recvBufferSize: UDP_BUFFER_BYTES,
    sendBufferSize: UDP_BUFFER_BYTES,
    // Answers go to addresses: without a turn through the resolver they leave at once, even in a stop.
    lookup: (host, options, done) => {
      if (isIP(host) === 0) lookup(host, options, done)
      else done(null, host, isV6 ? 6 : 4)
    }
  })
  socket.on('message', (bytes, { address, port }) => {
    if (!isPeer(address)) metrics.sipRefused.inc({ reason: 'unknown-peer' })
    else if (bytes.length > limits.udpMaxBytes) metrics.sipRefused.inc({ reason: 'too-large' })
    // Port 0 cannot be answered, and sending to it throws.
    else if (port > 0) onBytes(bytes, { address: toAddress(address), port }, udpFlow(socket, address, port, log))
  })
  const port = await listening('udp', limits, done => {
    socket.once('error', done)
    socket.bind({ port: limits.port, address: limits.host }, () => {
      socket.off('error', done)
      done()
    })
  }).then(() => socket.address().port)
  socket.on('error', thrown => log.fault('sip.socket', new Fault('sip.send-failed', { reason: reasonOf(thrown) })))
  return { port, stop: () => new Promise(done => socket.close(() => done())) }
}

export interface Listener {
  readonly port: number
  readonly stop: () => Promise<void>
}

function udpFlow(socket: UdpSocket, address: string, port: number, log: Log): AddressedFlow {
  return {
    isReliable: false,
    send: bytes => {
      const failed = (thrown: unknown) =>
        log.fault('sip.send', new Fault('sip.send-failed', { reason: reasonOf(thrown) }), { peer: address })
      try {
        socket.send(bytes, port, address, thrown => {
          if (thrown) failed(thrown)
        })
      } catch (thrown) {
        // A socket that was closed a moment ago says so at once, perhaps to a timer.
        failed(thrown)
      }
    },
    toPort: other => udpFlow(socket, address, other, log)
  }
}

/** SIP over TCP: framed by Content-Length (RFC 3261 §18.3), answers on the same connection. */
export async function listenTcp(parts: Parts): Promise<Listener> {
  const { limits, isPeer, log, metrics } = parts
  const links = new Set<Socket>()
  const server = createServer({ noDelay: true }, link => {
    const address = toAddress(link.remoteAddress ?? '')
    if (!isPeer(address) || links.size >= limits.maxConnections) {
      metrics.sipRefused.inc({ reason: isPeer(address) ? 'connections' : 'unknown-peer' })
      link.destroy()
      return
    }
    links.add(link)
    link.on('close', () => links.delete(link))
    serve(link, address, parts)
  })
  const port = await listening('tcp', limits, done => {
    server.once('error', done)
    server.listen(limits.port, limits.host, () => {
      server.off('error', done)
      done()
    })
  }).then(() => portOf(server))
  // Out of file handles, say: one connection is not taken, and the others live on.
  server.on('error', thrown => log.fault('sip.socket', new Fault('sip.send-failed', { reason: reasonOf(thrown) })))
  return {
    port,
    stop: () =>
      new Promise(done => {
        server.close(() => done())
        // What is written still leaves; a peer that does not read it is not waited for.
        for (const link of links) link.destroySoon()
        const stopWaiting = after(LAST_BYTES_MS, () => {
          for (const link of links) link.destroy()
        })
        server.once('close', stopWaiting)
      })
  }
}

function serve(link: Socket, address: string, { limits, onBytes, log, metrics }: Parts): void {
  const framer = new SipFramer(limits.tcpMaxBytes)
  const flow: AddressedFlow = {
    isReliable: true,
    send: bytes => {
      if (link.destroyed) return
      // A peer that reads nothing must not fill our memory; it opens another connection when it is well again.
      if (link.writableLength > MAX_UNREAD_BYTES) link.destroy()
      else link.write(bytes)
    },
    toPort: () => flow
  }
  link.setTimeout(limits.idleMs, () => link.destroy())
  link.on('error', thrown => log.debug('sip.connection', { peer: address, reason: reasonOf(thrown) }))
  link.on('data', chunk => {
    const framed = framer.push(chunk)
    for (const message of framed.messages) onBytes(message, { address, port: link.remotePort ?? 0 }, flow)
    // RFC 5626 §4.4.1: two empty lines are asked back as one.
    for (let pings = framed.pings; pings > 0; pings--) link.write('\r\n')
    if (framed.fault === undefined) return
    metrics.sipRefused.inc({ reason: framed.fault })
    link.destroy()
  })
}

async function listening(
  protocol: 'tcp' | 'udp',
  { host, port }: ListenLimits,
  bind: (done: (thrown?: Error) => void) => void
): Promise<void> {
  const what = `SIP over ${protocol.toUpperCase()}`
  const thrown = await new Promise<Error | undefined>(done => bind(done))
  if (thrown === undefined) return
  if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    throw new Fault('listen.port-taken', { port, what, by: await whoHolds(port, protocol) }, thrown)
  }
  throw new Fault('listen.failed', { host, port, what, reason: thrown.message }, thrown)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
