import type { ForceId, HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { AlarmBook } from '../pop/alarm-book.ts'
import type { Handover } from '../pop/handover.ts'
import { handoverAlarm, handoverAlarmKey } from './handover-alarms.ts'
import type { DueHandover, HandoverRecord, KnownHandover } from './handover-record.ts'
import { dueSteps, HANDOVER_STEPS, type HandoverStep, stepsAt } from './handover-steps.ts'

interface Parts {
  readonly record: Pick<HandoverRecord, 'claim' | 'read'>
  readonly alarms: Pick<AlarmBook, 'raise'>
  /** Hand-overs that this gateway knows to be open. */
  readonly open: () => readonly KnownHandover[]
  /** Whether the grade is the first of its force's list. */
  readonly isUrgent: (force: ForceId, grade: string) => boolean
  readonly dispatchersOf: (force: ForceId) => readonly HandlerId[]
  /** Has this step looked at again in so many ms, by whichever gateway; best effort. */
  readonly setTimer: (id: string, step: HandoverStep, delayMs: number) => void
  readonly node: string
  readonly clock: Clock
}

/**
 * What becomes of a hand-over that stands still. Timers in Redis and the sweeper over the record say that a step is due; the
 * insert into the record decides which gateway raises its alarm. While the record is away this one does by its own memory.
 */
export class HandoverWatch {
  readonly #parts: Parts
  /** Steps that were raised here without the record, by the key of their alarm; no more than there are open ones. */
  readonly #raised = new Set<string>()
  /** The record does not answer; the sweeper says so. */
  isRecordAway = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Sets a timer for each step that may come of it. */
  onWritten({ handover }: KnownHandover): void {
    const { clock, setTimer } = this.#parts
    const [at, now] = [stepsAt(handover), clock.now()]
    for (const step of HANDOVER_STEPS) {
      const due = at[step]
      if (due !== undefined) setTimer(handover.handover, step, Math.max(0, due - now))
    }
  }

  /** A timer has fired, here or for another gateway. Rejects when the record does not answer: it is then fired again. */
  async fire(id: string, step: HandoverStep): Promise<void> {
    const known = await this.#parts.record.read(id)
    if (known !== undefined && dueSteps(known.handover, this.#parts.clock.now()).includes(step)) {
      await this.act({ known, step })
    }
  }

  /** A step is due. Rejects as the record does. */
  async act({ known: { handover }, step }: DueHandover): Promise<void> {
    const { record, node, clock } = this.#parts
    if (await record.claim(handover.handover, step, { node, at: clock.now() })) this.#raise(handover, step)
  }

  /** Called often: only while the record is away. */
  tick(): void {
    if (!this.isRecordAway) {
      this.#raised.clear()
      return
    }
    const { open, clock } = this.#parts
    for (const { handover } of open()) {
      for (const step of dueSteps(handover, clock.now())) {
        const key = handoverAlarmKey(handover.handover, step)
        if (this.#raised.has(key)) continue
        // Other gateways may do the same: when the record is back, it is one alarm.
        this.#raised.add(key)
        this.#raise(handover, step)
      }
    }
  }

  #raise(handover: Handover, step: HandoverStep): void {
    const { alarms, isUrgent, dispatchersOf, clock } = this.#parts
    const { force, grade } = handover
    alarms.raise(
      handoverAlarm(handover, step, {
        isUrgent: isUrgent(force, grade),
        dispatchers: dispatchersOf(force),
        now: clock.now()
      })
    )
  }
}
