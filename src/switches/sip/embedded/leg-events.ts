import type { CallEvent } from '../../../call/call-event.ts'
import type { DeviceId, EventId } from '../../../call/ids.ts'
import type { Clock } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { TakeEvent, WhoseCall } from '../../switch-driver.ts'
import { toPartyEvents } from '../parties.ts'
import { heldBy, toLaterEvents } from '../sip-to-event.ts'
import type { FastRequest } from './fast-request.ts'
import type { InsideSender } from './inside-sender.ts'
import { dropDialog, type SipLeg } from './sip-leg.ts'
import type { SipLegs } from './sip-legs.ts'

interface Parts {
  readonly legs: SipLegs
  readonly sender: Pick<InsideSender, 'hangUp'>
  readonly take: TakeEvent
  readonly whoseCall?: WhoseCall
  readonly makeEventId: (now: number) => EventId
  readonly log: Log
  readonly metrics: Pick<Metrics, 'sipLost'>
  readonly clock: Clock
}

/**
 * What we waited for in vain: the ACK of a 200, a session's refresh, a ringing's PRACK, any end at all, or a refused
 * call's next try. A label of `gw_sip_lost_total`.
 */
export type LostBy = 'no-ack' | 'no-refresh' | 'no-prack' | 'no-end' | 'no-retry'

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
    leg.hasSpoken = true
    leg.wasHeld = heldBy(request) ?? leg.wasHeld
    return events
  }

  /** Who is on the call beside its caller from the beginning, as the emergency operator often is. */
  parties(leg: SipLeg, invite: FastRequest): void {
    for (const event of toPartyEvents(invite, leg, () => this.makeId(invite.receivedAt))) this.emit(event)
  }

  end(leg: SipLeg, released: CallEvent): void {
    this.#parts.legs.end(leg)
    this.emit(released)
  }

  whose({ match, switchCallId }: SipLeg): ReturnType<WhoseCall> {
    return this.#parts.whoseCall?.({ trunk: match.trunk.id, switchCallId }) ?? 'ours'
  }

  /** Nobody said that it ended. A switch that holds an event leg open is told that we do not. */
  lose(leg: SipLeg, why: LostBy): void {
    if (leg.state === 'ended') return
    if (this.whose(leg) === 'elsewhere') {
      // Whoever has it hears what we wait for in vain; a BYE from here would end a call that lives.
      dropDialog(leg)
      this.#parts.legs.end(leg)
      return
    }
    this.#parts.metrics.sipLost.inc({ why })
    this.#close(leg)
    this.end(leg, { ...this.#head(leg), kind: 'released', cause: 'lost' })
  }

  /** The acknowledgement went to another gateway that answered as we did, or the switch is not there any more. */
  doubt(leg: SipLeg): void {
    if (leg.hasSpoken === true || this.whose(leg) !== 'shared') return
    this.emit({ ...this.#head(leg), kind: 'corrected', isUnacknowledged: true })
  }

  /** Another leg of the switch has taken its place (RFC 3891). */
  replace(leg: SipLeg): void {
    this.#close(leg)
    this.end(leg, { ...this.#head(leg), kind: 'released', cause: 'ended' })
  }

  /** Sent on: it rings at the desk that was chosen, and what becomes of it is not said to us (docs/decisions/0008). */
  redirected(leg: SipLeg, device: DeviceId | undefined): void {
    if (device !== undefined) this.emit({ ...this.#head(leg), kind: 'alerting', device })
    this.end(leg, { ...this.#head(leg), kind: 'released', cause: 'no-outcome' })
  }

  #close(leg: SipLeg): void {
    this.#parts.sender.hangUp(leg)
    dropDialog(leg)
  }

  #head({ match, switchCallId }: SipLeg) {
    const receivedAt = this.#parts.clock.now()
    const eventId = this.makeId(receivedAt)
    return { trunk: match.trunk.id, force: match.number.force, switchCallId, receivedAt, eventId }
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
