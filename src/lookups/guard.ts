import {
  type BulkheadPolicy,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker,
  handleWhenResult
} from 'cockatiel'
import type { Call } from '../call/call.ts'
import { type FaultCode, faultCode } from '../operations/errors.ts'
import { after, type Clock } from '../operations/lifecycle.ts'
import { KeptAnswers } from './kept-answers.ts'
import type { Lookup, Outcome } from './lookup.ts'
import type { AskWhereabouts, Whereabouts } from './whereabouts.ts'

/*
 * What stands between the calls and one source. In the order in which a question meets it: the same question is not
 * asked twice at once; so many are under way and so many wait; and a source that fails is left alone for a while.
 *
 *   well ── half of the last questions failed or were late ──▶ left alone ── pause over, or a probe ──▶ being tried
 *    ▲                                                            ▲                                       │
 *    └──────────── so many good trials, none bad ──────────────── │ ◀──────────── a bad one ──────────────┘
 */

/** What one source may have of us, and how long it is waited for. */
export interface GuardLimits {
  /** Questions under way at once. */
  readonly maxConcurrent: number
  /** Questions that wait for one of them to end; one more is not asked. */
  readonly maxQueued: number
  /** An answer that comes after its deadline is still shown until so long after the question. */
  readonly lateAnswerMs: number
  /** A source without a probe is left alone for so long before a call tries it again. */
  readonly pauseMs: number
  /** An answer stands for the same question for so long; 0: each is asked anew. */
  readonly keepMs: number
}

/** Outcomes of so many questions are remembered; so many must be, before they say anything. */
const WINDOW = 20
const WINDOW_MIN = 5
/** Half of the window bad: the source is left alone. The library asks for more than its threshold. */
const BAD_SHARE = 0.49
/** So many bad ones in a row need no window: all that are under way at once, of a source that has just stopped. */
const BAD_IN_A_ROW = 6
/** So many good trials, and none bad between them, are a source that is well again. */
const TRIALS_TO_TRUST = 3

const LATE: Outcome<never> = { kind: 'late' }
const LEFT_ALONE: Outcome<never> = { kind: 'not-asked', why: 'breaker-open' }
const TOO_MANY: Outcome<never> = { kind: 'not-asked', why: 'too-many' }

interface Parts {
  readonly lookup: Lookup
  readonly limits: GuardLimits
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>
  /** Each time the source is left alone, tried, or well again. */
  readonly onChange: () => void
}

/** What a call's question comes with. */
export interface Asking {
  readonly call: Call
  readonly whereabouts: AskWhereabouts
  /** Takes what is known before the answer itself; of a question that is shared, the first that asked it. */
  readonly early?: (value: unknown) => void
  /** Hears what broke: once for each question, however many calls wait for its answer. */
  readonly onFault: OnFault
}
type OnFault = (thrown: unknown) => void

/** Guards one source for the calls of one force. */
export class SourceGuard {
  readonly #parts: Parts
  readonly #breaker: CircuitBreakerPolicy
  readonly #bulkhead: BulkheadPolicy
  readonly #kept: KeptAnswers
  /** Under way, by question. */
  readonly #flights = new Map<string, Promise<Outcome<unknown>>>()
  readonly #aborts = new Set<AbortController>()
  #isTrying = false
  /** Monotonic ms from which a call may try a source that is left alone. */
  #triedFrom = 0

