import type { FromClient } from '../delivery/protocol.ts'
import { SOCKET_LIMITS } from '../delivery/protocol-limits.ts'
import { after, type Stop } from '../operations/lifecycle.ts'

/** Pops in one acknowledgement (the protocol's limit). */
const MAX_POPS = 200

/**
 * Acknowledgements as the protocol wants them: a pop at once, everything else within `ackEveryMs` or with the
 * `ackEveryEvents`th. A pop whose acknowledgement may have been lost with the link goes again after it.
 */
export class Acknowledger {
  readonly #send: (message: FromClient) => boolean
  #seq = 0
  #count = 0
  #pops: string[] = []
  #stop: Stop = () => {}

  /** `send` answers whether the message left. */
  constructor(send: (message: FromClient) => boolean) {
    this.#send = send
  }

  /** An event came; `popId` where it was a pop. `seq` absent: it came past the log. */
  note(seq: number | undefined, popId?: string): void {
    this.#seq = seq ?? this.#seq
    this.#count += 1
    if (popId !== undefined) this.#pops.push(popId)
    if (popId !== undefined || this.#count >= SOCKET_LIMITS.ackEveryEvents) this.flush()
    else if (this.#count === 1) this.#stop = after(SOCKET_LIMITS.ackEveryMs, () => this.flush())
  }

  /** A snapshot, or a link that is up again, begins here. */
  moveTo(seq: number, popIds: readonly string[] = []): void {
    this.#seq = seq
    this.#pops.push(...popIds)
    this.flush()
  }

  flush(): void {
    this.#stop()
    this.#count = 0
    do {
      const pops = this.#pops.slice(0, MAX_POPS)
      const left = this.#send({ t: 'ack', seq: this.#seq, ...(pops.length === 0 ? {} : { pops }) })
      if (!left) return
      this.#pops.splice(0, pops.length)
    } while (this.#pops.length > 0)
  }

  stop(): void {
    this.#stop()
  }
}
