import type Srf from 'drachtio-srf'
import type { ReleaseCause } from '../../../call/call.ts'
import type { OfferedEvent } from '../../../call/call-event.ts'
import type { EventId } from '../../../call/ids.ts'
import type { Clock } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { CallPorts, Taken } from '../../switch-driver.ts'
import { isSelfCall } from '../caller-headers.ts'
import { type DialogMemory, toDialogMemory } from '../embedded/dialog-memory.ts'
import type { FastRequest } from '../embedded/fast-request.ts'
import { LegEvents } from '../embedded/leg-events.ts'
import { requires100rel } from '../embedded/reliable-ringing.ts'
import { askedTimer, tooSmall } from '../embedded/session-timer.ts'
import type { SipLeg } from '../embedded/sip-leg.ts'
import { SipLegs } from '../embedded/sip-legs.ts'
import { chooseRedirect, redirectContacts } from '../redirect-targets.ts'
import { toCancelled, toOffered, toReleased } from '../sip-to-event.ts'
import type { TrunkMatch, TrunkTable } from '../trunk-table.ts'
import { answer, type Exchange, refuse, sendInside } from './drachtio-exchange.ts'
import { DrachtioInside } from './drachtio-inside.ts'
import { isOverdue, makeLeg } from './drachtio-leg.ts'
import type { DrachtioLink } from './drachtio-link.ts'
import { keepInvite } from './srf-inside.ts'

interface Parts extends CallPorts {
  readonly trunks: TrunkTable
  readonly makeEventId: (now: number) => EventId
  readonly host: string
  readonly maxDialogs: number
  readonly isDraining: () => boolean
  /** Undefined where nothing more is to be done. */
  readonly read: (exchange: Exchange) => FastRequest | undefined
  readonly readMessage: (raw: string) => FastRequest | undefined
  /** Runs what is called back, so that nothing is thrown into the library; false when it broke off. */
  readonly safely: (run: () => void) => boolean
  readonly onBug: (thrown: unknown) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** An INVITE that became a call, and what its answer needs. */
interface NewCall {
  readonly leg: SipLeg
  readonly request: FastRequest
  readonly exchange: Exchange
  readonly event: OfferedEvent
}

const HANG_UP = ['Reason: SIP;cause=408;text="Nothing heard of this session"']

/**
 * The calls that come through drachtio: INVITE to BYE, each answered as its trunk's mode allows. The server holds
 * transactions and dialogs; here every request finds its call by Call-ID and From-tag alone. The library's own dialog
 * objects are not used: one made a moment too late loses the BYE that came right after the ACK.
 */
export class DrachtioCalls {
  readonly #parts: Parts
  readonly #legs: SipLegs
  readonly #events: LegEvents
  readonly #inside: DrachtioInside
  readonly #invites = new WeakMap<SipLeg, Exchange>()

