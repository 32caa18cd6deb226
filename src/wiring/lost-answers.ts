import type { CallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import { askAgain, GOOD_ANSWERS } from './asked-again.ts'

interface Parts {
  /** Open calls that are ours by the record. */
  readonly ownCalls: () => Promise<readonly CallId[]>
  readonly isHere: (callId: CallId) => boolean
  /** Takes up those of these calls that are still ours. */
  readonly adoptOwn: (callIds: readonly CallId[]) => Promise<readonly OpenCall[]>
  readonly takeUp: (open: OpenCall) => void
  readonly log: Log
}

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
    this.#wanted = GOOD_ANSWERS
    if (isAsking || this.#isStopped) return
    this.#stop = askAgain(
      () => this.#ask(),
      thrown => {
        this.#parts.log.debug('adoption.own', { reason: reasonOf(thrown) })
        this.#wanted = GOOD_ANSWERS
      }
    )
  }

  async #ask(): Promise<number> {
    const { ownCalls, isHere, adoptOwn, takeUp, log } = this.#parts
    const missing = (await ownCalls()).filter(callId => !isHere(callId))
    for (let at = 0; at < missing.length && !this.#isStopped; at += BATCH) {
      const open = await adoptOwn(missing.slice(at, at + BATCH))
      for (const each of open) takeUp(each)
      log.info('calls.own-taken-up', { count: open.length })
    }
    this.#wanted -= 1
    return this.#wanted
  }
}
