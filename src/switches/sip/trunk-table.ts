import { isIPv6 } from 'node:net'
import { SYNTHETIC } from '../../call/synthetic.ts'
import type { TrunkConfig } from '../../operations/config-schema.ts'
import type { TrunkNumberConfig } from '../../operations/trunk-number-schema.ts'
import { parseNameAddr, parseUri, splitValues } from './name-addr.ts'
import { serviceOf } from './said-by-switch.ts'
import type { SipHead } from './sip-head.ts'
import { withHeaders } from './trunk-headers.ts'

/** The trunk a call came on and the row of its table for the number the caller reached, as its headers change it. */
export interface TrunkMatch {
  readonly trunk: TrunkConfig
  readonly number: TrunkNumberConfig
  /** The number as the switch wrote it. */
  readonly ddi: string
  /** False: no trunk of this peer knows the number; the call is still taken, on the trunk's first row. */
  readonly isKnownNumber: boolean
}

/**
 * Which trunk a request belongs to, by the peer's address and then by the number: one border controller may carry
 * every line of two forces. A number no table knows falls on the first row of one of the peer's trunks, because a
 * caller must never be refused for a hole in our config: of a ring-leg trunk where there is one, because a 180 to an
 * event leg harms nobody, and a 200 to a fork would take the caller's own call. For the same reason ring-leg trunks are
 * asked first: a fork's branch has our number in its Request-URI and still, in To, the one that the caller dialled,
 * which an event-leg trunk of the same peer may know.
 */
export class TrunkTable {
  readonly #byPeer = new Map<string, TrunkConfig[]>()
  /** Guard, edge and calls ask in turn of the same request. */
  #last: { readonly head: SipHead; readonly match: TrunkMatch | undefined } | undefined

  constructor(trunks: readonly TrunkConfig[]) {
    const isRing = ({ mode }: TrunkConfig) => mode === 'ring-leg'
    for (const trunk of [...trunks.filter(isRing), ...trunks.filter(trunk => !isRing(trunk))]) {
      for (const peer of trunk.peers.map(toAddress)) {
        const known = this.#byPeer.get(peer)
        if (known === undefined) this.#byPeer.set(peer, [trunk])
        else known.push(trunk)
      }
    }
  }

  isPeer(address: string): boolean {
    return this.#byPeer.has(toAddress(address))
  }

  /** Undefined only for a peer of no trunk. */
  match(head: SipHead): TrunkMatch | undefined {
    if (this.#last?.head === head) return this.#last.match
    const found = this.#find(head)
    const match = found === undefined ? undefined : { ...found, number: withHeaders(found.number, head, found.trunk) }
    this.#last = { head, match }
    return match
  }

  #find(head: SipHead): TrunkMatch | undefined {
    const trunks = this.#byPeer.get(toAddress(head.peer))?.filter(trunk => isAdmitted(trunk, head))
    // A test call names a number that only we know; what names another one is none.
    const first = trunks?.find(({ id }) => id !== SYNTHETIC)
    const row = first?.numbers[0]
    if (trunks === undefined) return undefined
    for (const trunk of trunks) {
      for (const place of trunk.ddiFrom) {
        for (const ddi of numbersAt(head, place)) {
          const number = trunk.numbers.find(each => each.number === ddi)
          if (number !== undefined) return { trunk, number, ddi, isKnownNumber: true }
        }
      }
    }
    const service = serviceOf(head.uri)
    if (first === undefined || row === undefined) return undefined
    return (
      (service === undefined ? undefined : emergencyRow(trunks, service)) ?? {
        trunk: first,
        number: row,
        ddi: service ?? parseUri(head.uri)?.user ?? '',
        isKnownNumber: false
      }
    )
  }
}

/** RFC 5031: whoever asks for an emergency service is a 999 caller, whether a table has that service or not. */
function emergencyRow(trunks: readonly TrunkConfig[], ddi: string): TrunkMatch | undefined {
  for (const mode of ['ring-leg', undefined]) {
    for (const trunk of trunks) {
      const number = trunk.numbers.find(({ line }) => line === '999')
      if (number !== undefined && (mode ?? trunk.mode) === trunk.mode)
        return { trunk, number, ddi, isKnownNumber: true }
    }
  }
  return undefined
}

/** Whether the transport and the certificate a request came with are the trunk's. */
export function isAdmitted({ id }: TrunkConfig, { admittedTo }: Pick<SipHead, 'admittedTo'>): boolean {
  return admittedTo === undefined || admittedTo.includes(id)
}

/** Whether `peer` speaks for the trunk. */
export function hasPeer(trunk: TrunkConfig, peer: string): boolean {
  return trunk.peers.some(each => toAddress(each) === toAddress(peer))
}

/** One spelling of an address: IPv4 out of its IPv6 mapping, IPv6 shortened (RFC 5952). */
export function toAddress(address: string): string {
  // Asked of every message; IPv4 has only one spelling.
  if (!address.includes(':')) return address
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIPv6(plain) && !plain.includes('%') ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain
}

/** The device a request names, by the trunk's own places; the first that is present and is no number callers dial. */
export function deviceOf(head: SipHead, trunk: TrunkConfig): string | undefined {
  for (const place of trunk.deviceFrom) {
    const device = numbersAt(head, place)[0]?.slice(0, 64)
    if (device === undefined || device === '') continue
    // To and Request-URI name the desk in one request and the number dialled in another.
    if (!trunk.numbers.some(({ number }) => number === device)) return device
  }
  return undefined
}

function numbersAt(head: SipHead, place: string): readonly string[] {
  if (place === 'request-uri') {
    const service = serviceOf(head.uri)
    return service === undefined ? userOf(parseUri(head.uri)?.user) : servicesOf(service)
  }
  if (place === 'to') return userOf(parseNameAddr(head.header('to') ?? '')?.uri.user)
  if (place === 'history-info') {
    // The first entry is the number the caller dialled (RFC 7044 §5).
    return head
      .all('history-info')
      .flatMap(value => splitValues(value).flatMap(each => userOf(parseNameAddr(each)?.uri.user)))
  }
  const value = head.header(place.slice('header:'.length).toLowerCase())
  if (value === undefined) return []
  return userOf(parseNameAddr(value)?.uri.user ?? value.trim())
}

/** `urn:service:sos.police` and, for tables that tell no services apart, `urn:service:sos`. */
function servicesOf(service: string): readonly string[] {
  const dot = service.lastIndexOf('.')
  return dot < 0 ? [service] : [service, ...servicesOf(service.slice(0, dot))]
}

function userOf(user: string | undefined): readonly string[] {
  return user === undefined || user === '' ? [] : [user]
}
