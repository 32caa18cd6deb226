import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import type { Log } from '../../../operations/log.ts'
import { toAddress } from '../trunk-table.ts'
import type { AddressedFlow, OwnEnd } from './flow.ts'
import { type Listener, type ListenParts, listening, type Place } from './listen.ts'
import { ownEnd } from './own-contact.ts'

/** At 1,000 calls/s the default of 208 KiB loses datagrams while the collector runs (measured). */
const BUFFER_BYTES = 4 * 1024 * 1024

/** SIP over UDP on one socket. */
export async function listenUdp(
  place: Place,
  { limits, rules, onBytes, log, metrics }: Omit<ListenParts, 'connections'>
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
  socket.on('message', (bytes, { address, port }) => {
    const admission = rules.admit(address, 'udp')
    if (admission.kind === 'refused') metrics.sipRefused.inc({ reason: admission.reason })
    else if (bytes.length > limits.udpMaxBytes) metrics.sipRefused.inc({ reason: 'too-large' })
    // Port 0 cannot be answered, and sending to it throws.
    else if (port > 0) {
      const { admittedTo } = admission
      const from = { address: toAddress(address), port, ...(admittedTo === undefined ? {} : { admittedTo }) }
      onBytes(bytes, from, udpFlow(socket, { address, port }, local, log))
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
  return { port, stop: () => new Promise(done => socket.close(() => done())) }
}

function udpFlow(socket: Socket, to: { address: string; port: number }, local: OwnEnd, log: Log): AddressedFlow {
  return {
    transport: 'udp',
    isReliable: false,
    local,
    send: bytes => {
      const failed = (thrown: unknown) =>
        log.fault('sip.send', new Fault('sip.send-failed', { reason: reasonOf(thrown) }), { peer: to.address })
      try {
        socket.send(bytes, to.port, to.address, thrown => {
          if (thrown) failed(thrown)
        })
      } catch (thrown) {
        // A socket that was closed a moment ago says so at once, perhaps to a timer.
        failed(thrown)
      }
    },
    toPort: port => udpFlow(socket, { address: to.address, port }, local, log)
  }
}
