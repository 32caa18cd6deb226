import type { ForceId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Alarm } from './board.ts'

export const RATE_WINDOW_MS = 600_000
/** So many in ten minutes are a flood (EEMUA 191); it is over at half of them. */
export const FLOOD = 10
const MAX_FORCES = 100
/** Times kept for each force; more say nothing new. */
const MAX_TIMES = 1_000

interface Flood {
  /** Empty: alarms of every force. */
  readonly force: ForceId | ''
  readonly count: number
  readonly isFlood: boolean
}

/** How many alarms each force has had in the last ten minutes. */
export class AlarmRate {
  readonly #clock: Clock
  readonly #times = new Map<ForceId | '', number[]>()
  readonly #flooded = new Set<ForceId | ''>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What is only noted (priority 3) asks nobody to look, and a flood does not feed itself. */
  note({ code, priority, force = '' }: Alarm): void {
    if (priority === 3 || code === 'alarm-rate') return
    const times = this.#times.get(force) ?? []
    if (times.length >= MAX_TIMES || (this.#times.size >= MAX_FORCES && !this.#times.has(force))) return
    times.push(this.#clock.monotonicMs())
    this.#times.set(force, times)
  }

  /** Forces in a flood now, and those whose flood has just ended. */
  floods(): readonly Flood[] {
    const since = this.#clock.monotonicMs() - RATE_WINDOW_MS
    const found: Flood[] = []
    for (const [force, all] of this.#times) {
      const times = all.filter(at => at > since)
      if (times.length === 0) this.#times.delete(force)
      else this.#times.set(force, times)
      const isFlood = this.#flooded.has(force) ? times.length > FLOOD / 2 : times.length >= FLOOD
      if (!isFlood && !this.#flooded.delete(force)) continue
      if (isFlood) this.#flooded.add(force)
      found.push({ force, count: times.length, isFlood })
    }
    return found
  }
}
