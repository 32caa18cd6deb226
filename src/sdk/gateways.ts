import type { NextGateways } from '../delivery/protocol.ts'
import { CLOSE, SOCKET_LIMITS } from '../delivery/protocol-limits.ts'
import type { Ticket } from './link.ts'
import type { Time } from './time.ts'

interface Parts {
  /** Those it was made with, each with a way to a ticket of its own. */
  readonly urls: readonly string[]
  readonly getTicket: (url: string) => Promise<Ticket>
  readonly time: Time
  readonly random: () => number
}

/** One gateway to try. */
export interface Try {
  readonly url: string
  readonly getTicket: () => Promise<Ticket>
}

const PATH = '/api/v1/ws'
/** A ticket that is about to lapse is none: the way to the gateway takes its time. */
const TICKET_MS = SOCKET_LIMITS.ticketMs - 2_000

/**
 * Whose turn it is: the gateways a client was given, and those the last one named for the time when it does not serve.
 * Into these it comes by the ticket that was said with their names, so that no page has to ask another host for one.
 */
export class Gateways {
  readonly #parts: Parts
  #named: readonly string[] = []
  #ticket: { readonly text: string; readonly atMs: number } | undefined
  #turn = 0
  #hasRefused = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  learn({ ticket, gateways }: NextGateways): void {
    const { urls, time, random } = this.#parts
    this.#ticket = { text: ticket, atMs: time.monotonicMs() }
    const named = gateways.map(gateway => `${gateway.replace(/^http/, 'ws')}${PATH}`).filter(url => !urls.includes(url))
    const isKnown = named.length === this.#named.length && named.every(url => this.#named.includes(url))
    // Each client in an order of its own: a room must not go to the same gateway as one.
    if (!isKnown) this.#named = shuffled(named, random)
  }

  /** The one that was tried does not serve. */
  turn(): void {
    this.#turn += 1
  }

  /** A socket was let in. */
  entered(): void {
    this.#hasRefused = false
  }

  /**
   * Whether a socket that was not let in was sent away for its ticket, the first time: a ticket can lapse on its way,
   * where a clock is set or the computer sleeps. Whoever gives the next one knows who is signed on.
   */
  isFirstRefusal(code: number): boolean {
    this.#hasRefused = code === CLOSE.notSignedOn.code && !this.#hasRefused
    return this.#hasRefused
  }

  get current(): Try {
    const { urls, getTicket } = this.#parts
    const all = this.#hasTicket() ? [...urls, ...this.#named] : urls
    const url = all[this.#turn % all.length] ?? ''
    return { url, getTicket: () => (urls.includes(url) ? getTicket(url) : this.#spend()) }
  }

  #hasTicket(): boolean {
    return this.#ticket !== undefined && this.#parts.time.monotonicMs() - this.#ticket.atMs <= TICKET_MS
  }

  async #spend(): Promise<Ticket> {
    const ticket = this.#ticket
    if (ticket === undefined) throw new Error('no ticket')
    this.#ticket = undefined
    return { kind: 'ticket', ticket: ticket.text }
  }
}

function shuffled(urls: readonly string[], random: () => number): readonly string[] {
  return urls
    .map(url => ({ url, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ url }) => url)
}
