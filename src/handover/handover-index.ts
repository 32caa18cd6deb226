import { isOver } from '../pop/handover.ts'
import type { KnownHandover } from './handover-record.ts'

/** Hand-overs a gateway keeps in memory; beyond them the oldest that are over go first, then the oldest. */
const MAX_KNOWN = 5_000

/** What this gateway knows of hand-overs, open and just over, by id. Bounded. */
export class HandoverIndex {
  readonly #known = new Map<string, KnownHandover>()
  readonly max = MAX_KNOWN

  get(id: string): KnownHandover | undefined {
    return this.#known.get(id)
  }

  /** Oldest first. */
  all(): readonly KnownHandover[] {
    return [...this.#known.values()].sort((one, other) => one.handover.madeAt - other.handover.madeAt)
  }

  open(): readonly KnownHandover[] {
    return this.all().filter(({ handover }) => !isOver(handover))
  }

  /** False for what is known already. */
  put(known: KnownHandover): boolean {
    const id = known.handover.handover
    const before = this.#known.get(id)
    if (before !== undefined && before.rev >= known.rev) return false
    this.#known.set(id, known)
    if (this.#known.size > MAX_KNOWN) this.#drop()
    return true
  }

  #drop(): void {
    const [first] = this.#known.values()
    const over = [...this.#known.values()].find(({ handover }) => isOver(handover))
    const dropped = over ?? first
    if (dropped !== undefined) this.#known.delete(dropped.handover.handover)
  }
}