  constructor(parts: Parts) {
    const { limits, clock, onChange } = parts
    this.#parts = parts
    this.#bulkhead = bulkhead(limits.maxConcurrent, limits.maxQueued)
    this.#kept = new KeptAnswers({ keepMs: limits.keepMs, clock })
    this.#breaker = circuitBreaker(handleWhenResult(isBad), {
      breaker: new Judgement(),
      // The library goes by the wall clock, which may be set. When it is time for a trial is said here.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      halfOpenSampling: { calls: TRIALS_TO_TRUST, threshold: 0 }
    })
    this.#breaker.onBreak(() => {
      this.#triedFrom = clock.monotonicMs() + limits.pauseMs
    })
    this.#breaker.onStateChange(onChange)
  }

  /** It is asked about every call. */
  get isWell(): boolean {
    return this.#breaker.state === CircuitState.Closed
  }

  /**
   * What the source says in the end, whether or not that is after its deadline: whoever waits keeps the time. `late` when
   * it says nothing in `lateAnswerMs`. Never rejects.
   */
  async ask(asking: Asking): Promise<Outcome<unknown>> {
    const { lookup, clock } = this.#parts
    const { call, whereabouts, onFault } = asking
    // Before it takes anybody's place in the queue: that the caller's place is slow to come is no fault of this source.
    const at = lookup.placeFirst === true ? await whereabouts() : undefined
    let question: string | undefined
    try {
      question = lookup.question?.(call, at)
    } catch (thrown) {
      return failed(thrown, onFault)
    }
    if (question === undefined) return this.#fly(asking, at)
    const kept = this.#kept.get(question)
    if (kept !== undefined) return kept
    const underWay = this.#flights.get(question)
    if (underWay !== undefined) return underWay
    const flight = this.#fly(asking, at).finally(() => this.#flights.delete(question))
    this.#flights.set(question, flight)
    const outcome = await flight
    this.#kept.put(question, outcome, clock.now())
    return outcome
  }

  /** Asks about nobody, when the source is left alone; one question at a time. */
  async probe(): Promise<void> {
    const { lookup } = this.#parts
    const { probe } = lookup
    if (probe === undefined || this.isWell || this.#isTrying) return
    await this.#try(async signal => {
      await probe(signal)
      return { kind: 'none' }
    }, lookup.deadlineMs).catch(() => LATE)
  }

  /** Gives up whatever is under way. */
  stop(): void {
    for (const abort of this.#aborts) abort.abort()
  }

  async #fly({ call, whereabouts, early, onFault }: Asking, at: Whereabouts | undefined): Promise<Outcome<unknown>> {
    const { lookup, limits, clock } = this.#parts
    // A trial waits for nobody: as long as all that it may have hangs, another question would hang, too.
    if (!this.#mayAsk() || (!this.isWell && this.#bulkhead.executionSlots === 0)) return LEFT_ALONE
    const askedAt = clock.monotonicMs()
    try {
      return await this.#bulkhead.execute(() => {
        const left = limits.lateAnswerMs - (clock.monotonicMs() - askedAt)
        if (left <= 0) return LATE
        // While it waited the source may have been found dead.
        if (!this.#mayAsk()) return LEFT_ALONE
        const known: AskWhereabouts = at === undefined ? whereabouts : async () => at
        return this.#try(signal => lookup.ask(call, signal, known, early), left, onFault)
      })
    } catch (thrown) {
      if (thrown instanceof BulkheadRejectedError) return TOO_MANY
      throw thrown
    }
  }

  #mayAsk(): boolean {
    if (this.isWell) return true
    const { lookup, clock } = this.#parts
    if (lookup.probe !== undefined || this.#isTrying) return false
    return this.#breaker.state === CircuitState.HalfOpen || clock.monotonicMs() >= this.#triedFrom
  }

  /** Judged at its deadline, waited for until `withinMs`. */
  async #try(
    ask: (signal: AbortSignal) => Promise<Outcome<unknown>>,
    withinMs: number,
    onFault: OnFault = () => {}
  ): Promise<Outcome<unknown>> {
    const isTrial = !this.isWell
    if (isTrial) this.#isTrying = true
    const { deadlineMs } = this.#parts.lookup
    const abort = new AbortController()
    this.#aborts.add(abort)
    const given = new Promise<Outcome<unknown>>(done => {
      abort.signal.addEventListener('abort', () => done(LATE), { once: true })
    })
    const answered = Promise.race([settled(ask, abort.signal, onFault), given])
    let stop = () => {}
    const judged = new Promise<Outcome<unknown>>(done => {
      stop = after(Math.min(deadlineMs, withinMs), () => {
        done(LATE)
        if (withinMs <= deadlineMs) abort.abort()
        else stop = after(withinMs - deadlineMs, () => abort.abort())
      })
      answered.then(done)
    })
    // A trial is over when it is judged; who waits for a late answer does not keep the next one from being made.
    const verdict = this.#breaker
      .execute(() => judged)
      .finally(() => {
        if (isTrial) this.#isTrying = false
      })
    const outcome = await answered
    stop()
    this.#aborts.delete(abort)
    await verdict
    return outcome
  }
}

/** Half of the last questions, or the last few in a row. */
class Judgement extends CountBreaker {
  readonly #inARow = new ConsecutiveBreaker(BAD_IN_A_ROW)

  constructor() {
    super({ threshold: BAD_SHARE, size: WINDOW, minimumNumberOfCalls: WINDOW_MIN })
  }

  override success(state: CircuitState): void {
    super.success(state)
    this.#inARow.success()
  }

  override failure(state: CircuitState): boolean {
    const isRow = this.#inARow.failure()
    return super.failure(state) || isRow
  }
}

function isBad(outcome: unknown): boolean {
  const { kind } = outcome as Outcome<unknown>
  return kind === 'late' || kind === 'failed'
}

/** In a function of its own, so that what it throws before its first await is its panel's fault too. */
async function settled(
  ask: (signal: AbortSignal) => Promise<Outcome<unknown>>,
  signal: AbortSignal,
  onFault: OnFault
): Promise<Outcome<unknown>> {
  try {
    return await ask(signal)
  } catch (thrown) {
    // It was told to give up.
    return signal.aborted ? LATE : failed(thrown, onFault)
  }
}

function failed(thrown: unknown, onFault: OnFault): Outcome<never> {
  onFault(thrown)
  return { kind: 'failed', fault: (faultCode(thrown) ?? 'lookup.failed') satisfies FaultCode }
}
