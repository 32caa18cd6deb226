import type { CallId } from '../../../call/ids.ts'
import { PendingReplies, type ReplyEnd, RequestNumbers } from '../../../net/pending-replies.ts'
import type { FaultCode } from '../../../operations/errors.ts'
import { after, type Stop } from '../../../operations/lifecycle.ts'
import type { LocationFix } from '../location.ts'
import { type EisecAnswer, readAnswer, toFix } from './eisec-answer.ts'
import { type EisecLimits, MAX_INQUIRIES, MAX_OUTSTANDING, REQUEST_NUMBERS } from './eisec-limits.ts'
import type { Answer } from './eisec-link.ts'

/** `searching`: a place may come yet. `late`: no answer so far, and one may come. `none`: asked, and there is nothing. */
export type EisecState = 'searching' | 'found' | 'none' | 'late' | 'failed'

/** What came of asking about one call, each time; a place that an earlier report had stays as it is. */
export interface EisecReport {
  readonly callId: CallId
  readonly state: EisecState
  /** At most one, with its centre in the National Grid or its address in words. */
  readonly fixes: readonly LocationFix[]
  readonly answer?: EisecAnswer
  readonly fault?: FaultCode
  /** Nothing more comes for this call. */
  readonly isFinal: boolean
}

/** What came of a request, for the counts. */
export type AskResult = 'found' | 'searching' | 'none' | 'late' | 'dropped' | 'lost' | 'full'

interface Parts {
  readonly limits: Pick<EisecLimits, 'deadlineMs' | 'dropMs' | 'maxAgain' | 'lateInARow'>
  readonly onReport: (report: EisecReport) => void
  readonly onResult: (result: AskResult, tookMs?: number) => void
  /** An answer that belongs to no request of ours, or names another telephone number. */
  readonly onWrong: (reason: 'request' | 'telephone') => void
  /** The link takes requests and answers none. */
  readonly onHung: () => void
  readonly monotonicMs: () => number
  readonly startTimer?: (ms: number, run: () => void) => Stop
}

interface Inquiry {
  readonly callId: CallId
  readonly telephone: string
  /** Times it has been asked for again. */
  again: number
  /** Monotonic ms since when it waits for the answer that comes next, through as many links as that takes. */
  since: number
  sentAt: number
  isLateSaid: boolean
  /** Runs while it waits for a link, for its turn, or for the next time. */
  stop: Stop
}

/**
 * The calls one log-on is asked about: at most 16 at once on the link, each until the service has nothing more to say or
 * has been asked often enough. Without a link they wait, for as long as an unanswered request would.
 */
