import type { Call } from '../call/call.ts'
import { type CallId, type HandlerId, popCallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { SignOn } from './address.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Card } from './card.ts'
import type { EscalationRecord, StepClaim, TakenStep } from './escalation-record.ts'
import {
  ESCALATION_KINDS,
  type EscalationKind,
  type EscalationLimits,
  isMet,
  isWatched,
  limitOf,
  secondsOf
} from './escalation-rules.ts'
import { escalationAlarm, fromWords } from './escalation-words.ts'
import { NextDesk } from './next-desk.ts'
import type { PopCourier } from './pop-courier.ts'
import { PopWatch } from './pop-watch.ts'

interface Parts {
  readonly record: EscalationRecord
  readonly alarms: Pick<AlarmBook, 'raise' | 'end'>
  readonly courier: Pick<PopCourier, 'escalate' | 'openCards'>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  /** Whose screen answers. When a whole force has lost its links these are few, and the calls to pass on are many. */
  readonly live: () => ReadonlySet<HandlerId>
  /** Has this call looked at again in so many ms, by whichever gateway; best effort. */
  readonly setTimer: (callId: CallId, kind: EscalationKind, step: number, delayMs: number) => void
  readonly limits: EscalationLimits
  readonly node: string
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** The record has this long to decide who acts; then the gateway that holds the call acts by what it knows. */
const RECORD_MS = 500
/** Other clocks may be a little ahead of ours. */
const EARLY_MS = 250
/** A timer is set when this share of its time has passed unmet: most pops are acknowledged by then, and need none. */
const ARM_AT = 0.2
const MAX_LOADED = 200

/**
 * What happens to a pop that no screen acknowledges or nobody takes. The gateway that holds the call acts, once for each
 * step: the insert into the record decides, and while the record is away the gateway's own memory.
 */
export class Escalation {
  readonly #parts: Parts
  readonly #watched = new Map<CallId, PopWatch>()
  /** Epoch ms of each handler's last pop here; no more entries than handlers signed on. */
  readonly #lastPopAt = new Map<HandlerId, number>()
  readonly #nextDesk: NextDesk
  #isLoading = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#nextDesk = new NextDesk({
      ...{ live: parts.live, signOnOf: parts.signOnOf },
      openCards: handler => parts.courier.openCards(handler),
      lastPopAt: handler => this.#lastPopAt.get(handler) ?? 0,
      monotonicMs: () => parts.clock.monotonicMs()
    })
  }

  watched(): Iterable<PopWatch> {
    return this.#watched.values()
  }

  watchOf(callId: CallId): PopWatch | undefined {
    return this.#watched.get(callId)
  }

  /** The sweeper says whether it hears from the record. */
  isRecordAway = false

  /** Each time a card changes. */
  onCard(card: Card): void {
    const { call } = card
    const known = this.#watched.get(call.callId)
    if (!isWatched(call)) {
      if (known !== undefined) this.#over(call)
      return
    }
    this.#noteAudience(card, known)
    if (known === undefined) this.#watched.set(call.callId, new PopWatch(card, this.#parts.clock))
    else {
      // Taken up once more: the card is a new one, and who was given the pop stands in the record.
      if (call.generation > known.card.call.generation) known.isLoaded = false
      known.card = card
    }
    if (isTaken(card)) this.#parts.alarms.end(`pop-not-taken:${call.callId}`, 'itself', 'The call is taken.')
  }

  forget(callId: CallId): void {
    this.#watched.delete(callId)
  }

  /** A screen has acknowledged these pops, here or at another gateway. */
  onAcked(popIds: readonly string[]): void {
    for (const popId of popIds) {
      const callId = popCallId(popId)
      const watch = callId === undefined ? undefined : this.#watched.get(callId)
      if (watch === undefined || watch.isAcked) continue
      watch.isAcked = true
      this.#parts.alarms.end(`pop-unacked:${callId}`, 'itself', 'A screen has acknowledged it.')
    }
  }

  /** Called twice a second: sets timers, takes up what a restart left, and acts itself while the record is away. */
  tick(): void {
    const now = this.#parts.clock.now()
    const unknown: CallId[] = []
    for (const watch of this.#watched.values()) {
      if (!watch.isLoaded && !this.isRecordAway) unknown.push(watch.card.call.callId)
      else for (const kind of ESCALATION_KINDS) this.#look(watch, kind, now)
    }
    if (unknown.length > 0) this.#load(unknown.slice(0, MAX_LOADED))
  }

  /**
   * A step may be due: a timer or the sweeper says so. `not-here`: this gateway does not hold the call. Whether it is
   * due, and who takes it, is judged here and by the record.
   */
  async act(callId: CallId, kind: EscalationKind): Promise<'not-here' | 'done'> {
    const watch = this.#watched.get(callId)
    if (watch === undefined) return 'not-here'
    if (watch.isLoaded && this.#isDue(watch, kind, this.#parts.clock.now())) await this.#step(watch, kind)
    return 'done'
  }

  /** What was done without the record goes into it when it is back. */
  async writeOwed(): Promise<void> {
    for (const watch of this.#watched.values()) {
      for (let owed = watch.owed[0]; owed !== undefined; owed = watch.owed[0]) {
        await this.#parts.record.claim(owed)
        watch.owed.shift()
      }
    }
  }

  #look(watch: PopWatch, kind: EscalationKind, now: number): void {
    const { limits, setTimer } = this.#parts
    const { call } = watch.card
    const step = watch.steps[kind] + 1
    if (step > limits.tries || isMet(kind, progressOf(watch), call)) return
    const leftMs = watch.dueAt(kind, limits) - now
    if (this.isRecordAway) {
      if (leftMs <= 0) this.#step(watch, kind).catch(thrown => this.#parts.log.fault('pop.escalation', thrown))
      return
    }
    if (watch.armed[kind] === step || leftMs > limitOf(kind, call.line, limits) * (1 - ARM_AT)) return
    watch.armed[kind] = step
    setTimer(call.callId, kind, step, Math.max(0, leftMs))
  }

  #isDue(watch: PopWatch, kind: EscalationKind, now: number): boolean {
    const { limits } = this.#parts
    const step = watch.steps[kind] + 1
    if (step > limits.tries || isMet(kind, progressOf(watch), watch.card.call)) return false
    return now + EARLY_MS >= watch.dueAt(kind, limits)
  }

  async #step(watch: PopWatch, kind: EscalationKind): Promise<void> {
    if (watch.acting.has(kind)) return
    watch.acting.add(kind)
    try {
      const claim = this.#makeClaim(watch, kind)
      // The supervisors know; a further step is for somebody who can be given the pop, and waits for them.
      if (claim.handler === undefined && claim.step > 1) return
      const answer = this.isRecordAway ? undefined : await this.#ask(claim)
      if (answer === undefined) {
        // Nobody can be asked who acts: better twice than never.
        watch.owed.push(claim)
        this.#do(watch, claim)
      } else if (answer.won) this.#do(watch, claim)
      else {
        if (answer.isAcked) this.onAcked([claim.popId])
        // Another gateway, or this one before it was started again, has taken the step: read who got the pop.
        if (!isMet(kind, answer, watch.card.call)) watch.isLoaded = false
      }
    } finally {
      watch.acting.delete(kind)
    }
  }

  /** Undefined: the record does not answer. */
  async #ask(claim: StepClaim) {
    try {
      return await within(RECORD_MS, this.#parts.record.claim(claim))
    } catch (thrown) {
      this.#parts.log.debug('pop.claim', { callId: claim.callId, reason: reasonOf(thrown) })
      return undefined
    }
  }

  #makeClaim(watch: PopWatch, kind: EscalationKind): StepClaim {
    const { node, clock } = this.#parts
    const { call } = watch.card
    const handler = this.#choose(watch.card)
    return {
      ...{ callId: call.callId, popId: call.popId, generation: call.generation, kind, node },
      step: watch.steps[kind] + 1,
      at: clock.now(),
      ...(handler === undefined ? {} : { handler })
    }
  }

  /** A conversation cannot be passed on by a pop: only the supervisor hears of it. */
  #choose({ call, audience, escalated }: Card): HandlerId | undefined {
    if (call.state === 'answered' || call.state === 'held') return undefined
    const has = new Set([...audience.keys(), ...(escalated?.to ?? [])])
    return this.#nextDesk.choose(call, has)
  }

  #do(watch: PopWatch, { kind, step, handler, at }: StepClaim): void {
    const { courier, alarms, limits, metrics, log, signOnOf } = this.#parts
    const { card } = watch
    const { call } = card
    const from = fromWords(card, signOnOf)
    watch.steps[kind] = step
    const to = handler === undefined ? undefined : signOnOf(handler)?.position
    const isTalking = call.state === 'answered' || call.state === 'held'
    metrics.escalations.inc({ kind, result: handler === undefined ? 'nobody-left' : 'passed-on' })
    log.warn('pop.escalated', { callId: call.callId, force: call.force, line: call.line, what: kind, count: step })
    alarms.raise(
      escalationAlarm({
        ...{ callId: call.callId, force: call.force, line: call.line, kind, from },
        seconds: secondsOf(kind, call.line, step, limits),
        next: to === undefined ? (isTalking ? 'answered' : 'nobody-left') : { to }
      })
    )
    if (handler !== undefined) courier.escalate(call.callId, [handler], { from, why: kind, at })
  }

  /** The call has ended or its switch says that it is a test. */
  #over({ callId }: Call): void {
    this.#watched.delete(callId)
    for (const code of ['pop-unacked', 'pop-not-taken']) {
      this.#parts.alarms.end(`${code}:${callId}`, 'itself', 'The call has ended.')
    }
  }

  /** What earlier processes and other gateways did for calls that were taken up from the record. */
  #load(callIds: readonly CallId[]): void {
    const { record } = this.#parts
    if (this.#isLoading) return
    this.#isLoading = true
    Promise.all([record.stepsOf(callIds), record.progressOf(callIds)])
      .then(([steps, progress]) => {
        for (const { callId, isAcked } of progress) if (isAcked) this.onAcked([`p_${callId}`])
        for (const callId of callIds) {
          const watch = this.#watched.get(callId)
          const taken = steps.filter(step => step.callId === callId)
          if (watch !== undefined) this.#takeUp(watch, taken)
        }
      })
      // The record is away; the sweeper says so, and the next tick asks again.
      .catch(() => undefined)
      .finally(() => {
        this.#isLoading = false
      })
  }

  #takeUp(watch: PopWatch, steps: readonly TakenStep[]): void {
    const isFirst = watch.steps.unacked === 0
    watch.isLoaded = true
    for (const kind of ESCALATION_KINDS) {
      const taken = steps.filter(step => step.kind === kind)
      watch.steps[kind] = Math.max(watch.steps[kind], taken.length)
      if (kind === 'unacked' && isFirst) watch.stepsBefore = taken.length
      const last = taken.at(-1)
      const handlers = taken.flatMap(({ handler }) => handler ?? [])
      if (last === undefined || handlers.length === 0) continue
      const from = fromWords(watch.card, this.#parts.signOnOf)
      const { callId } = watch.card.call
      this.#parts.courier.escalate(callId, handlers, { from, why: kind, at: last.at }, { isAgain: true })
    }
  }

  #noteAudience(card: Card, known: PopWatch | undefined): void {
    for (const handler of card.audience.keys()) {
      if (known?.card.audience.has(handler) !== true) this.#lastPopAt.set(handler, this.#parts.clock.now())
    }
  }
}

function isTaken({ takenBy, call }: Card): boolean {
  return takenBy !== undefined || call.answeredAt !== undefined
}

function progressOf({ card, isAcked }: PopWatch) {
  return { isAcked, isTaken: isTaken(card) }
}
