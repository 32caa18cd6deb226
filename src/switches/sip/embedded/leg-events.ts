import type { CallEvent } from '../../../call/call-event.ts'
import type { EventId } from '../../../call/ids.ts'
import type { Clock } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { TakeEvent } from '../../switch-driver.ts'
import { heldBy, toLaterEvents } from '../sip-to-event.ts'
import type { FastRequest } from './fast-request.ts'
import { dropDialog, type SipLeg } from './sip-leg.ts'
import type { SipLegs } from './sip-legs.ts'

interface Parts {
  readonly legs: SipLegs
  readonly take: TakeEvent
  readonly makeEventId: (now: number) => EventId
  readonly log: Log
  readonly clock: Clock
}

/** What is said inside a call and how it ends, on its way into the gateway; the legs that end leave memory here. */
export class LegEvents {
  readonly #parts: Parts
  readonly #waiting = new Set<Promise<void>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Resolves when all that was handed in is done. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#waiting])
  }

  track(done: Promise<void>): void {
    this.#waiting.add(done)
    done.finally(() => this.#waiting.delete(done))
  }

  makeId(receivedAt: number): EventId {
    return this.#parts.makeEventId(receivedAt)
  }

  /** INFO, UPDATE, re-INVITE: what it says of the call, which is often nothing. */
  later(leg: SipLeg, request: FastRequest): readonly CallEvent[] {
    const events = toLaterEvents(request, leg, () => this.makeId(request.receivedAt))
    for (const event of events) this.emit(event)
    leg.wasHeld = heldBy(request) ?? leg.wasHeld
    return events
  }

  end(leg: SipLeg, released: CallEvent): void {
    this.#parts.legs.end(leg)
    this.emit(released)
  }

  /** Nobody said that it ended. */
  lose(leg: SipLeg): void {
    if (leg.state === 'ended') return
    const { trunk, number } = leg.match
    const receivedAt = this.#parts.clock.now()
    const head = { trunk: trunk.id, force: number.force, switchCallId: leg.switchCallId, receivedAt }
    dropDialog(leg)
    this.end(leg, { ...head, kind: 'released', eventId: this.makeId(receivedAt), cause: 'lost' })
  }

  /** What is said inside a call was answered already; the journal retries by itself. */
  emit(event: CallEvent): void {
    const { take, log } = this.#parts
    const done = take(event).then(taken => {
      if (taken === 'refused') log.warn('sip.event-not-durable', { trunk: event.trunk, what: event.kind })
    })
    this.track(done)
  }
}
