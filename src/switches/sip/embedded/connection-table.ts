import type { Metrics } from '../../../operations/metrics.ts'
import type { SipTransport } from '../../../operations/sip-transport-schema.ts'

interface Limits {
  readonly maxConnections: number
  readonly maxConnectionsPerPeer: number
}

/** Words of a counter. */
export type ConnectionRefusal = 'connections' | 'connections-of-peer'

/** How many connections there are, of all transports, in all and of each peer. Only peers of trunks come here. */
export class ConnectionTable {
  readonly #limits: Limits
  readonly #metrics: Metrics
  readonly #byPeer = new Map<string, number>()
  #count = 0

  constructor(limits: Limits, metrics: Metrics) {
    this.#limits = limits
    this.#metrics = metrics
  }

  get size(): number {
    return this.#count
  }

  /** Takes one more and returns what takes it out again, once; or says why it may not come in. */
  enter(address: string, transport: SipTransport): (() => void) | ConnectionRefusal {
    const ofPeer = this.#byPeer.get(address) ?? 0
    // A switch always has its first: others must not be able to keep its 999 calls out.
    if (this.#count >= this.#limits.maxConnections && ofPeer > 0) return 'connections'
    if (ofPeer >= this.#limits.maxConnectionsPerPeer) return 'connections-of-peer'
    this.#count += 1
    this.#byPeer.set(address, ofPeer + 1)
    this.#metrics.sipConnections.inc({ transport })
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      this.#leave(address, transport)
    }
  }

  #leave(address: string, transport: SipTransport): void {
    this.#count -= 1
    const left = (this.#byPeer.get(address) ?? 1) - 1
    if (left > 0) this.#byPeer.set(address, left)
    else this.#byPeer.delete(address)
    this.#metrics.sipConnections.dec({ transport })
  }
}
