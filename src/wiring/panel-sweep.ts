import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import { type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { PopCourier } from '../pop/pop-courier.ts'

const EVERY_MS = 5_000
/** Longer than every source's deadline. */
const AFTER_MS = 10_000
/** Asked again in one turn, and looked at. */
const MAX_AGAIN = 200
const MAX_LOOKED_AT = 1_000

interface Parts {
  readonly courier: Pick<PopCourier, 'withoutPanels'>
  readonly fill: (call: Call) => void
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/**
 * Calls that have lacked a panel for long: their job was lost with Redis, or its worker died. They are asked for again,
 * so that no panel says "pending" for ever. Counted from when that was
 * first seen here, because the clock by which a call was offered may have been set since.
 */
export class PanelSweep {
  readonly #parts: Parts
  /** Monotonic ms. */
  #since: ReadonlyMap<CallId, number> = new Map()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): Stop {
    return interval(() => this.run(), EVERY_MS)
  }

  run(): void {
    const { courier, fill, clock } = this.#parts
    const now = clock.monotonicMs()
    const lacking = courier.withoutPanels(MAX_LOOKED_AT)
    this.#since = new Map(lacking.map(({ callId }) => [callId, this.#since.get(callId) ?? now]))
    const isDue = ({ callId }: Call) => now - (this.#since.get(callId) ?? now) >= AFTER_MS
    for (const call of lacking.filter(isDue).slice(0, MAX_AGAIN)) fill(call)
  }
}
