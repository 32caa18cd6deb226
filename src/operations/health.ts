export type PartName =
  | 'sip'
  | 'redis'
  | 'database'
  | 'journal'
  | 'queue'
  | 'lookups'
  | 'eisec'
  | 'http'
  | 'nodes'
  | 'synthetic'
  | 'lines'
  | 'switches'

export interface PartState {
  readonly ok: boolean
  /** In words an operator can act on. */
  readonly why?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

/**
 * L0 full, L1 a lookup is slow or dead, L2 Redis away, L3 PostgreSQL away, L4 this node alone: it hears of no other and
 * no other of it. L5: no calls are taken here, the switch goes on without us.
 */
export interface Level {
  readonly level: 0 | 1 | 2 | 3 | 4 | 5
  readonly why?: string
}

/** What each part says of itself; `/readyz`, the heartbeat and the screen all read it here. */
export class Health {
  readonly #parts = new Map<PartName, PartState>()
  readonly #needed: readonly PartName[]
  #draining = false

  /** `needed`: the parts without which nothing may be sent here. */
  constructor(needed: readonly PartName[] = ['sip', 'http', 'journal']) {
    this.#needed = needed
  }

  set(part: PartName, state: PartState): void {
    this.#parts.set(part, state)
  }

  /** Undefined: it has said nothing yet, or there is none. */
  of(part: PartName): PartState | undefined {
    return this.#parts.get(part)
  }

  drain(): void {
    this.#draining = true
  }

  /**
   * Ready: the switch may send calls here. A gateway without Redis still takes calls, and one without PostgreSQL does
   * while it can keep them on its own disk; one without SIP does not.
   */
  isReady(): boolean {
    return !this.#draining && this.#needed.every(part => this.#ok(part))
  }

  level(): Level {
    for (const part of this.#needed) if (!this.#ok(part)) return { level: 5, why: this.#why(part) }
    const record = this.#ok('database') ? (this.#isDown('nodes') ? 'nodes' : undefined) : 'database'
    if (record !== undefined && !this.#ok('redis')) {
      return { level: 4, why: `${this.#why(record)}. ${this.#why('redis')}` }
    }
    if (record !== undefined) return { level: 3, why: this.#why(record) }
    if (!this.#ok('redis')) return { level: 2, why: this.#why('redis') }
    for (const part of ['queue', 'lookups'] as const) if (!this.#ok(part)) return { level: 1, why: this.#why(part) }
    for (const part of ['eisec', 'switches'] as const) if (this.#isDown(part)) return { level: 1, why: this.#why(part) }
    return { level: 0 }
  }

  report(): Record<string, unknown> {
    return {
      ready: this.isReady(),
      draining: this.#draining,
      ...this.level(),
      parts: Object.fromEntries(this.#parts)
    }
  }

  #why(part: PartName): string {
    return this.#parts.get(part)?.why ?? `${part} is away`
  }

  /** Said so; a part that has said nothing yet is not. */
  #isDown(part: PartName): boolean {
    return this.#parts.get(part)?.ok === false
  }

  #ok(part: PartName): boolean {
    return this.#parts.get(part)?.ok ?? false
  }
}
