import type { CallEvent, OfferedEvent } from '../../src/call/call-event.ts'
import { makeEventId } from '../../src/call/ids.ts'
import { after } from '../../src/operations/lifecycle.ts'
import { LostDialogs } from '../../src/switches/sip/lost-dialogs.ts'
import type { FindDialogs, TakeEvent, Taken, WhoseCall } from '../../src/switches/switch-driver.ts'
import type { Base } from '../../src/wiring/base.ts'

/** What a switch says of a call, before it has an event id and a time. */
export type Said<E extends CallEvent = CallEvent> = E extends CallEvent ? Omit<E, 'eventId' | 'receivedAt'> : never
export type Reply = (status: number) => void

interface Leg {
  state: 'pending' | 'up' | 'refused' | 'restored' | 'ended'
  /** Of the INVITE that the leg was made with: the same again is a retransmission. */
  branch: string
  offered?: OfferedEvent
  /** Answers given inside the dialog: a request sent again gets its answer again. */
  readonly answered: Map<number, number>
  highestCseq: number
  isAcked: boolean
}

const TRYING_AFTER_MS = 200
const NO_ACK_MS = 32_000
/** A switch that was refused and does not offer its call again says nothing more of it. */
const NO_RETRY_MS = 10_000

interface Parts extends Pick<Base, 'log' | 'metrics' | 'clock'> {
  readonly take: TakeEvent
  readonly findDialogs: FindDialogs
  readonly isRecordBehind: () => boolean
  readonly whoseCall: WhoseCall
}

/**
 * What the SIP driver is to the gateway, without SIP on the wire: an INVITE is answered when the gateway has taken
 * it, what is said inside the dialog at once, a repeat like the first. For a dialog that is not here the record is
 * asked: one that nobody has is told 481, and 500 while the record does not say.
 */
export class SimSipDoor {
  readonly #legs = new Map<string, Leg>()
  readonly #take: TakeEvent
  readonly #lost: LostDialogs
  readonly #whoseCall: WhoseCall

  constructor({ take, findDialogs: find, whoseCall, ...parts }: Parts) {
    this.#take = take
    this.#whoseCall = whoseCall
    this.#lost = new LostDialogs({ find, ...parts })
  }

  /** Dialogs of open calls from the record, by their switch's names for them. */
  restore(dialogs: readonly Readonly<Record<string, unknown>>[]): void {
    for (const name of dialogs.flatMap(dialog => Object.keys(dialog))) {
      if (this.#known(name) === undefined) this.#legs.set(name, makeLeg('restored', ''))
    }
  }

  onInvite(said: Said<OfferedEvent>, branch: string, reply: Reply): void {
    const known = this.#legs.get(said.switchCallId)
    if (known?.branch === branch) {
      if (known.state === 'up') reply(200)
      return
    }
    if (known !== undefined && known.state !== 'restored' && known.state !== 'refused') {
      reply(482)
      return
    }
    const leg = makeLeg('pending', branch)
    this.#legs.set(said.switchCallId, leg)
    const event: OfferedEvent = { ...said, ...stamp(), dialog: { id: said.switchCallId } }
    leg.offered = event
    const stopTrying = after(TRYING_AFTER_MS, () => leg.state === 'pending' && reply(100))
    void this.#take(event).then(taken => {
      stopTrying()
      if (leg.state !== 'pending') return
      if (taken === 'elsewhere') {
        leg.state = 'ended'
        this.#legs.delete(said.switchCallId)
        return
      }
      const isTaken = mayAnswer(taken)
      leg.state = isTaken ? 'up' : 'refused'
      reply(isTaken ? 200 : 503)
      if (isTaken) this.#untilAck(leg, said, reply)
      else after(NO_RETRY_MS, () => this.#lose(leg, said))
    })
  }

