import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import type { Log } from '../../../operations/log.ts'
import { toAddress } from '../trunk-table.ts'
import type { AddressedFlow, OwnEnd } from './flow.ts'
import { type Listener, type ListenParts, listening, type Place } from './listen.ts'
import { ownEnd } from './own-contact.ts'
import type { UnreadDatagrams } from './unread-datagrams.ts'

/** At 1,000 calls/s the default of 208 KiB loses datagrams while the collector runs (measured). */
const BUFFER_BYTES = 4 * 1024 * 1024

/** Peers whose way back is remembered; thousands of answers are kept for half a minute and share it. */
const MAX_FLOWS = 1_024

/** SIP over UDP on one socket. */
export async function listenUdp(
  place: Place,
  { limits, rules, onBytes, log, metrics }: Omit<ListenParts, 'connections'>,
  unread: Pick<UnreadDatagrams, 'add' | 'taken'>
): Promise<Listener> {
  const isV6 = place.host.includes(':')
  const socket = createSocket({
    type: isV6 ? 'udp6' : 'udp4',
    ipv6Only: isV6 && place.ipv6Only,
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
    // Answers go to addresses: without a turn through the resolver they leave at once, even in a stop.
    lookup: (host, options, done) => {
      if (isIP(host) === 0) lookup(host, options, done)
      else done(null, host, isV6 ? 6 : 4)
    }
  })
  let local: OwnEnd = { host: place.host, port: place.port }
  const flows = new Map<string, AddressedFlow>()
  const flowTo = (address: string, port: number): AddressedFlow => {
    const key = `${port} ${address}`
    const known = flows.get(key)
    if (known !== undefined) return known
    const flow = udpFlow({ socket, address, port, local, log, flowTo })
    if (flows.size >= MAX_FLOWS) flows.clear()
    flows.set(key, flow)
    return flow
  }
  socket.on('message', (bytes, { address, port }) => {
    unread.taken(bytes.length)
    const admission = rules.admit(address, 'udp')
    if (admission.kind === 'refused') metrics.sipRefused.inc({ reason: admission.reason })
    else if (bytes.length > limits.udpMaxBytes) metrics.sipRefused.inc({ reason: 'too-large' })
    // Port 0 cannot be answered, and sending to it throws.
    else if (port > 0) {
      const { admittedTo } = admission
      const from = { address: toAddress(address), port, ...(admittedTo === undefined ? {} : { admittedTo }) }
      onBytes(bytes, from, flowTo(address, port))
    }
  })
  await listening('udp', place, done => {
    socket.once('error', done)
    socket.bind({ port: place.port, address: place.host }, () => {
      socket.off('error', done)
      done()
    })
  })
  socket.on('error', thrown => log.fault('sip.socket', new Fault('sip.send-failed', { reason: reasonOf(thrown) })))
  const { address, port } = socket.address()
  local = ownEnd(limits.advertisedHost, address, port)
  unread.add(address, port)
  return {
    port,
    // A socket for both families has IPv4 in its IPv6 form.
    flowTo: (to, at) => flowTo(isV6 && isIP(to) === 4 ? `::ffff:${to}` : to, at),
    stop: () => new Promise(done => socket.close(() => done()))
  }
}

interface FlowParts {
  readonly socket: Socket
  readonly address: string
  readonly port: number
  readonly local: OwnEnd
  readonly log: Log
  readonly flowTo: (address: string, port: number) => AddressedFlow
}

function udpFlow({ socket, address, port, local, log, flowTo }: FlowParts): AddressedFlow {
  const failed = (thrown: unknown) =>
    log.fault('sip.send', new Fault('sip.send-failed', { reason: reasonOf(thrown) }), { peer: address })
  const done = (thrown: unknown) => {
    if (thrown) failed(thrown)
  }
  return {
    transport: 'udp',
    isReliable: false,
    local,
    send: bytes => {
      try {
        socket.send(bytes, port, address, done)
      } catch (thrown) {
        // A socket that was closed a moment ago says so at once, perhaps to a timer.
        failed(thrown)
      }
    },
    toPort: other => flowTo(address, other)
  }
}
