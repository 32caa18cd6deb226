import type Srf from 'drachtio-srf'
import type { ReleaseCause } from '../../../call/call.ts'
import type { CallEvent } from '../../../call/call-event.ts'
import type { EventId } from '../../../call/ids.ts'
import type { Clock } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { TakeEvent, Taken } from '../../switch-driver.ts'
import { type DialogMemory, toDialogMemory } from '../embedded/dialog-memory.ts'
import { ALLOW } from '../embedded/edge.ts'
import type { FastRequest } from '../embedded/fast-request.ts'
import { keptMs, makeToTag, nextSdp, type SipLeg } from '../embedded/sip-leg.ts'
import { SipLegs } from '../embedded/sip-legs.ts'
import {
  heldBy,
  isSelfCall,
  sdpOf,
  switchCallIdOf,
  toCancelled,
  toLaterEvents,
  toOffered,
  toReleased
} from '../sip-to-event.ts'
import type { TrunkMatch, TrunkTable } from '../trunk-table.ts'
import { answer, type Exchange, refuse, toHeaders } from './drachtio-exchange.ts'
import type { DrachtioLink } from './drachtio-link.ts'
import { keepInvite } from './srf-inside.ts'

interface Parts {
  readonly take: TakeEvent
  readonly trunks: TrunkTable
  readonly makeEventId: (now: number) => EventId
  /** Stands in our session descriptions; no media ever flows there. */
  readonly host: string
  readonly maxDialogs: number
  readonly isDraining: () => boolean
  /** Undefined where nothing more is to be done. */
  readonly read: (exchange: Exchange) => FastRequest | undefined
  readonly readMessage: (raw: string) => FastRequest | undefined
  /** Runs what the library calls back, so that nothing is thrown into it; false when it broke off. */
  readonly safely: (run: () => void) => boolean
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Calls whose server went away under them: if nobody says within this that one ended, nobody will. */
const ADRIFT_MAX_MS = 3_600_000
const ADRIFT_RINGING_MAX_MS = 180_000

/**
 * The calls that come through drachtio: INVITE to BYE, each answered as its trunk's mode allows. The server holds
 * transactions and dialogs; here every request finds its call by Call-ID and From-tag alone. The library's own dialog
 * objects are not used: one made a moment too late loses the BYE that came right after the ACK.
 */
export class DrachtioCalls {
  readonly #parts: Parts
  readonly #legs: SipLegs
  readonly #invites = new Map<SipLeg, Exchange>()
  readonly #waiting = new Set<Promise<void>>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#legs = new SipLegs(parts.maxDialogs)
  }

  get size(): number {
    return this.#legs.size
  }

  restore(memory: DialogMemory, match: TrunkMatch): void {
    this.#legs.restore(memory, match, this.#parts.clock.now())
  }

  /** Resolves when every INVITE taken has its answer. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#waiting])
  }

  sweep(): void {
    const now = this.#parts.clock.now()
    for (const leg of this.#legs.all()) {
      if (now - leg.since < (leg.state === 'restored' ? adriftMs(leg) : keptMs(leg))) continue
      const invite = this.#invites.get(leg)
      if (leg.state === 'ringing' && invite !== undefined) answer(invite, 480)
      this.#lose(leg)
    }
  }

  onInvite(request: FastRequest, exchange: Exchange): void {
    const { isDraining, metrics, makeEventId, trunks, clock } = this.#parts
    const known = this.#legs.of(request)
    const match = trunks.match(request)
    if (match === undefined || isDraining() || this.#legs.isFullFor(match)) {
      metrics.sipRefused.inc({ reason: isDraining() ? 'draining' : 'dialogs' })
      refuse(exchange, isDraining() ? undefined : match)
      return
    }
    const isSelf = isSelfCall(request, match)
    if (isSelf || (known !== undefined && known.state !== 'restored')) {
      metrics.sipRefused.inc({ reason: isSelf ? 'self-call' : 'merged' })
      answer(exchange, isSelf ? 480 : 482)
      const first = known === undefined ? undefined : this.#invites.get(known)
      if (first !== undefined && first.link === exchange.link) keepInvite(first.link.srf, first.req, first.res)
      return
    }
    if (!match.isKnownNumber) metrics.sipUnknownNumbers.inc({ trunk: match.trunk.id })
    const leg: SipLeg = {
      match,
      switchCallId: switchCallIdOf(request),
      toTag: known?.toTag ?? makeToTag(),
      since: clock.now(),
      state: 'pending',
      wasHeld: heldBy(request) ?? false
    }
    this.#legs.put(leg)
    this.#invites.set(leg, exchange)
    this.#listen(leg, exchange)
    const event = toOffered(request, match, makeEventId(request.receivedAt), toDialogMemory(request, leg))
    this.#track(this.#answerWhenTaken(leg, exchange, request, event))
  }

  /** A request that names a dialog. */
  onInside(request: FastRequest, exchange: Exchange): void {
    const leg = this.#legs.isOwner(request) ? this.#legs.of(request) : undefined
    if (request.method === 'ACK') return
    if (leg === undefined) answer(exchange, 481)
    else if (request.method === 'BYE') this.#onBye(leg, request, exchange)
    else if (request.method === 'INVITE') this.#onReInvite(leg, request, exchange)
    else this.#onUpdate(leg, request, exchange)
  }

