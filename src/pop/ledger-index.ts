import type { CallId } from '../call/ids.ts'
import type { KnownEntry } from './ledger.ts'

/** Open entries a node keeps in memory; beyond them the oldest stay in the record alone. */
const MAX_OPEN = 20_000
/** Closed ones whose last revision is remembered, so that an older word of them is known as such. */
const MAX_CLOSED = 5_000

/** Open entries by call, and by force and number. */
export class LedgerIndex {
  readonly #open = new Map<CallId, KnownEntry>()
  readonly #byKey = new Map<string, Set<CallId>>()
  readonly #closed = new Map<CallId, number>()
  readonly max = MAX_OPEN

  get size(): number {
    return this.#open.size
  }

  get(callId: CallId): KnownEntry | undefined {
    return this.#open.get(callId)
  }

  /** Oldest first. */
  open(): readonly KnownEntry[] {
    return [...this.#open.values()].sort((one, other) => one.entry.openedAt - other.entry.openedAt)
  }

  openFor(key: string | undefined): readonly KnownEntry[] {
    const calls = key === undefined ? undefined : this.#byKey.get(key)
    return [...(calls ?? [])].flatMap(callId => this.#open.get(callId) ?? [])
  }

  /** False for what is known already. */
  put(known: KnownEntry): boolean {
    const callId = known.entry.call as CallId
    const rev = this.#open.get(callId)?.rev ?? this.#closed.get(callId) ?? 0
    if (known.rev <= rev) return false
    if (known.entry.closedAt === undefined) this.#keep(callId, known)
    else this.#close(callId, known.rev)
    return true
  }

  #keep(callId: CallId, known: KnownEntry): void {
    this.#open.set(callId, known)
    const { key } = known
    if (key !== undefined) this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(callId))
    const [oldest] = this.#open.keys()
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#drop(oldest)
  }

  #close(callId: CallId, rev: number): void {
    this.#drop(callId)
    this.#closed.set(callId, rev)
    const [oldest] = this.#closed.keys()
    if (this.#closed.size > MAX_CLOSED && oldest !== undefined) this.#closed.delete(oldest)
  }

  #drop(callId: CallId): void {
    const key = this.#open.get(callId)?.key
    this.#open.delete(callId)
    const calls = key === undefined ? undefined : this.#byKey.get(key)
    calls?.delete(callId)
    if (key !== undefined && calls?.size === 0) this.#byKey.delete(key)
  }
}
