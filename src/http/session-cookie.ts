import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../operations/lifecycle.ts'

interface Parts {
  readonly secret: Buffer
  readonly isSecure: boolean
  readonly hours: number
  readonly clock: Clock
}

/** The signed cookie of a signed-on handler: handler and end of shift, nothing else. */
export class SessionCookie {
  readonly #parts: Parts
  readonly #name: string
  readonly #key: KeyObject

  constructor(parts: Parts) {
    this.#parts = parts
    this.#key = createSecretKey(parts.secret)
    // The prefix makes browsers refuse it from anywhere but this host over TLS; without TLS they refuse it altogether.
    this.#name = parts.isSecure ? '__Host-callbox' : 'callbox'
  }

  /** A Set-Cookie value. */
  give(handler: string): string {
    const endsAt = this.#parts.clock.now() + this.#parts.hours * 3_600_000
    const body = Buffer.from(JSON.stringify([handler, endsAt])).toString('base64url')
    return this.#set(`${body}.${this.#sign(body)}`, this.#parts.hours * 3600)
  }

  /** A Set-Cookie value that ends it. */
  end(): string {
    return this.#set('', 0)
  }

  /** The handler of a Cookie header; undefined when there is none, it is not ours, or its time is over. */
  read(header: string | undefined): string | undefined {
    const found = (header ?? '')
      .split(';')
      .map(part => part.trim().split('=', 2))
      .find(([name]) => name === this.#name)
    const [body = '', signature = ''] = (found?.[1] ?? '').split('.')
    const expected = Buffer.from(this.#sign(body))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const [handler, endsAt] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [string, number]
    return endsAt > this.#parts.clock.now() ? handler : undefined
  }

  #set(value: string, seconds: number): string {
    const secure = this.#parts.isSecure ? '; Secure' : ''
    return `${this.#name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(`session.${body}`).digest('base64url')
  }
}
