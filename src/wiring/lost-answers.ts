import type { CallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { OpenCall } from '../records/journal-rows.ts'

interface Parts {
  /** Open calls that are ours by the record. */
  readonly ownCalls: () => Promise<readonly CallId[]>
  readonly isHere: (callId: CallId) => boolean
  /** Takes up those of these calls that are still ours. */
  readonly adoptOwn: (callIds: readonly CallId[]) => Promise<readonly OpenCall[]>
  readonly takeUp: (open: OpenCall) => void
  readonly log: Log
}

const ASK_EVERY_MS = 1_000
/** Asked twice: a statement that waits in the record longer than its asker may be done after the first time. */
const ASK_AGAIN_MS = 5_000
const BATCH = 200

/**
 * An adoption whose answer was lost may have been done all the same. The record then says that a call is ours and we do
 * not have it: no other node looks after it, and its card is on no screen that opens here. So the record is asked what
 * is ours, until it has answered.
 */
export class LostAnswers {
  readonly #parts: Parts
  /** Good answers still wanted. */
  #wanted = 0
  #stop: Stop = () => {}
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  stop(): void {
    this.#isStopped = true
    this.#stop()
  }

  /** The answer of one adoption; that it did not come is noted. */
  async of<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (thrown) {
      this.#note()
      throw thrown
    }
  }

  #note(): void {
    const isAsking = this.#wanted > 0
    this.#wanted = 2
    if (!isAsking) this.#askIn(ASK_EVERY_MS)
  }

  #askIn(ms: number): void {
    if (this.#isStopped) return
    this.#stop = after(ms, () => {
      this.#ask().then(
        () => {
          this.#wanted -= 1
          if (this.#wanted > 0) this.#askIn(ASK_AGAIN_MS)
        },
        thrown => {
          this.#parts.log.debug('adoption.own', { reason: reasonOf(thrown) })
          this.#wanted = 2
          this.#askIn(ASK_EVERY_MS)
        }
      )
    })
  }

  async #ask(): Promise<void> {
    const { ownCalls, isHere, adoptOwn, takeUp, log } = this.#parts
    const missing = (await ownCalls()).filter(callId => !isHere(callId))
    for (let at = 0; at < missing.length && !this.#isStopped; at += BATCH) {
      const open = await adoptOwn(missing.slice(at, at + BATCH))
      for (const each of open) takeUp(each)
      log.info('calls.own-taken-up', { count: open.length })
    }
  }
}
