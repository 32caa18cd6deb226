export type PartName = 'sip' | 'redis' | 'database' | 'journal' | 'queue' | 'lookups' | 'http' | 'nodes'

export interface PartState {
  readonly ok: boolean
  /** In words an operator can act on. */
  readonly why?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

/** L0 full, L1 a lookup is slow or dead, L2 Redis away, L3 PostgreSQL away. Later stages add L4 and L5. */
export interface Level {
  readonly level: 0 | 1 | 2 | 3
  readonly why?: string
}

/** What each part says of itself; `/readyz`, the heartbeat and the screen all read it here. */
export class Health {
  readonly #parts = new Map<PartName, PartState>()
  #draining = false

  set(part: PartName, state: PartState): void {
    this.#parts.set(part, state)
  }

  drain(): void {
    this.#draining = true
  }

  /**
   * Ready: the switch may send calls here. A gateway without Redis still takes calls, and one without PostgreSQL does
   * while it can keep them on its own disk; one without SIP does not.
   */
  isReady(): boolean {
    return !this.#draining && this.#ok('sip') && this.#ok('http') && this.#ok('journal')
  }

  level(): Level {
    const down = (part: PartName) => this.#parts.get(part)?.why ?? `${part} is away`
    for (const part of ['journal', 'database'] as const) if (!this.#ok(part)) return { level: 3, why: down(part) }
    if (!this.#ok('redis')) return { level: 2, why: down('redis') }
    if (!this.#ok('queue')) return { level: 1, why: down('queue') }
    if (!this.#ok('lookups')) return { level: 1, why: down('lookups') }
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

  #ok(part: PartName): boolean {
    return this.#parts.get(part)?.ok ?? false
  }
}
