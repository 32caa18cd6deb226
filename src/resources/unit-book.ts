import { newestOf, type Unit } from './unit.ts'
import { UnitIndex } from './unit-index.ts'
import { applyUpdate, newUnit, type Signal, type UnitUpdate, type UpdateRules } from './unit-update.ts'

/** Of one force. The largest in the country has some thousands of vehicles. */
export const MAX_UNITS = 25_000

/** What became of the updates of a batch. */
export interface Taken {
  readonly changed: number
  readonly older: number
  readonly fromTheFuture: number
  /** Of units that are one too many. */
  readonly full: number
  readonly signals: readonly { readonly unit: Unit; readonly signal: Signal }[]
}

interface Shard {
  readonly index: UnitIndex
  readonly rules: UpdateRules
  /** Callsigns that changed since somebody last asked; the units themselves are in the index. */
  changed: Set<string>
}

/**
 * The units of all forces, in memory, a shard each: what one force sends does not touch another's. Who keeps them in the
 * record asks what has changed.
 */
export class UnitBook {
  readonly #shards = new Map<string, Shard>()

  constructor(forces: ReadonlyMap<string, UpdateRules>) {
    for (const [force, rules] of forces) this.#shards.set(force, { index: new UnitIndex(), rules, changed: new Set() })
  }

  /** The forces that have units. */
  forces(): readonly string[] {
    return [...this.#shards.keys()]
  }

  /** Undefined of a force that has none configured. */
  index(force: string): UnitIndex | undefined {
    return this.#shards.get(force)?.index
  }

  /** Takes what is said of units of one force; `now` is epoch ms. */
  take(force: string, updates: readonly UnitUpdate[], now: number): Taken {
    const shard = this.#shards.get(force)
    const taken = { changed: 0, older: 0, fromTheFuture: 0, full: 0, signals: [] as { unit: Unit; signal: Signal }[] }
    if (shard === undefined) return { ...taken, full: updates.length }
    const { index, rules, changed } = shard
    for (const update of updates) {
      const before = index.get(update.callsign)
      if (before === undefined && index.size >= MAX_UNITS) {
        taken.full++
        continue
      }
      const came = applyUpdate(before, update, { ...rules, force, now })
      if (came.kind === 'older') taken.older++
      else if (came.kind === 'from-the-future') taken.fromTheFuture++
      else {
        taken.changed++
        index.put(came.unit)
        changed.add(update.callsign)
        if (came.signal !== undefined) taken.signals.push({ unit: came.unit, signal: came.signal })
      }
    }
    return taken
  }

  /** A unit as the record, or another gateway, has it; what is known here and newer stays. */
  learn(unit: Unit): void {
    const index = this.index(unit.force)
    const known = index?.get(unit.callsign)
    if (index === undefined || (known === undefined && index.size >= MAX_UNITS)) return
    index.put(known === undefined ? unit : newestOf(known, unit))
  }

  /** What the roster says a unit is; one that has not said anything yet is known by it, and cannot be sent. */
  roster(force: string, { callsign, type, skills, crew }: Pick<Unit, 'callsign' | 'type' | 'skills' | 'crew'>): void {
    const index = this.index(force)
    const known = index?.get(callsign)
    if (index === undefined || (known === undefined && index.size >= MAX_UNITS)) return
    index.put(known === undefined ? { ...newUnit(force, callsign), type, skills, crew } : { ...known, type, skills })
  }

  /** Of one force, those that changed since this was asked last. */
  takeChanged(force: string): readonly Unit[] {
    const shard = this.#shards.get(force)
    if (shard === undefined || shard.changed.size === 0) return []
    const { changed, index } = shard
    shard.changed = new Set()
    return [...changed].flatMap(callsign => index.get(callsign) ?? [])
  }

  /** Could not be kept: they are asked about again. */
  putBack(units: readonly Unit[]): void {
    for (const { force, callsign } of units) this.#shards.get(force)?.changed.add(callsign)
  }
}
