import type { SwitchCallId } from '../../call/ids.ts'
import { Fault, reasonOf } from '../../operations/errors.ts'
import { after, type Clock, type Stop, within } from '../../operations/lifecycle.ts'
import type { Log } from '../../operations/log.ts'
import type { Metrics } from '../../operations/metrics.ts'
import { TokenBucket } from '../../operations/token-bucket.ts'
import type { FindDialogs } from '../switch-driver.ts'
import { RecentKeys } from './embedded/recent-keys.ts'

interface Parts {
  readonly find: FindDialogs
  /** True while another node may have calls on its own disk that the record does not know of yet. */
  readonly isRecordBehind?: () => boolean
  readonly log: Log
  readonly metrics: Pick<Metrics, 'sipDialogsAsked'>
  readonly clock: Clock
}

/** found: as its driver wrote it. none: no open call has it. late: the record did not say; it may be there. */
export type LostDialog =
  | { readonly kind: 'found'; readonly stored: Readonly<Record<string, unknown>> }
  | { readonly kind: 'none' | 'late' }

/** Names in one question to the record, of which one is asked at a time. */
const IN_A_QUESTION = 100
/** Names that wait for an answer; and how many new ones a second may be asked for, whoever makes them up. */
const MAX_WAITING = 1_000
const ASKED = { perSecond: 500, burst: 1_000 } as const
/** The switch repeats over UDP after 500 ms, and over a connection it only waits. */
const DEADLINE_MS = 1_500
/** A record that is behind is asked again this often, and so long: a switch repeats its BYE for 32 s. */
const ASK_AGAIN_MS = 1_000
const PATIENCE_MS = 25_000
/** A name nobody had is not asked for again for 16 to 32 s. */
const NONE_TURN_MS = 16_000
const MAX_NONE = 20_000

interface Question {
  readonly promise: Promise<LostDialog>
  readonly resolve: (found: LostDialog) => void
  readonly askedAt: number
  stop: Stop
}

/**
 * The dialogs that this node does not hold and another one does or did: before a switch is told 481, which ends its
 * dialog, the record is asked. One question for each dialog and one statement at a time, so that a flood of requests
 * of calls that never were costs the record no more than a few lookups each second; beyond the limits nobody is asked.
 */
export class LostDialogs {
  readonly #parts: Parts
  readonly #waiting = new Map<SwitchCallId, Question>()
  readonly #unasked = new Set<SwitchCallId>()
  readonly #none = new RecentKeys(MAX_NONE)
  readonly #bucket: TokenBucket
  #turnAt: number
  #isAsking = false
  #isFailing = false

  constructor(parts: Parts) {
    this.#parts = parts
    const now = parts.clock.monotonicMs()
    this.#bucket = new TokenBucket(ASKED, now)
    this.#turnAt = now + NONE_TURN_MS
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Never rejects. Undefined: nobody is asked, because the answer is known or too much is asked already. */
  ask(switchCallId: SwitchCallId): Promise<LostDialog> | undefined {
    const known = this.#waiting.get(switchCallId)
    if (known !== undefined) return known.promise
    const now = this.#parts.clock.monotonicMs()
    if (now >= this.#turnAt) {
      this.#none.turn()
      this.#turnAt = now + NONE_TURN_MS
    }
    if (this.#none.has(switchCallId)) return undefined
    if (this.#waiting.size >= MAX_WAITING || !this.#bucket.take(now)) {
      this.#parts.metrics.sipDialogsAsked.inc({ result: 'limit' })
      return undefined
    }
    const question: Question = { ...Promise.withResolvers<LostDialog>(), askedAt: now, stop: () => {} }
    this.#waiting.set(switchCallId, question)
    this.#put(switchCallId, question)
    return question.promise
  }

  #put(name: SwitchCallId, question: Question): void {
    this.#unasked.add(name)
    question.stop = after(DEADLINE_MS, () => this.#settle(name, question, { kind: 'late' }))
    this.#next()
  }

  #next(): void {
    if (this.#isAsking || this.#unasked.size === 0) return
    const names = [...this.#unasked].slice(0, IN_A_QUESTION)
    for (const name of names) this.#unasked.delete(name)
    this.#isAsking = true
    void this.#askFor(names).finally(() => {
      this.#isAsking = false
      this.#next()
    })
  }

  async #askFor(names: readonly SwitchCallId[]): Promise<void> {
    const questions = names.map(name => ({ name, question: this.#waiting.get(name) }))
    const answer = await this.#answerTo(names)
    for (const { name, question } of questions) {
      if (question === undefined) continue
      const stored = answer?.get(name)
      if (answer === undefined) this.#settle(name, question, { kind: 'late' })
      else if (stored === undefined && this.#isPatient(question)) this.#askAgain(name, question)
      else this.#settle(name, question, stored === undefined ? { kind: 'none' } : { kind: 'found', stored })
    }
  }

  #isPatient({ askedAt }: Question): boolean {
    const { isRecordBehind, clock } = this.#parts
    return isRecordBehind?.() === true && clock.monotonicMs() - askedAt < PATIENCE_MS
  }

  #askAgain(name: SwitchCallId, question: Question): void {
    if (this.#waiting.get(name) !== question) return
    question.stop()
    question.stop = after(ASK_AGAIN_MS, () => this.#put(name, question))
  }

  /** Undefined when the record does not say in time; that is said once, until it does again. */
  async #answerTo(names: readonly SwitchCallId[]) {
    const { find, log } = this.#parts
    try {
      const answer = await within(DEADLINE_MS, find(names))
      if (answer === undefined) throw new Error(`no answer in ${DEADLINE_MS} ms`)
      this.#isFailing = false
      return answer
    } catch (thrown) {
      const reason = reasonOf(thrown)
      if (!this.#isFailing) log.fault('sip.dialogs', new Fault('sip.record-silent', { reason }, thrown))
      this.#isFailing = true
      return undefined
    }
  }

  #settle(name: SwitchCallId, question: Question, found: LostDialog): void {
    if (this.#waiting.get(name) !== question) return
    question.stop()
    this.#waiting.delete(name)
    this.#unasked.delete(name)
    if (found.kind === 'none') this.#none.add(name)
    this.#parts.metrics.sipDialogsAsked.inc({ result: found.kind })
    question.resolve(found)
  }
}
