import type { TrunkConfig } from '../../../operations/config-schema.ts'
import { SIP_TRANSPORTS, type SipTransport, transportsOf } from '../../../operations/sip-transport-schema.ts'
import { toAddress } from '../trunk-table.ts'
import { type CertificateNames, toFingerprint } from './certificate-names.ts'

/** Words of a counter. */
export type NotAdmitted = 'unknown-peer' | 'transport' | 'tls-name'

/** Admitted to some of its address's trunks, or to all of them where `admittedTo` is absent. */
export type Admission =
  | { readonly kind: 'admitted'; readonly admittedTo?: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: NotAdmitted }

/**
 * Who may speak for which trunks, by its address, its transport and, over TLS, its certificate. Looked up for each
 * datagram and each connection, before a byte of it is read.
 */
export class PeerRules {
  readonly #byPeer = new Map<string, TrunkConfig[]>()
  readonly #byTransport = new Map<SipTransport, Map<string, Admission>>()

  constructor(trunks: readonly TrunkConfig[]) {
    for (const trunk of trunks) {
      for (const peer of new Set(trunk.peers.map(toAddress))) {
        const known = this.#byPeer.get(peer)
        if (known === undefined) this.#byPeer.set(peer, [trunk])
        else known.push(trunk)
      }
    }
    for (const transport of SIP_TRANSPORTS) {
      const admissions = [...this.#byPeer].map(([peer, theirs]) => {
        const open = theirs.filter(trunk => transportsOf(trunk).includes(transport))
        return [peer, toAdmission(open, theirs, 'transport')] as const
      })
      this.#byTransport.set(transport, new Map(admissions))
    }
  }

  /** Before its certificate is known. */
  admit(address: string, transport: SipTransport): Admission {
    return this.#byTransport.get(transport)?.get(toAddress(address)) ?? { kind: 'refused', reason: 'unknown-peer' }
  }

  /** With the certificate it has shown, which one of our roots has signed. */
  admitCertificate(address: string, transport: SipTransport, certificate: CertificateNames): Admission {
    const theirs = this.#byPeer.get(toAddress(address)) ?? []
    const open = theirs.filter(trunk => transportsOf(trunk).includes(transport) && carries(trunk, certificate))
    return toAdmission(open, theirs, 'tls-name')
  }
}

function toAdmission(open: readonly TrunkConfig[], all: readonly TrunkConfig[], reason: NotAdmitted): Admission {
  if (open.length === 0) return { kind: 'refused', reason }
  return open.length === all.length
    ? { kind: 'admitted' }
    : { kind: 'admitted', admittedTo: open.map(trunk => trunk.id) }
}

/** What of both the trunk pins. */
function carries({ tlsNames, tlsFingerprints }: TrunkConfig, { names, fingerprint }: CertificateNames): boolean {
  const isNamed = tlsNames === undefined || tlsNames.some(name => names.includes(name.toLowerCase()))
  const isKnown = tlsFingerprints === undefined || tlsFingerprints.some(each => toFingerprint(each) === fingerprint)
  return isNamed && isKnown
}
