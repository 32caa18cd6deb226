import type { Config } from '../../../operations/config-schema.ts'
import { Fault } from '../../../operations/errors.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import { whoHolds } from '../../../operations/port-holder.ts'
import type { SipTransport } from '../../../operations/sip-transport-schema.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Flow, OnBytes } from './flow.ts'
import type { PeerRules } from './peer-rules.ts'

/** One transport on one address and port, whatever it is. */
export interface Listener {
  readonly port: number
  readonly stop: () => Promise<void>
  /** Where there are no connections: the way to a peer that has said nothing yet. */
  readonly flowTo?: (address: string, port: number) => Flow
}

export interface Place {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Whether an IPv6 address stands for itself only, because IPv4 has a listener of its own. */
  readonly ipv6Only: boolean
}

/** What every listener of a driver shares. */
export interface ListenParts {
  readonly limits: Pick<
    Config['sip'],
    'udpMaxBytes' | 'tcpMaxBytes' | 'idleMs' | 'messageMs' | 'handshakeMs' | 'advertisedHost'
  >
  readonly rules: PeerRules
  readonly connections: ConnectionTable
  readonly onBytes: OnBytes
  readonly log: Log
  readonly metrics: Metrics
}

const WORDS: Readonly<Record<SipTransport, string>> = {
  udp: 'SIP over UDP',
  tcp: 'SIP over TCP',
  tls: 'SIP over TLS',
  ws: 'SIP over WebSocket',
  wss: 'SIP over secure WebSocket'
}

/** Resolves when `bind` has; rejects with the fault that says why it could not. */
export async function listening(
  transport: SipTransport,
  { host, port }: Place,
  bind: (done: (thrown?: Error) => void) => void
): Promise<void> {
  const what = WORDS[transport]
  const thrown = await new Promise<Error | undefined>(done => bind(done))
  if (thrown === undefined) return
  if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    const by = await whoHolds(port, transport === 'udp' ? 'udp' : 'tcp')
    throw new Fault('listen.port-taken', { port, what, by }, thrown)
  }
  throw new Fault('listen.failed', { host, port, what, reason: thrown.message }, thrown)
}
