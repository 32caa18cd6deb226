import type { Call } from '../call/call.ts'
import { type CallId, type HandlerId, popCallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { SignOn } from './address.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Card } from './card.ts'
import { EarlierSteps } from './earlier-steps.ts'
import type { EscalationRecord, StepClaim } from './escalation-record.ts'
import {
  ESCALATION_KINDS,
  type EscalationKind,
  type EscalationLimits,
  isMet,
  isWatched,
  limitOf
} from './escalation-rules.ts'
import { escalationAlarm, fromWords } from './escalation-words.ts'
import { NextDesk } from './next-desk.ts'
import type { PopCourier } from './pop-courier.ts'
import { isTaken, PopWatch } from './pop-watch.ts'

interface Parts {
  readonly record: EscalationRecord
  readonly alarms: Pick<AlarmBook, 'revise' | 'end'>
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
/** Pops that had waited for a screen, twice a second. */
const MAX_RESUMED = 50
const SECOND_MS = 1_000

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
  readonly #earlier: EarlierSteps

  constructor(parts: Parts) {
    this.#parts = parts
    this.#nextDesk = new NextDesk({
      ...{ live: parts.live, signOnOf: parts.signOnOf },
      openCards: handler => parts.courier.openCards(handler),
      lastPopAt: handler => this.#lastPopAt.get(handler) ?? 0,
      monotonicMs: () => parts.clock.monotonicMs()
    })
    this.#earlier = new EarlierSteps({
      ...{ record: parts.record, courier: parts.courier, signOnOf: parts.signOnOf },
      watchOf: callId => this.watchOf(callId),
      onAcked: popIds => this.onAcked(popIds)
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

  /**
   * Called twice a second: sets timers, takes up what a restart left, looks for somebody where there was nobody, and acts
   * itself while the record is away.
   */
  tick(): void {
    const now = this.#parts.clock.now()
    const unknown: CallId[] = []
    // The first screens that are back are not given everything that had waited for one.
    let room = Math.min(this.#parts.live().size, MAX_RESUMED)
    for (const watch of this.#watched.values()) {
      if (!watch.isLoaded && !this.isRecordAway) unknown.push(watch.card.call.callId)
      else
        for (const kind of ESCALATION_KINDS) {
          if (!watch.hasFoundNobody(kind)) this.#look(watch, kind, now)
          else if (room > 0 && this.#resume(watch, kind, now)) room -= 1
        }
    }
    if (unknown.length > 0) this.#earlier.load(unknown.slice(0, MAX_LOADED))
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
        await this.#parts.record.keep(owed)
        watch.owed.shift()
      }
    }
  }

  #look(watch: PopWatch, kind: EscalationKind, now: number): void {
    const { limits, setTimer } = this.#parts
    const { call } = watch.card
    if (watch.isDone(kind, limits)) return
    const step = watch.steps[kind] + 1
    const leftMs = watch.dueAt(kind, limits) - now
    if (this.isRecordAway) {
      if (leftMs <= 0) this.#step(watch, kind).catch(thrown => this.#parts.log.fault('pop.escalation', thrown))
      return
    }
    if (watch.armed[kind] === step || leftMs > limitOf(kind, call.line, limits) * (1 - ARM_AT)) return
    watch.armed[kind] = step
    setTimer(call.callId, kind, step, Math.max(0, leftMs))
  }

  /** There was nobody who could be given the pop; as soon as somebody is there it goes on to them. */
  #resume(watch: PopWatch, kind: EscalationKind, now: number): boolean {
    if (watch.acting.has(kind) || !this.#isDue(watch, kind, now)) return false
    const handler = this.#choose(watch.card)
    if (handler === undefined) return false
    this.#step(watch, kind, handler).catch(thrown => this.#parts.log.fault('pop.escalation', thrown))
    return true
  }

  #isDue(watch: PopWatch, kind: EscalationKind, now: number): boolean {
    const { limits } = this.#parts
    return !watch.isDone(kind, limits) && now + EARLY_MS >= watch.dueAt(kind, limits)
  }

  async #step(watch: PopWatch, kind: EscalationKind, next?: HandlerId): Promise<void> {
    if (watch.acting.has(kind)) return
    watch.acting.add(kind)
    try {
      const claim = this.#makeClaim(watch, kind, next ?? this.#choose(watch.card))
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

  #makeClaim(watch: PopWatch, kind: EscalationKind, handler: HandlerId | undefined): StepClaim {
    const { node, clock } = this.#parts
    const { call } = watch.card
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

  #do(watch: PopWatch, claim: StepClaim): void {
    const { courier, alarms, metrics, log, signOnOf } = this.#parts
    const { kind, step, handler, at } = claim
    const { card } = watch
    const { call } = card
    const from = fromWords(card, signOnOf)
    watch.onStep(claim)
    const to = handler === undefined ? undefined : signOnOf(handler)?.position
    const isTalking = call.state === 'answered' || call.state === 'held'
    metrics.escalations.inc({ kind, result: handler === undefined ? 'nobody-left' : 'passed-on' })
    log.warn('pop.escalated', { callId: call.callId, force: call.force, line: call.line, what: kind, count: step })
    alarms.revise(
      escalationAlarm({
        ...{ callId: call.callId, force: call.force, line: call.line, kind, from },
        seconds: Math.round(watch.waitedMs(at) / SECOND_MS),
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

  #noteAudience(card: Card, known: PopWatch | undefined): void {
    for (const handler of card.audience.keys()) {
      if (known?.card.audience.has(handler) !== true) this.#lastPopAt.set(handler, this.#parts.clock.now())
    }
  }
}
