import type { KeptAlarm } from './alarm.ts'
import { type AlarmCode, ruleOf } from './alarm-catalogue.ts'

/** An alarm as this gateway holds it. */
export interface HeldAlarm {
  kept: KeptAlarm
  /** What the record does not have yet. */
  owes: 'nothing' | 'raise' | 'revise' | 'end'
  /** This gateway keeps it up. */
  isHeld: boolean
  isTold: boolean
}

/** Alarms open at once. Beyond them only the rate of alarms is told, callers at risk, and hand-overs: no more than forces, and calls. */
export const MAX_OPEN = 500
const NEVER_DROPPED: readonly AlarmCode[] = [
  'alarm-rate',
  'risk-unheard',
  'handover-not-delivered',
  'handover-not-accepted',
  'handover-idle',
  'handover-past-target',
  'handover-refused'
]
/** Ended ones remembered, so that an older reading does not open them again. */
const MAX_ENDED = 1_000

/** The alarms a gateway knows: open ones by id and by key, and those that ended last. Bounded. */
export class AlarmShelf {
  readonly #open = new Map<string, HeldAlarm>()
  readonly #openByKey = new Map<string, HeldAlarm>()
  readonly #ended = new Map<string, HeldAlarm>()

  isFullFor(code: AlarmCode): boolean {
    return this.#open.size >= MAX_OPEN && !NEVER_DROPPED.includes(code)
  }

  openOf(id: string): HeldAlarm | undefined {
    return this.#open.get(id)
  }

  openWith(key: string): HeldAlarm | undefined {
    return this.#openByKey.get(key)
  }

  endedOf(id: string): HeldAlarm | undefined {
    return this.#ended.get(id)
  }

  open(): Iterable<HeldAlarm> {
    return this.#open.values()
  }

  /** What the record does not have yet, oldest first. */
  owing(): readonly HeldAlarm[] {
    return [...this.#ended.values(), ...this.#open.values()].filter(({ owes }) => owes !== 'nothing')
  }

  /** Ids of those that this gateway must keep up in the record. */
  keptUp(): readonly string[] {
    return [...this.#open.values()]
      .filter(({ isHeld, kept }) => isHeld && ruleOf(kept.alarm.code).heldBy === 'node')
      .map(({ kept }) => kept.alarm.alarm)
  }

  put(entry: HeldAlarm): void {
    this.#open.set(entry.kept.alarm.alarm, entry)
    this.#openByKey.set(entry.kept.key, entry)
  }

  end(entry: HeldAlarm): void {
    const { alarm } = entry.kept.alarm
    this.#open.delete(alarm)
    this.#openByKey.delete(entry.kept.key)
    this.#ended.set(alarm, entry)
    for (const [id, { owes }] of this.#ended) {
      if (this.#ended.size <= MAX_ENDED) break
      // What is owed goes first when PostgreSQL is back; until then no more come than can be open.
      if (owes === 'nothing' || this.#ended.size > MAX_ENDED + MAX_OPEN) this.#ended.delete(id)
    }
  }

  /** How many are open of this priority. */
  count(priority: number): number {
    let count = 0
    for (const { kept } of this.#open.values()) if (kept.alarm.priority === priority) count += 1
    return count
  }
}
