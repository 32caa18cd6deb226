import type { NextGateways } from '../delivery/protocol.ts'
import { SOCKET_LIMITS } from '../delivery/protocol-limits.ts'

/** A ticket that is about to lapse is none: the way to the gateway takes its time. */
const TICKET_MS = SOCKET_LIMITS.ticketMs - 2_000
/** Each is good once, and what it was spent on may have no answer: so many tries at the others before the own must answer. */
const MAX_TICKETS = 12

/** Where a question goes: the page's own gateway, by its cookie, or another by a ticket. */
export type Turn =
  | { readonly kind: 'own' }
  | { readonly kind: 'other'; readonly origin: string; readonly ticket: string }

interface Parts {
  /** Of the page. */
  readonly own: string
  readonly monotonicMs: () => number
}

/**
 * Whose turn it is, as for a console's socket (sdk/gateways.ts): the page's own gateway, and those that the last answer named
 * for the time when it does not. The one that answers is asked again.
 */
export class WallboardGateways {
  readonly #parts: Parts
  #others: readonly string[] = []
  /** The newest last. */
  #tickets: readonly { readonly text: string; readonly atMs: number }[] = []
  #turn = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether there is anywhere else to go. */
  get hasOthers(): boolean {
    return this.#others.length > 0
  }

  learn({ ticket, gateways }: NextGateways): void {
    const atMs = this.#parts.monotonicMs()
    this.#tickets = [...this.#tickets, { text: ticket, atMs }].slice(-MAX_TICKETS)
    this.#others = gateways.filter(gateway => gateway !== this.#parts.own)
  }

  /** The one that was asked has not answered, or what it says is old. */
  turn(): void {
    this.#turn += 1
  }

  /** Spends a ticket where it is another's turn. */
  next(): Turn {
    const now = this.#parts.monotonicMs()
    this.#tickets = this.#tickets.filter(({ atMs }) => now - atMs <= TICKET_MS)
    const origin = this.#others[(this.#turn % (this.#others.length + 1)) - 1]
    const ticket = origin === undefined ? undefined : this.#tickets[0]
    // Without one nobody but the own gateway lets us in.
    if (origin === undefined || ticket === undefined) return { kind: 'own' }
    this.#tickets = this.#tickets.slice(1)
    return { kind: 'other', origin, ticket: ticket.text }
  }
}