  /**
   * The server's own BYE, sent because no ACK came, a session timer ran out or a CANCEL crossed our 200. Our side is
   * its From.
   */
  onServerBye(request: FastRequest): void {
    const { callId, toTag } = request
    const leg = this.#legs.of({ callId, fromTag: toTag ?? '' } as FastRequest)
    const isCancel = /cancel/i.test(request.header('reason') ?? '')
    if (leg !== undefined) this.#lose(leg, isCancel ? 'ended' : 'lost')
  }

  /**
   * From the server's record of ended calls; only of one whose BYE or CANCEL cannot reach us: its link was lost, or it
   * still rang and the server refuses the BYE by itself.
   */
  onOver(request: FastRequest, isCancel: boolean): void {
    const leg = this.#legs.of(request)
    if (leg?.state !== 'restored' && (leg?.state !== 'ringing' || isCancel)) return
    // Of a CANCEL the record has no Reason.
    if (isCancel) this.#lose(leg, 'no-outcome')
    else this.#end(leg, toReleased(request, leg, this.#parts.makeEventId(request.receivedAt)))
  }

  /** Its server is gone, or only our link to it: of what it held we hear by its record of ended calls or not at all. */
  onLost(link: DrachtioLink): void {
    for (const [leg, invite] of this.#invites) {
      if (invite.link !== link || leg.state === 'pending') continue
      this.#invites.delete(leg)
      const { trunk, number } = leg.match
      this.restore({ ...leg, trunk: trunk.id, ddi: number.number }, leg.match)
    }
  }

  #listen(leg: SipLeg, exchange: Exchange): void {
    const { read, safely } = this.#parts
    exchange.req.on('cancel', message => safely(() => this.#onCancel(leg, message.raw)))
    // Before the INVITE's final answer the library gives UPDATE to this listener only, or refuses it with 500.
    const onUpdate = (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      safely(() => {
        const update = { req, res, link: exchange.link }
        const request = read(update)
        if (request !== undefined) this.onInside(request, update)
      })
    }
    exchange.req.on('update' as 'cancel', onUpdate as unknown as () => void)
  }

  /** The server has answered the CANCEL with 200 and the INVITE with 487 by itself. */
  #onCancel(leg: SipLeg, raw: string): void {
    if (leg.state !== 'pending' && leg.state !== 'ringing') return
    const cancel = this.#parts.readMessage(raw)
    if (cancel === undefined) this.#lose(leg)
    else this.#end(leg, toCancelled(cancel, leg, this.#parts.makeEventId(cancel.receivedAt)))
  }