  constructor(parts: Parts) {
    this.#parts = parts
    const legs = new SipLegs(parts.maxDialogs)
    const events = new LegEvents({ ...parts, legs, sender: { hangUp: leg => this.#hangUp(leg) } })
    const onUnsent = (leg: SipLeg, reason: string) => void parts.safely(() => this.#onUnsent(leg, reason))
    this.#legs = legs
    this.#events = events
    this.#inside = new DrachtioInside({ legs, events, invites: this.#invites, host: parts.host, onUnsent })
  }

  get size(): number {
    return this.#legs.size
  }

  restore(memory: DialogMemory, match: TrunkMatch): void {
    if (!this.#legs.has(memory.switchCallId)) this.#restore(memory, match)
  }

  #restore(memory: DialogMemory, match: TrunkMatch): void {
    this.#legs.restore(memory, match, this.#parts.clock.now())
  }

  /** Whether the call is one we have, up or from the record. */
  isKnown(request: FastRequest): boolean {
    return this.#legs.of(request) !== undefined
  }

  /** Resolves when every INVITE taken has its answer. */
  settled(): Promise<void> {
    return this.#events.settled()
  }

  sweep(): void {
    const now = this.#parts.clock.now()
    for (const leg of this.#legs.all()) {
      if (!isOverdue(leg, now)) continue
      const invite = this.#invites.get(leg)
      if (leg.state === 'ringing' && invite !== undefined) answer(invite, 480)
      this.#events.lose(leg, leg.state === 'refused' ? 'no-retry' : 'no-end')
    }
  }

  onInvite(request: FastRequest, exchange: Exchange): void {
    const { metrics, makeEventId, trunks, clock } = this.#parts
    const match = trunks.match(request)
    const known = this.#legs.of(request)
    if (match === undefined || this.#isTurnedAway(match, request, exchange, known)) {
      if (match === undefined) refuse(exchange, match)
      return
    }
    if (!match.isKnownNumber) metrics.sipUnknownNumbers.inc({ trunk: match.trunk.id })
    const leg = makeLeg(request, match, clock.now())
    this.#legs.put(leg)
    this.#invites.set(leg, exchange)
    this.#listen(leg, exchange)
    const event = toOffered(request, match, makeEventId(request.receivedAt), toDialogMemory(leg))
    const call = { leg, request, exchange, event }
    this.#events.track(match.trunk.mode === 'redirect' ? this.#redirect(call) : this.#answerWhenTaken(call))
  }

  onInside(request: FastRequest, exchange: Exchange): void {
    this.#inside.onInside(request, exchange)
  }

  /**
   * The server's own BYE, sent because no ACK came, a session timer ran out or a CANCEL crossed our 200. Our side is
   * its From.
   */
  onServerBye(request: FastRequest): void {
    const leg = this.#legs.of({ callId: request.callId, fromTag: request.toTag } as FastRequest)
    if (leg !== undefined) this.#end(leg, /cancel/i.test(request.header('reason') ?? '') ? 'ended' : 'lost')
  }

  /**
   * From the server's record of ended calls; only of one whose BYE or CANCEL cannot reach us: its link was lost, or it
   * still rang and the server refuses the BYE by itself.
   */
  onOver(request: FastRequest, isCancel: boolean): void {
    const leg = this.#legs.of(request)
    if (leg?.state !== 'restored' && (leg?.state !== 'ringing' || isCancel)) return
    // Of a CANCEL the record has no Reason.
    if (isCancel) this.#end(leg, 'no-outcome')
    else this.#events.end(leg, toReleased(request, leg, this.#events.makeId(request.receivedAt)))
  }

  /** Its server is gone, or only our link to it: of what it held we hear by its record of ended calls or not at all. */
  onLost(link: DrachtioLink): void {
    for (const leg of this.#legs.all()) {
      if (this.#invites.get(leg)?.link !== link || (leg.state !== 'up' && leg.state !== 'ringing')) continue
      const { match, target: _, ...memory } = leg
      this.#restore({ ...memory, trunk: match.trunk.id, ddi: match.number.number }, match)
    }
  }

  /** True when the INVITE has had its answer without becoming a call. */
  #isTurnedAway(match: TrunkMatch, request: FastRequest, exchange: Exchange, known?: SipLeg): boolean {
    const { isDraining, metrics } = this.#parts
    const isSelf = isSelfCall(request, match)
    const isMerged = known !== undefined && known.state !== 'restored'
    const isFull = isDraining() || this.#legs.isFullFor(match)
    if (!isFull && !isSelf && !isMerged) return false
    if (isFull) {
      metrics.sipRefused.inc({ reason: isDraining() ? 'draining' : 'dialogs' })
      const { redirect } = match.trunk
      if (redirect !== undefined) answer(exchange, 302, { headers: [`Contact: <${redirect.defaultTarget}>`] })
      else refuse(exchange, isDraining() ? undefined : match)
      return true
    }
    metrics.sipRefused.inc({ reason: isSelf ? 'self-call' : 'merged' })
    answer(exchange, isSelf ? 480 : 482)
    const first = known === undefined ? undefined : this.#invites.get(known)
    if (first?.link === exchange.link) keepInvite(first.link.srf, first.req, first.res)
    return true
  }

  #listen(leg: SipLeg, { req, link }: Exchange): void {
    const { read, safely } = this.#parts
    req.on('cancel', message => safely(() => this.#onCancel(leg, message.raw)))
    // Before the INVITE's final answer the library gives UPDATE to this listener only, or refuses it with 500.
    const onUpdate = (update: Srf.SrfRequest, res: Srf.SrfResponse) => {
      safely(() => {
        const exchange = { req: update, res, link }
        const request = read(exchange)
        if (request !== undefined) this.#inside.onInside(request, exchange)
      })
    }
    req.on('update' as 'cancel', onUpdate as unknown as () => void)
  }

  /** The server has answered the CANCEL with 200 and the INVITE with 487 by itself. */
  #onCancel(leg: SipLeg, raw: string): void {
    if (leg.state !== 'pending' && leg.state !== 'ringing') return
    const cancel = this.#parts.readMessage(raw)
    if (cancel === undefined) this.#events.lose(leg, 'no-end')
    else this.#events.end(leg, toCancelled(cancel, leg, this.#events.makeId(cancel.receivedAt)))
  }

  async #answerWhenTaken(call: NewCall): Promise<void> {
    const { take, safely, metrics, clock } = this.#parts
    const { leg, exchange, request, event } = call
    const offered = take(event)
    this.#events.parties(leg, request)
    const taken = await offered
    // The caller left while the journal was writing: the server has said 487.
    if (leg.state !== 'pending') return
    if (taken === 'elsewhere') {
      // RFC 3261 §8.2.2.2: the same request came by another way. The server has said 100 and would wait for ever.
      this.#legs.end(leg)
      safely(() => answer(exchange, 482))
      return
    }
    if (!safely(() => this.#answer(call, taken))) {
      this.#legs.refused(leg)
      refuse(exchange, leg.match)
    }
    metrics.sipAnswerSeconds.observe({ mode: leg.match.trunk.mode }, (clock.now() - request.receivedAt) / 1000)
  }

  #answer({ leg, exchange, request, event }: NewCall, taken: Taken): void {
    const isTaken = taken === 'durable' || taken === 'received'
    // The server would take any session as short as the switch likes.
    const isTooShort = leg.match.trunk.mode === 'event-leg' && askedTimer(request).kind === 'too-small'
    if (!isTaken || isTooShort) {
      // The pop is out: whether the switch comes again or not, its caller is on the screen.
      this.#legs.refused(leg)
      const { statusCode, extraHeaders } = tooSmall()
      if (isTaken) answer(exchange, statusCode, { headers: extraHeaders })
      else refuse(exchange, leg.match)
    } else if (leg.match.trunk.mode === 'event-leg') {
      this.#inside.accept(leg, exchange, request)
      this.#endReplaced(leg, event)
    } else {
      leg.state = 'ringing'
      // The server counts and waits for the PRACK by itself.
      const headers = requires100rel(request) ? ['Require: 100rel'] : []
      answer(exchange, 180, { headers }, reason => this.#onUnsent(leg, reason))
    }
  }

  /** RFC 3891 §3: the leg whose place this one takes is ended by us. */
  #endReplaced(leg: SipLeg, { replaces }: OfferedEvent): void {
    const old = this.#legs.replacedBy(leg, replaces)
    if (old !== undefined) this.#events.replace(old)
  }

  /** 302 within the trunk's time, whatever is slow or broken here; after it nothing more is heard of the call. */
  async #redirect({ leg, exchange, request, event }: NewCall): Promise<void> {
    const { take, metrics, clock, chooseDevice, onBug, safely } = this.#parts
    const { redirect } = leg.match.trunk
    // A number we do not know may be anybody's.
    const choose = leg.match.isKnownNumber ? chooseDevice : undefined
    if (redirect === undefined) throw new Error('config-checks lets no redirect trunk without its target through')
    const { device, targets } = await chooseRedirect({ redirect, offered: event, taken: take(event), choose, onBug })
    if (leg.state !== 'pending') return
    safely(() => answer(exchange, 302, { headers: redirectContacts(targets) }))
    metrics.sipAnswerSeconds.observe({ mode: 'redirect' }, (clock.now() - request.receivedAt) / 1000)
    this.#events.redirected(leg, device)
  }

  /** The switch has no answer of ours; it may ask again, here or at another node. */
  #onUnsent(leg: SipLeg, reason: string): void {
    this.#parts.log.warn('drachtio.not-sent', { trunk: leg.match.trunk.id, reason })
    if (leg.state === 'up' || leg.state === 'ringing') this.#legs.refused(leg)
  }

  #hangUp(leg: SipLeg): void {
    const invite = this.#invites.get(leg)
    if (invite !== undefined && leg.state === 'up') sendInside(invite, 'BYE', HANG_UP)
  }

  /** Nobody said that it ended, or only the server did. */
  #end(leg: SipLeg, cause: ReleaseCause): void {
    const { trunk, number } = leg.match
    const receivedAt = this.#parts.clock.now()
    const head = { trunk: trunk.id, force: number.force, switchCallId: leg.switchCallId, receivedAt }
    this.#events.end(leg, { ...head, kind: 'released', eventId: this.#events.makeId(receivedAt), cause })
  }
}
