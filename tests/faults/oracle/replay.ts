import type { PopCard } from '../../../src/pop/pop.ts'
import type { ScreenEvent } from '../../../src/pop/session-log.ts'
import type { ScreenHistory } from './history.ts'

/** A pop as it came to a screen, in an event or in a snapshot. */
export interface Arrival {
  readonly call: string
  readonly at: number
  /** `state`: nothing rang, but the card is there all the same. */
  readonly how: 'event' | 'direct' | 'snapshot' | 'state'
  readonly state: string
  readonly force: string
  readonly device: string | undefined
  readonly offer: string
  readonly isTest: boolean
  /** Why it is offered here, though it rings elsewhere. */
  readonly escalated?: string
  /** And since when, as the card has it. */
  readonly escalatedAt?: number
  /** It says itself that the call may be over. */
  readonly isUnheard: boolean
  /** How many gateways had the call one after the other. */
  readonly generation: number
  /** The screen rang for it: neither a repeat nor older than what it shows. */
  readonly rang: boolean
  /** It rang before, as much offered as now, and nothing took the card away since. In a snapshot nothing rings. */
  readonly isSecond: boolean
}

export interface PanelSeen {
  readonly rev: number
  readonly status: string
  readonly why?: string
}

export interface Shown {
  readonly rev: number
  readonly state: string
  readonly offer: string
  readonly popId: string
  /** The card says that it may be over: nobody has heard of the call since a gateway died. */
  readonly isUnheard: boolean
}

/** What one screen had, after the rules every client of the protocol follows. */
export interface Replay {
  readonly arrivals: readonly Arrival[]
  /** Cards on the screen when the run was over. */
  readonly shown: ReadonlyMap<string, Shown>
  /** The newest panel of each name it ever had: `call` → name → panel. */
  readonly panels: ReadonlyMap<string, ReadonlyMap<string, PanelSeen>>
  /** Every time a call was first shown as released. */
  readonly releasedAt: ReadonlyMap<string, number>
  /** Frames that said again what had come, by the same event id. */
  readonly repeats: number
  /** Panels that came for calls, with the screen's own force to be compared. */
  readonly panelCalls: ReadonlySet<string>
}

/**
 * Plays a screen's frames: an event id counts once, a card moves only to a higher revision, a snapshot replaces the
 * whole screen. Written beside the SDK and not with it, so that a mistake of one shows in the other.
 */
export function replay(screen: ScreenHistory): Replay {
  const player = new Player()
  for (const line of screen.lines) {
    if (line.way !== 'in') continue
    const { message, at } = line
    if (message.t === 'ev') player.event(message.eventId, message.ev, at, message.seq === undefined)
    else if (message.t === 'snapshot') player.snapshot(message.cards, message.more, at)
  }
  return player
}

class Player implements Replay {
  readonly arrivals: Arrival[] = []
  shown = new Map<string, Shown>()
  readonly panels = new Map<string, Map<string, PanelSeen>>()
  readonly releasedAt = new Map<string, number>()
  readonly panelCalls = new Set<string>()
  repeats = 0
  readonly #known = new Set<string>()
  /** States since the last snapshot: one that is behind does not keep out what was said before it and comes after it. */
  readonly #states = new Set<string>()
  /** Revisions that calls left by: an older word does not bring them back. */
  #gone = new Map<string, number>()
  /** How much was offered when the card that is there rang last; one that came by a snapshot alone has not rung. */
  readonly #rung = new Map<string, string>()
  #isFilling = false

  event(eventId: string, ev: ScreenEvent, at: number, isDirect: boolean): void {
    const known = ev.type === 'call.state' ? this.#states : this.#known
    if (known.has(eventId)) {
      this.repeats += 1
      return
    }
    known.add(eventId)
    if (ev.type === 'call.pop' || ev.type === 'call.state') this.#card(ev, at, isDirect)
    else if (ev.type === 'call.panel') this.#panel(ev.call, ev.data.panel, { ...ev.data, rev: ev.rev })
    else if (ev.type === 'call.gone' && this.#lastRev(ev.call) < ev.rev) {
      this.shown.delete(ev.call)
      this.#rung.delete(ev.call)
      this.#gone.set(ev.call, ev.rev)
    }
  }

  snapshot(cards: readonly PopCard[], more: boolean, at: number): void {
    if (!this.#isFilling) [this.shown, this.#gone] = [new Map(), new Map()]
    this.#states.clear()
    this.#isFilling = more
    for (const { call, rev, pop, panels } of cards) {
      this.#arrive(call, rev, pop, { at, how: 'snapshot', rang: false, isSecond: false })
      this.#show(call, rev, pop, at)
      for (const each of panels) this.#panel(call, each.panel.panel, { ...each.panel, rev: each.rev })
    }
    if (!more) for (const call of this.#rung.keys()) if (!this.shown.has(call)) this.#rung.delete(call)
  }

  #card(ev: Extract<ScreenEvent, { type: 'call.pop' | 'call.state' }>, at: number, isDirect: boolean): void {
    const { call, rev, data } = ev
    const before = this.shown.get(call)
    const isNewer = this.#lastRev(call) < rev
    if (ev.type === 'call.pop') {
      const isSecond = isNewer && before?.offer === data.offer && this.#rung.get(call) === data.offer
      if (isNewer) this.#rung.set(call, data.offer)
      this.#arrive(call, rev, data, { at, how: isDirect ? 'direct' : 'event', rang: isNewer, isSecond })
    }
    // A state is the whole pop again, and may come before it by another way (docs/protocol.md).
    else if (isNewer && before === undefined)
      this.#arrive(call, rev, data, { at, how: 'state', rang: false, isSecond: false })
    if (isNewer) this.#show(call, rev, data, at)
  }

  #lastRev(call: string): number {
    return this.shown.get(call)?.rev ?? this.#gone.get(call) ?? -1
  }

  #arrive(
    call: string,
    rev: number,
    pop: PopCard['pop'],
    how: Pick<Arrival, 'at' | 'how' | 'rang' | 'isSecond'>
  ): void {
    const { state, force, device, offer, flags, escalated } = pop
    const why = escalated === undefined ? {} : { escalated: escalated.why, escalatedAt: escalated.at }
    this.arrivals.push({
      call,
      state,
      force,
      device,
      offer,
      isTest: flags.test,
      isUnheard: pop.unheard === true,
      generation: generationOf(rev),
      ...why,
      ...how
    })
  }

  #show(call: string, rev: number, pop: PopCard['pop'], at: number): void {
    const { state, offer, popId } = pop
    this.shown.set(call, { rev, state, offer, popId, isUnheard: pop.unheard === true })
    if (pop.state === 'released' && !this.releasedAt.has(call)) this.releasedAt.set(call, at)
  }

  #panel(call: string, name: string, panel: PanelSeen): void {
    this.panelCalls.add(call)
    const ofCall = this.panels.get(call) ?? new Map<string, PanelSeen>()
    this.panels.set(call, ofCall)
    const known = ofCall.get(name)
    if (known === undefined || known.rev <= panel.rev) ofCall.set(name, panel)
  }
}

/** Revisions of one generation stay below those of the next (pop/revision.ts). */
export function generationOf(rev: number): number {
  return Math.floor(rev / 1_000_000)
}
