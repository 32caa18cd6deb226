import { Fault } from './errors.ts'
import { after, pause } from './lifecycle.ts'

export interface TogetherLimits {
  /** In one statement. */
  readonly maxBatch: number
  /** Asked and not answered; one more is refused. */
  readonly maxPending: number
  /** From one statement to the next at least: what comes meanwhile goes together. */
  readonly gatherMs: number
}

export const TOGETHER_LIMITS: TogetherLimits = { maxBatch: 200, maxPending: 5_000, gatherMs: 15 }

interface Asked<Ask, Answer> {
  readonly ask: Ask
  readonly answered: (answer: Answer) => void
  readonly failed: (why: unknown) => void
}

interface Parts<Ask, Answer> {
  /** Asks all in one statement; the answers in the same order. */
  readonly askAll: (asks: readonly Ask[]) => Promise<readonly Answer[]>
  /** Of one subject one statement asks once: what comes later is asked in a later one. */
  readonly subjectOf: (ask: Ask) => string
  /** Whether one of them may have failed for all, so that each is asked by itself. */
  readonly mayBeOfOne: (thrown: unknown) => boolean
  readonly limits?: Partial<TogetherLimits>
}

/**
 * What many ask of a store in the same moment goes in one statement, with one commit, and each gets its own answer or
 * its own failure. Alone it goes at once; what comes while a statement is under way, or shortly after one, waits for the
 * next. Nothing is asked twice but what failed for another's sake, so an ask must bear that.
 */
export class AskedTogether<Ask, Answer> {
  readonly #parts: Parts<Ask, Answer>
  readonly #limits: TogetherLimits
  #pending: Asked<Ask, Answer>[] = []
  #isAsking = false
  #isStopped = false
  #idle: (() => void)[] = []

  constructor(parts: Parts<Ask, Answer>) {
    this.#parts = parts
    this.#limits = { ...TOGETHER_LIMITS, ...parts.limits }
  }

  /** Rejects as the store does, and with `record.away` when too much waits or this has stopped. */
  ask(ask: Ask): Promise<Answer> {
    if (this.#isStopped) return Promise.reject(notAsked('stopped'))
    if (this.#pending.length >= this.#limits.maxPending) return Promise.reject(notAsked('too much waits'))
    return new Promise((answered, failed) => {
      this.#pending.push({ ask, answered, failed })
      this.#begin()
    })
  }

  /** Asks what is pending within `deadlineMs`, and refuses the rest. */
  async stop(deadlineMs = 3_000): Promise<void> {
    if (this.#isAsking || this.#pending.length > 0) {
      const idle = new Promise<void>(resolve => this.#idle.push(resolve))
      const giveUp = after(deadlineMs, () => this.#goIdle())
      await idle
      giveUp()
    }
    this.#isStopped = true
    for (const { failed } of this.#pending.splice(0)) failed(notAsked('stopped'))
  }

  #begin(): void {
    if (this.#isAsking || this.#isStopped) return
    this.#isAsking = true
    // One turn of the loop later, so that all that one tick brings goes together.
    setImmediate(() => {
      const some = this.#take()
      void Promise.all([this.#askSome(some), pause(this.#limits.gatherMs)]).then(() => {
        this.#isAsking = false
        if (this.#pending.length > 0) this.#begin()
        else this.#goIdle()
      })
    })
  }

  #take(): readonly Asked<Ask, Answer>[] {
    const subjects = new Set<string>()
    const some: Asked<Ask, Answer>[] = []
    const left: Asked<Ask, Answer>[] = []
    for (const asked of this.#pending) {
      const subject = this.#parts.subjectOf(asked.ask)
      if (some.length < this.#limits.maxBatch && !subjects.has(subject)) some.push(asked)
      else left.push(asked)
      subjects.add(subject)
    }
    this.#pending = left
    return some
  }

  /** Never rejects. */
  async #askSome(some: readonly Asked<Ask, Answer>[]): Promise<void> {
    const { askAll, mayBeOfOne } = this.#parts
    try {
      const answers = await askAll(some.map(({ ask }) => ask))
      for (const [at, { answered }] of some.entries()) answered(answers[at] as Answer)
    } catch (thrown) {
      // Not waited for: one that takes long must not hold up those that come after.
      if (some.length > 1 && mayBeOfOne(thrown)) for (const one of some) void this.#askSome([one])
      else for (const { failed } of some) failed(thrown)
    }
  }

  #goIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function notAsked(why: string): Fault {
  return new Fault('record.away', {}, new Error(`not asked: ${why}`))
}
