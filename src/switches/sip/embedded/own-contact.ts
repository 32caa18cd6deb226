import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { SipTransport } from '../../../operations/sip-transport-schema.ts'
import { toAddress } from '../trunk-table.ts'
import type { Flow, OwnEnd } from './flow.ts'

/** RFC 7118 §5.1 has one word for both kinds of WebSocket. UDP is what a URI without the parameter means. */
const URI_TRANSPORT: Readonly<Record<SipTransport, string>> = {
  udp: '',
  tcp: ';transport=tcp',
  tls: ';transport=tls',
  ws: ';transport=ws',
  wss: ';transport=ws'
}

/** Our Contact to a peer of this flow: later requests of the dialog come by the same transport to the same end. */
export function contactOf({ transport, local }: Pick<Flow, 'transport' | 'local'>, isSips = false): string {
  const host = local.host.includes(':') ? `[${local.host}]` : local.host
  // In a sips URI TLS is said already; its transport is what TLS runs over (RFC 5630 §3.1.3).
  const said = isSips && transport === 'tls' ? ';transport=tcp' : URI_TRANSPORT[transport]
  return `${isSips ? 'sips' : 'sip'}:callbox@${host}:${local.port}${said}`
}

/** What the peer must be told of our address: the advertised one where it is a name or of the same family. */
export function ownEnd(advertised: string | undefined, address: string, port: number): OwnEnd {
  const own = reachable(toAddress(address))
  const isOther = advertised !== undefined && isIP(advertised) !== 0 && isIP(advertised) !== isIP(own)
  return { host: advertised === undefined || isOther ? own : advertised, port }
}

/** The switch must be able to send to our Contact: "every address" is none. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host
  const family = host === '::' ? 'IPv6' : 'IPv4'
  const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? [])
  const outside = addresses.find(each => each.family === family && !each.internal && !each.address.startsWith('fe80'))
  return outside?.address ?? (host === '::' ? '::1' : '127.0.0.1')
}
