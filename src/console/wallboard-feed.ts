import { signal } from '@preact/signals'
import type { NextGateways } from '../delivery/protocol.ts'
import type { Wallboard } from '../pop/board.ts'
import { type Answer, ask, askElsewhere } from './api.ts'
import { type Turn, WallboardGateways } from './wallboard-gateways.ts'

const ASK_EVERY_MS = 2_000
const TICK_MS = 500
/** Figures that are older are not live, whoever's fault that is. */
const LIVE_MS = 8_000
/** So many questions in a row without an answer, and the figures are not live either. */
const MAX_FAILURES = 2
/** One that has not answered by then is not waited for, where there is another. */
const WITHIN_MS = 8_000
const WITHIN_OF_MANY_MS = 4_000
const NOT_SIGNED_ON = 401
const REFUSED = 403

export type FeedState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live'; readonly board: Wallboard; readonly countedAt: number }
  /** The figures of then, and nothing newer: the gateway does not answer, or what it says is old. */
  | { readonly kind: 'stale'; readonly board: Wallboard; readonly countedAt: number; readonly why: StaleWhy }
  | { readonly kind: 'refused'; readonly text: string }

export type StaleWhy = 'gateway-away' | 'old'

interface Parts {
  readonly onSignedOut: () => void
}

type Counted = Wallboard & { readonly next?: NextGateways }

/** The figures of a force; without one, of one's own. */
function getWallboard(turn: Turn, force: string | undefined, withinMs: number): Promise<Answer<Counted>> {
  const query = force === undefined ? '' : `?force=${encodeURIComponent(force)}`
  if (turn.kind === 'own') return ask('GET', `/api/v1/wallboard${query}`, undefined, withinMs)
  return askElsewhere(`${turn.origin}/api/v1/wallboard/by-ticket${query}`, turn.ticket, withinMs)
}

/**
 * Asks for the figures every two seconds, of the page's own gateway and, when that does not answer, of the next that it has
 * named; and knows when they are not live any more.
 */
export class WallboardFeed {
  readonly now = signal(Date.now())
  readonly state = signal<FeedState>({ kind: 'starting' })
  /** Nothing has come since the page was opened. */
  readonly isAway = signal(false)
  /** The figures are of another gateway than the one the page was loaded from. */
  readonly isElsewhere = signal(false)
  readonly #gateways = new WallboardGateways({
    own: window.location.origin,
    monotonicMs: () => performance.now()
  })
  readonly #parts: Parts
  #force: string | undefined
  #failures = 0
  #stops: (() => void)[] = []
  /** Which round of questions is current; an answer to an earlier one is nobody's. */
  #round = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether more than one gateway is asked. */
  get hasOthers(): boolean {
    return this.#gateways.hasOthers
  }

  start(): void {
    const tick = setInterval(() => this.tick(), TICK_MS)
    this.#stops.push(() => clearInterval(tick))
    void this.#askOn(++this.#round)
  }

  stop(): void {
    this.#round += 1
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** The figures of this force from now on; those of the other are gone from the screen at once. */
  choose(force: string): void {
    this.#force = force
    this.state.value = { kind: 'starting' }
    void this.#askOn(++this.#round)
  }

  /** What was live may be no longer. */
  tick(): void {
    this.now.value = Date.now()
    const state = this.state.value
    if (state.kind !== 'live' && state.kind !== 'stale') return
    const { board, countedAt } = state
    const why = this.#failures >= MAX_FAILURES ? 'gateway-away' : 'old'
    const isLive = this.#failures < MAX_FAILURES && this.now.value - countedAt <= LIVE_MS
    if (isLive !== (state.kind === 'live') || (state.kind === 'stale' && state.why !== why)) {
      this.state.value = isLive ? { kind: 'live', board, countedAt } : { kind: 'stale', board, countedAt, why }
    }
  }

  async #askOn(round: number): Promise<void> {
    while (round === this.#round) {
      const turn = this.#gateways.next()
      const answer = await getWallboard(turn, this.#force, this.#gateways.hasOthers ? WITHIN_OF_MANY_MS : WITHIN_MS)
      if (round !== this.#round) return
      // Another gateway that sends us away may only have had its ticket too late.
      if (turn.kind === 'own' && answer.kind === 'refused' && answer.status === NOT_SIGNED_ON) {
        this.stop()
        return this.#parts.onSignedOut()
      }
      if (turn.kind === 'own' && answer.kind === 'refused' && answer.status === REFUSED) {
        this.state.value = { kind: 'refused', text: answer.text }
        return
      }
      this.#took(answer, turn)
      await new Promise(done => setTimeout(done, ASK_EVERY_MS))
    }
  }

  #took(answer: Answer<Counted>, turn: Turn): void {
    if (answer.kind === 'ok') {
      const { next, ...board } = answer.value
      if (next !== undefined) this.#gateways.learn(next)
      this.#failures = 0
      this.isElsewhere.value = turn.kind === 'other'
      this.state.value = { kind: 'live', board, countedAt: Date.now() - board.ageMs }
    } else this.#failures += 1
    if (answer.kind !== 'ok' || answer.value.ageMs > LIVE_MS) this.#gateways.turn()
    this.isAway.value = this.#failures >= MAX_FAILURES && this.state.value.kind === 'starting'
    this.tick()
  }
}