  /** Of a refused call nothing more is heard, unless it is offered again or another gateway has it. */
  #lose(leg: Leg, { trunk, force, switchCallId }: Said): void {
    if (this.#legs.get(switchCallId) !== leg || leg.state !== 'refused') return
    leg.state = 'ended'
    if (this.#whoseCall({ trunk, switchCallId }) === 'elsewhere') this.#legs.delete(switchCallId)
    else void this.#take({ trunk, force, switchCallId, ...stamp(), kind: 'released', cause: 'lost' })
  }

  onAck(id: string): void {
    const leg = this.#legs.get(id)
    if (leg !== undefined) leg.isAcked = true
  }

  /** RFC 3261 §13.3.1.4: the 200 again until the ACK comes; when none does, the call is lost, or another gateway had it. */
  #untilAck(leg: Leg, { trunk, force, switchCallId }: Said, reply: Reply, waitedMs = 0, waitMs = 500): void {
    after(waitMs, () => {
      if (leg.isAcked || leg.state !== 'up') return
      if (waitedMs + waitMs < NO_ACK_MS) {
        reply(200)
        this.#untilAck(
          leg,
          { trunk, force, switchCallId } as Said,
          reply,
          waitedMs + waitMs,
          Math.min(4_000, waitMs * 2)
        )
        return
      }
      const whose = this.#whoseCall({ trunk, switchCallId })
      leg.state = whose === 'ours' ? 'ended' : 'restored'
      const head = { trunk, force, switchCallId, ...stamp() }
      if (whose === 'ours') void this.#take({ ...head, kind: 'released', cause: 'lost' })
      else if (whose === 'shared' && leg.answered.size === 0) {
        void this.#take({ ...head, kind: 'corrected', isUnacknowledged: true })
      }
    })
  }

  /** The caller left before the answer. */
  onCancel(said: Said, reply: Reply): void {
    this.#orLost(said, reply, leg => {
      if (leg.state !== 'pending' && leg.state !== 'restored') {
        reply(481)
        return
      }
      leg.state = 'ended'
      reply(200)
      void this.#take({ ...said, ...stamp() } as CallEvent)
    })
  }

  onInside(said: Said, cseq: number, reply: Reply): void {
    this.#orLost(said, reply, leg => this.#inside(leg, said, cseq, reply))
  }

  /** As SipLegs has them: whom we refused has no dialog here, and may have one at the gateway that the switch asked next. */
  #known(name: string): Leg | undefined {
    const leg = this.#legs.get(name)
    return leg?.state === 'refused' ? undefined : leg
  }

  #inside(leg: Leg, said: Said, cseq: number, reply: Reply): void {
    const before = leg.answered.get(cseq)
    if (before !== undefined) {
      reply(before)
      return
    }
    const isOpen = leg.state === 'up' || leg.state === 'restored'
    const isStale = cseq <= leg.highestCseq
    const status = !isOpen ? 481 : isStale ? 500 : 200
    leg.answered.set(cseq, status)
    reply(status)
    if (status !== 200) return
    leg.highestCseq = cseq
    if (said.kind === 'released') leg.state = 'ended'
    void this.#take({ ...said, ...stamp() } as CallEvent)
  }

  /** As HeldRequests does: a dialog that is not here may be another node's, and then it is ours from now on. */
  #orLost({ switchCallId }: Said, reply: Reply, then: (leg: Leg) => void): void {
    const known = this.#known(switchCallId)
    if (known !== undefined) {
      then(known)
      return
    }
    const asked = this.#lost.ask(switchCallId)
    if (asked === undefined) {
      reply(481)
      return
    }
    void asked.then(found => {
      if (found.kind === 'found') this.restore([found.stored])
      const leg = this.#known(switchCallId)
      if (leg !== undefined) then(leg)
      else reply(found.kind === 'late' ? 500 : 481)
    })
  }
}

function makeLeg(state: Leg['state'], branch: string): Leg {
  return { state, branch, answered: new Map(), highestCseq: 0, isAcked: false }
}

/** The switch is told that we have the call only when that is so. */
function mayAnswer(taken: Taken): boolean {
  return taken === 'durable' || taken === 'received'
}

function stamp() {
  const receivedAt = Date.now()
  return { eventId: makeEventId(receivedAt), receivedAt }
}