export class EisecInquiries {
  readonly #parts: Parts
  readonly #startTimer: (ms: number, run: () => void) => Stop
  readonly #byCall = new Map<CallId, Inquiry>()
  /** Those never asked go before those asked again. */
  #first: Inquiry[] = []
  #again: Inquiry[] = []
  #pending: PendingReplies<number, Answer>
  #numbers = new RequestNumbers(REQUEST_NUMBERS)
  readonly #asked = new Map<number, Inquiry>()
  #send: ((request: number, telephone: string) => boolean) | undefined
  #lateInARow = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#startTimer = parts.startTimer ?? after
    this.#pending = this.#makePending()
  }

  get size(): number {
    return this.#byCall.size
  }

  get outstanding(): number {
    return this.#pending.size
  }

  has(callId: CallId): boolean {
    return this.#byCall.has(callId)
  }

  /** A call whose number is corrected is asked about anew; one that is known by the same number is not. */
  add(callId: CallId, telephone: string): void {
    const known = this.#byCall.get(callId)
    if (known?.telephone === telephone) return
    if (known !== undefined) this.#forget(known)
    if (this.#byCall.size >= MAX_INQUIRIES) {
      this.#parts.onResult('full')
      this.#parts.onReport({ callId, state: 'failed', fixes: [], fault: 'eisec.full', isFinal: true })
      return
    }
    const since = this.#parts.monotonicMs()
    const inquiry: Inquiry = { callId, telephone, again: 0, since, sentAt: 0, isLateSaid: false, stop: () => {} }
    this.#byCall.set(callId, inquiry)
    this.#wait(inquiry, this.#first)
    this.#pump()
  }

  /** A link that may be asked, or none any more: what it was asked waits for the next. */
  setLink(send: ((request: number, telephone: string) => boolean) | undefined): void {
    this.#send = send
    this.#lateInARow = 0
    if (send === undefined) this.#pending.loseAll()
    else {
      // Numbers are the link's own.
      this.#numbers = new RequestNumbers(REQUEST_NUMBERS)
      this.#pump()
    }
  }

  take(answer: Answer): void {
    const inquiry = this.#asked.get(answer.request)
    const again = answer.type === 'QP' ? answer.telephone : undefined
    if (inquiry === undefined) this.#parts.onWrong('request')
    // Somebody else's place must never stand on this call.
    else if (again !== undefined && again !== inquiry.telephone) this.#parts.onWrong('telephone')
    else this.#pending.settle(answer.request, answer)
  }

  /** Nothing is reported any more. */
  stop(): void {
    this.#send = undefined
    const all = [...this.#byCall.values()]
    this.#byCall.clear()
    for (const inquiry of all) inquiry.stop()
    this.#first = []
    this.#again = []
    this.#pending.loseAll()
    this.#asked.clear()
  }

  #makePending(): PendingReplies<number, Answer> {
    const { deadlineMs, dropMs } = this.#parts.limits
    return new PendingReplies({ maxPending: MAX_OUTSTANDING, deadlineMs, dropMs }, this.#startTimer)
  }

  /** Its place in the row, and what is said when nobody asks for it in time. */
  #wait(inquiry: Inquiry, row: Inquiry[]): void {
    const { limits, monotonicMs } = this.#parts
    const waited = monotonicMs() - inquiry.since
    row.push(inquiry)
    inquiry.stop = this.#startTimer(Math.max(0, limits.deadlineMs - waited), () => {
      this.#sayLate(inquiry)
      const left = limits.dropMs - Math.max(waited, limits.deadlineMs)
      inquiry.stop = this.#startTimer(Math.max(0, left), () => this.#drop(inquiry))
    })
  }

  #pump(): void {
    while (this.#send !== undefined && !this.#pending.isFull()) {
      const inquiry = this.#first.shift() ?? this.#again.shift()
      if (inquiry === undefined) return
      if (this.#byCall.get(inquiry.callId) !== inquiry) continue
      const request = this.#numbers.take()
      if (request === undefined || !this.#ask(inquiry, request)) {
        this.#first.unshift(inquiry)
        // Every number was given up on this link: only another one helps.
        if (request === undefined) this.#parts.onHung()
        return
      }
    }
  }

  #ask(inquiry: Inquiry, request: number): boolean {
    if (this.#send?.(request, inquiry.telephone) !== true) return false
    inquiry.stop()
    inquiry.stop = () => {}
    inquiry.sentAt = this.#parts.monotonicMs()
    this.#asked.set(request, inquiry)
    this.#pending.add(request, {
      onLate: () => this.#late(inquiry),
      onEnd: end => this.#ended(inquiry, request, end)
    })
    return true
  }

  #late(inquiry: Inquiry): void {
    this.#parts.onResult('late')
    this.#sayLate(inquiry)
    this.#lateInARow += 1
    if (this.#lateInARow >= this.#parts.limits.lateInARow) {
      this.#lateInARow = 0
      this.#parts.onHung()
    }
  }

  /** Once, and not where a place is known already. */
  #sayLate(inquiry: Inquiry): void {
    if (inquiry.isLateSaid || inquiry.again > 0 || this.#byCall.get(inquiry.callId) !== inquiry) return
    inquiry.isLateSaid = true
    this.#parts.onReport({ callId: inquiry.callId, state: 'late', fixes: [], isFinal: false })
  }

  #ended(inquiry: Inquiry, request: number, end: ReplyEnd<Answer>): void {
    this.#asked.delete(request)
    const isOurs = this.#byCall.get(inquiry.callId) === inquiry
    if (end.kind === 'reply') {
      this.#numbers.release(request)
      this.#lateInARow = 0
      if (isOurs) this.#answered(inquiry, end.reply)
      this.#pump()
    } else if (end.kind === 'lost') {
      this.#parts.onResult('lost')
      if (isOurs) this.#wait(inquiry, inquiry.again === 0 ? this.#first : this.#again)
    } else if (isOurs) {
      this.#parts.onResult('dropped')
      this.#drop(inquiry)
      this.#pump()
    }
  }

  #answered(inquiry: Inquiry, reply: Answer): void {
    const { onReport, onResult, monotonicMs } = this.#parts
    const { callId } = inquiry
    const tookMs = monotonicMs() - inquiry.sentAt
    if (reply.type === 'QN') {
      onResult('none', tookMs)
      this.#forget(inquiry)
      onReport({ callId, state: 'none', fixes: [], isFinal: true })
      return
    }
    const answer = readAnswer(reply)
    const fix = toFix(answer)
    const isMore = this.#askAgain(inquiry, answer)
    const isSearching = answer.kind !== 'fixed' && answer.isSearching && isMore
    const state = isSearching ? 'searching' : fix === undefined ? 'none' : 'found'
    onResult(state, tookMs)
    onReport({ callId, state, fixes: fix === undefined ? [] : [fix], answer, isFinal: !isMore })
  }

  /** True where the service asks for it and the limit allows it. */
  #askAgain(inquiry: Inquiry, answer: EisecAnswer): boolean {
    const seconds = answer.kind === 'fixed' ? 0 : answer.askAgainSeconds
    if (seconds === 0 || inquiry.again >= this.#parts.limits.maxAgain) {
      this.#forget(inquiry)
      return false
    }
    inquiry.again += 1
    inquiry.stop = this.#startTimer(seconds * 1_000, () => {
      inquiry.since = this.#parts.monotonicMs()
      this.#wait(inquiry, this.#again)
      this.#pump()
    })
    return true
  }

  #drop(inquiry: Inquiry): void {
    this.#forget(inquiry)
    const { callId } = inquiry
    this.#parts.onReport({ callId, state: 'failed', fixes: [], fault: 'eisec.unanswered', isFinal: true })
  }

  #forget(inquiry: Inquiry): void {
    inquiry.stop()
    if (this.#byCall.get(inquiry.callId) === inquiry) this.#byCall.delete(inquiry.callId)
    this.#first = this.#first.filter(each => each !== inquiry)
    this.#again = this.#again.filter(each => each !== inquiry)
  }
}
