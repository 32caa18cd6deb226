import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { certificateNames } from './certificate-names.ts'
import type { Flow, Sender } from './flow.ts'
import { letIn } from './listen-streams.ts'
import { SipStream, type StreamParts } from './stream-flow.ts'
import type { Dialled, Way } from './stream-reconnect.ts'
import type { TlsIdentity } from './tls-identity.ts'

/** A connection to a switch, for an answer of ours. It counts as one of the switch's, and serves what comes on it. */
export function dial(way: Way, parts: StreamParts, identity: TlsIdentity | undefined): Dialled | undefined {
  const { from, port, localAddress } = way
  const at = { host: from.address, port, ...(localAddress === undefined ? {} : { localAddress }) }
  if (way.transport === 'tcp') {
    const socket = connect({ ...at, noDelay: true, keepAlive: true })
    return { socket, flow: whenOpen(socket, 'connect', way, parts, () => from) }
  }
  if (identity === undefined) return undefined
  // Its certificate is checked against the trunk's names below, as that of a peer that connects to us is.
  const socket = tlsConnect({ ...at, ...identity.context, checkServerIdentity: () => undefined })
  socket.setNoDelay(true)
  return { socket, flow: whenOpen(socket, 'secureConnect', way, parts, () => admit(socket, from, parts)) }
}

async function whenOpen(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { transport, ownPort }: Way,
  parts: StreamParts,
  admit: () => Sender | undefined
): Promise<Flow> {
  // Whoever waits for the flow is told; nobody else may be.
  socket.on('error', () => {})
  const closed = once(socket, 'close').then(() => {
    throw new Error('closed before it was open')
  })
  await Promise.race([once(socket, event), closed])
  // It is open; its closing later is the stream's to notice, and nobody waits for this promise any more.
  closed.catch(() => {})
  const from = admit()
  if (from === undefined || letIn(socket, transport, parts) === undefined) throw new Error('it may not come in')
  return new SipStream({ socket, from, transport, ownPort }, parts).start().flow
}

function admit(socket: TLSSocket, { address, port }: Sender, { rules }: StreamParts): Sender | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const admission = rules.admitCertificate(address, 'tls', certificateNames(certificate))
  if (admission.kind === 'refused') return undefined
  const { admittedTo } = admission
  return { address, port, ...(admittedTo === undefined ? {} : { admittedTo }) }
}
