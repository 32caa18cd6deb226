import type { HandlerId } from '../../src/call/ids.ts'
import { Admission } from '../../src/delivery/admission.ts'
import { ConsoleLink, type LinkParts } from '../../src/delivery/console-link.ts'
import type { Wire } from '../../src/delivery/handler-session.ts'
import { SOCKET_LIMITS } from '../../src/delivery/protocol-limits.ts'
import { Tickets } from '../../src/delivery/tickets.ts'
import { interval } from '../../src/operations/lifecycle.ts'
import { readOpenCall } from '../../src/records/adoption.ts'
import type { CallAdopter } from '../../src/wiring/adopt-calls.ts'
import type { Base } from '../../src/wiring/base.ts'
import { makeReceipts, type Receipts } from '../../src/wiring/receipts.ts'
import { makeRunCommand } from '../../src/wiring/run-command.ts'
import type { Delivery } from '../../src/wiring/start-delivery.ts'
import type { Nodes } from '../../src/wiring/start-nodes.ts'
import type { Accepted } from './sim-socket.ts'
import type { SimStores } from './sim-stores.ts'

/** As delivery/socket.ts has them. */
const BEAT_MS = 250
const LATE_BEAT_MS = 1_000

interface Parts {
  readonly delivery: Delivery
  readonly stores: SimStores
  readonly adopter: CallAdopter
  readonly nodes: Nodes
  readonly secret: Buffer
}

/** What delivery/socket.ts and the ticket's route are to a console, without HTTP and WebSocket frames. */
export class SimConsoleDoor {
  readonly #links = new Set<ConsoleLink>()
  readonly #admission: Admission
  readonly #tickets: Tickets
  readonly #receipts: Receipts
  readonly #linkParts: LinkParts
  readonly #clock: Base['clock']
  #beatAt = 0

  constructor(base: Base, { delivery, stores, adopter, nodes, secret }: Parts) {
    const { hub, signOns, courier, presence } = delivery
    const { config, log, metrics, clock, node, health } = base
    this.#clock = clock
    this.#receipts = makeReceipts(base, stores, { signOns, onAcked: () => {} })
    this.#tickets = new Tickets({ secret, redis: stores.commands, keyPrefix: config.keyPrefix, clock })
    this.#admission = new Admission({ limits: SOCKET_LIMITS, monotonicMs: () => clock.monotonicMs() })
    this.#linkParts = {
      isSignedOn: handler => signOns.of(handler) !== undefined,
      wasPopped: (handler, popId) => courier.wasPopped(handler, popId),
      run: makeRunCommand(
        courier,
        {},
        {
          adopt: callId => adopter.byCallId(callId),
          readOpen: callId => readOpenCall(stores.pool, callId)
        }
      ),
      check: () => nodes.watch.check(),
      noteAttention: (handler, attention) => presence.note(handler, attention),
      service: () => health.level(),
      makeSessionId: () => `s_${Math.random().toString(36).slice(2)}`,
      ...this.#receipts,
      ...{ hub, node, log, metrics, clock, tickets: this.#tickets, admission: this.#admission }
    }
    this.#beatAt = clock.monotonicMs()
    base.releases.push(
      'beat',
      interval(() => this.#beat(), BEAT_MS)
    )
  }

  /** Receipts that are not in the record yet. */
  get receiptsPending(): number {
    return this.#receipts.pending()
  }

  get size(): number {
    return this.#links.size
  }

  ticket(handler: HandlerId): string {
    return this.#tickets.give(handler).ticket
  }

  accept(wire: Wire): Accepted {
    const link = new ConsoleLink(this.#linkParts, wire)
    this.#links.add(link)
    link.start()
    return {
      receive: text => link.receive(text),
      closed: () => {
        this.#links.delete(link)
        link.closed()
      }
    }
  }

  cutAll(): void {
    for (const link of [...this.#links]) link.cut()
  }

  #beat(): void {
    this.#admission.tick()
    const now = this.#clock.monotonicMs()
    const isLate = now - this.#beatAt > LATE_BEAT_MS
    this.#beatAt = now
    if (!isLate) for (const link of [...this.#links]) link.beat(now)
  }
}