  async #answerWhenTaken(leg: SipLeg, exchange: Exchange, request: FastRequest, event: CallEvent): Promise<void> {
    const { take, metrics, clock } = this.#parts
    const taken = await take(event)
    // The caller left while the journal was writing: the server has said 487.
    if (leg.state !== 'pending') return
    if (!this.#parts.safely(() => this.#answer(leg, exchange, request, taken))) {
      this.#refused(leg)
      refuse(exchange, leg.match)
    }
    metrics.sipAnswerSeconds.observe({ mode: leg.match.trunk.mode }, (clock.now() - request.receivedAt) / 1000)
  }

  #answer(leg: SipLeg, exchange: Exchange, request: FastRequest, taken: Taken): void {
    if (taken === 'refused' || taken === 'ignored') {
      this.#refused(leg)
      refuse(exchange, leg.match)
    } else if (leg.match.trunk.mode === 'event-leg') {
      leg.state = 'up'
      this.#accept(leg, exchange, request)
    } else {
      // A ring-leg is a branch of the caller's own call: a 200 here would win it and leave the caller with nobody.
      leg.state = 'ringing'
      answer(exchange, 180, {}, reason => this.#unsent(leg, reason))
    }
  }

  /** The one place that says 2xx to an INVITE. */
  #accept(leg: SipLeg, exchange: Exchange, request: FastRequest): void {
    if (leg.match.trunk.mode !== 'event-leg') throw new Error(`a ${leg.match.trunk.mode} trunk is never answered 2xx`)
    const body = nextSdp(leg, sdpOf(request), this.#parts.host)
    answer(exchange, 200, { headers: toHeaders([ALLOW]), body }, reason => this.#unsent(leg, reason))
  }

  /** The switch has no answer of ours; it may ask again, here or at another node. */
  #unsent(leg: SipLeg, reason: string): void {
    this.#parts.log.warn('drachtio.not-sent', { trunk: leg.match.trunk.id, reason })
    if (leg.state === 'up' || leg.state === 'ringing') this.#refused(leg)
  }

  #refused(leg: SipLeg): void {
    this.#invites.delete(leg)
    this.#legs.refused(leg)
  }

  #onBye(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    answer(exchange, 200)
    const invite = this.#invites.get(leg)
    // §15.1.2: the INVITE that still rings has its own answer.
    if (leg.state === 'ringing' && invite !== undefined) answer(invite, 487)
    this.#end(leg, toReleased(request, leg, this.#parts.makeEventId(request.receivedAt)))
  }

  #onReInvite(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    // A ring-leg was never answered, so nothing can be re-invited; a 200 here would take the caller's call.
    if (leg.match.trunk.mode !== 'event-leg') answer(exchange, 481)
    else if (leg.state !== 'up') answer(exchange, 491)
    else {
      this.#accept(leg, exchange, request)
      this.#later(leg, request)
    }
  }

  #onUpdate(leg: SipLeg, request: FastRequest, exchange: Exchange): void {
    const hasOffer = request.method === 'UPDATE' && sdpOf(request) !== undefined
    if (hasOffer && leg.state !== 'up') {
      // The INVITE's own offer has no answer yet, so another cannot be taken (RFC 3311 §5.2).
      answer(exchange, 500, { headers: { 'Retry-After': '1' } })
      return
    }
    answer(exchange, 200, hasOffer ? { body: nextSdp(leg, sdpOf(request), this.#parts.host) } : {})
    this.#later(leg, request)
  }

  #later(leg: SipLeg, request: FastRequest): void {
    for (const event of toLaterEvents(request, leg, () => this.#parts.makeEventId(request.receivedAt)))
      this.#emit(event)
    leg.wasHeld = heldBy(request) ?? leg.wasHeld
  }

  /** Nobody said that it ended, or only the server did. */
  #lose(leg: SipLeg, cause: ReleaseCause = 'lost'): void {
    const { trunk, number } = leg.match
    const receivedAt = this.#parts.clock.now()
    const head = { trunk: trunk.id, force: number.force, switchCallId: leg.switchCallId, receivedAt }
    this.#end(leg, { ...head, kind: 'released', eventId: this.#parts.makeEventId(receivedAt), cause })
  }

  #end(leg: SipLeg, released: CallEvent): void {
    this.#invites.delete(leg)
    this.#legs.end(leg)
    this.#emit(released)
  }

  /** What is said inside a call was answered already; the journal retries by itself. */
  #emit(event: CallEvent): void {
    const done = this.#parts.take(event).then(taken => {
      if (taken === 'refused') this.#parts.log.warn('sip.event-not-durable', { trunk: event.trunk, what: event.kind })
    })
    this.#track(done)
  }

  #track(done: Promise<void>): void {
    this.#waiting.add(done)
    done.finally(() => this.#waiting.delete(done))
  }
}

function adriftMs({ match }: SipLeg): number {
  return match.trunk.mode === 'event-leg' ? ADRIFT_MAX_MS : ADRIFT_RINGING_MAX_MS
}
