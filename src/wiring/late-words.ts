import type { CallId } from '../call/ids.ts'
import { after, pause, type Stop } from '../operations/lifecycle.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { Base } from './base.ts'

interface Parts {
  /** Whether another node may show the call by what the record has. */
  readonly hasOthers: () => boolean
  /** Says the state of the call again to the screens that have it. */
  readonly sayAgain: (callId: CallId) => void
}

/** What the record took in this time is said again together. */
const TOGETHER_MS = 100
/** Calls said again before whoever waits has a turn. */
const AT_ONCE = 50

/**
 * What came into the record late, because that was away. Other nodes show the call by the record to a screen that opens,
 * or whose log was lost, and have shown it as it was: so whoever has the call says again how it is.
 */
export class LateWords {
  readonly #parts: Parts
  readonly #calls = new Set<CallId>()
  #isRunning = false
  #isStopped = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  stop(): void {
    this.#isStopped = true
    this.#stop()
  }

  add(callId: CallId): void {
    if (this.#isStopped || !this.#parts.hasOthers()) return
    this.#calls.add(callId)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#stop = after(TOGETHER_MS, () => void this.#run())
  }

  async #run(): Promise<void> {
    let said = 0
    for (const callId of this.#calls) {
      if (this.#isStopped) return
      this.#calls.delete(callId)
      this.#parts.sayAgain(callId)
      if (++said % AT_ONCE === 0) await pause(0)
    }
    this.#isRunning = false
  }
}

export function startLateWords(
  { releases }: Pick<Base, 'releases'>,
  { courier, hasOthers }: { readonly courier: Pick<PopCourier, 'sayAgain'>; readonly hasOthers: () => boolean }
): LateWords {
  const late = new LateWords({ hasOthers, sayAgain: callId => courier.sayAgain(callId) })
  releases.push('late words', () => late.stop())
  return late
}
