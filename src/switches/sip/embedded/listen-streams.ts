import { createServer, type Server, type Socket } from 'node:net'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { after } from '../../../operations/lifecycle.ts'
import type { SipTransport } from '../../../operations/sip-transport-schema.ts'
import { toAddress } from '../trunk-table.ts'
import type { Sender } from './flow.ts'
import { type Listener, type ListenParts, listening, type Place } from './listen.ts'

/** A peer that is gone without a word is found out by the kernel: a probe after this, then one a second, ten of them. */
const PROBE_AFTER_MS = 30_000
const LAST_BYTES_MS = 500

/** What a connection of a peer becomes, once it is let in. Returns how it ends when all that is written has left. */
export type OpenLink = (link: Socket, from: Sender) => () => void

/**
 * The door of every transport that has connections: who is of no trunk, or is one too many, is closed before a byte
 * of it is read.
 */
export async function listenStreams(
  transport: SipTransport,
  place: Place,
  parts: ListenParts,
  open: OpenLink
): Promise<Listener> {
  const { log } = parts
  const links = new Map<Socket, () => void>()
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS }, link => {
    const from = letIn(link, transport, parts)
    if (from === undefined) {
      link.destroy()
      return
    }
    link.on('close', () => links.delete(link))
    links.set(link, open(link, from))
  })
  await listening(transport, place, done => {
    server.once('error', done)
    server.listen({ port: place.port, host: place.host, ipv6Only: place.ipv6Only && place.host.includes(':') }, () => {
      server.off('error', done)
      done()
    })
  })
  // Out of file handles, say: one connection is not taken, and the others live on.
  server.on('error', thrown => log.fault('sip.socket', new Fault('sip.send-failed', { reason: reasonOf(thrown) })))
  return { port: portOf(server), stop: () => stopAll(server, links) }
}

/** Undefined for who may not come in. */
export function letIn(
  link: Socket,
  transport: SipTransport,
  { rules, connections, log, metrics }: ListenParts
): Sender | undefined {
  const address = toAddress(link.remoteAddress ?? '')
  const admission = rules.admit(address, transport)
  const leave = admission.kind === 'refused' ? admission.reason : connections.enter(address, transport)
  if (typeof leave === 'string') {
    metrics.sipRefused.inc({ reason: leave })
    return undefined
  }
  link.on('close', leave)
  link.on('error', thrown => log.debug('sip.connection', { peer: address, reason: reasonOf(thrown) }))
  const admittedTo = admission.kind === 'admitted' ? admission.admittedTo : undefined
  return { address, port: link.remotePort ?? 0, ...(admittedTo === undefined ? {} : { admittedTo }) }
}

function stopAll(server: Server, links: ReadonlyMap<Socket, () => void>): Promise<void> {
  return new Promise(done => {
    server.close(() => done())
    // What is written still leaves; a peer that does not read it is not waited for.
    for (const end of [...links.values()]) end()
    const stopWaiting = after(LAST_BYTES_MS, () => {
      for (const link of [...links.keys()]) link.destroy()
    })
    server.once('close', stopWaiting)
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
