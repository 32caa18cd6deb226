import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { RedisLink } from '../operations/redis.ts'
import { SOCKET_LIMITS } from './protocol-limits.ts'
import { Turns } from './turns.ts'

interface Parts {
  readonly secret: Buffer
  readonly redis: RedisLink
  readonly keyPrefix: string
  readonly clock: Clock
}

/**
 * Tickets out at once, each until it is spent or for so long. Consoles that come back all at once are so served one
 * after the other to the end; served all alike, a step at a time, nobody would be done before they give up.
 */
const MAX_OUT = 400
const OUT_MS = 4_000

/** Tickets spent on this node while Redis is away; each is forgotten with its 30 s. */
const MAX_SPENT = 50_000

/**
 * Tickets for a socket: signed, for 30 s, good once. They are given only to a signed-on handler's own page, so a
 * socket needs no cookie of its own. Once over all nodes while Redis answers, once on each node otherwise.
 */
export class Tickets {
  readonly #parts: Parts
  readonly #key: KeyObject
  readonly #turns: Turns
  readonly #spent = new Map<string, number>()
  /** When each counts no more, by ticket; monotonic ms. */
  readonly #out = new Map<string, number>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#key = createSecretKey(parts.secret)
    this.#turns = new Turns(() => parts.clock.monotonicMs())
  }

  /** 0: a ticket may be given now. Else how long whoever asks is to stay away, in ms. Costs next to nothing. */
  waitMs(): number {
    const now = this.#parts.clock.monotonicMs()
    for (const [ticket, until] of this.#out) {
      if (until > now) break
      this.#out.delete(ticket)
    }
    return this.#out.size < MAX_OUT ? 0 : this.#turns.next()
  }

  /** `expiresAt` in epoch ms. */
  give(handler: HandlerId): { readonly ticket: string; readonly expiresAt: number } {
    const made = this.#make(handler)
    this.#forgetOldestOut()
    this.#out.set(made.ticket, this.#parts.clock.monotonicMs() + OUT_MS)
    return made
  }

  /** For another gateway, should this one go: nobody is waited for here with it. */
  giveNext(handler: HandlerId): string {
    return this.#make(handler).ticket
  }

  #make(handler: HandlerId): { readonly ticket: string; readonly expiresAt: number } {
    const expiresAt = this.#parts.clock.now() + SOCKET_LIMITS.ticketMs
    const said = JSON.stringify([handler, expiresAt, randomBytes(9).toString('base64url')])
    const body = Buffer.from(said).toString('base64url')
    return { ticket: `${body}.${this.#sign(body)}`, expiresAt }
  }

  #forgetOldestOut(): void {
    const [oldest] = this.#out.keys()
    if (oldest !== undefined && this.#out.size >= MAX_OUT) this.#out.delete(oldest)
  }

  /** The handler it was given to, the first time; undefined ever after, and for anything else. */
  async spend(ticket: string): Promise<HandlerId | undefined> {
    this.#out.delete(ticket)
    const read = this.#read(ticket)
    if (read === undefined || read.expiresAt < this.#parts.clock.now()) return undefined
    return (await this.#isFirst(ticket)) ? read.handler : undefined
  }

  #read(ticket: string): { handler: HandlerId; expiresAt: number } | undefined {
    const [body = '', signature = ''] = ticket.split('.')
    const expected = Buffer.from(this.#sign(body))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const [handler, expiresAt] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [string, number]
    return { handler, expiresAt }
  }

  async #isFirst(ticket: string): Promise<boolean> {
    const now = this.#parts.clock.now()
    for (const [old, endsAt] of this.#spent) {
      if (endsAt > now && this.#spent.size < MAX_SPENT) break
      this.#spent.delete(old)
    }
    if (this.#spent.has(ticket)) return false
    this.#spent.set(ticket, now + SOCKET_LIMITS.ticketMs)
    try {
      const key = `${this.#parts.keyPrefix}:ticket:${ticket.slice(-32)}`
      return (await this.#parts.redis.set(key, '1', 'PX', SOCKET_LIMITS.ticketMs, 'NX')) === 'OK'
    } catch {
      // Redis is away: this node's own memory has to do (docs/decisions/0005).
      return true
    }
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(`ticket.${body}`).digest('base64url')
  }
}
