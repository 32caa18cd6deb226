import { signal } from '@preact/signals'
import type { Wallboard } from '../pop/board.ts'
import { type Answer, ask } from './api.ts'

const ASK_EVERY_MS = 2_000
const TICK_MS = 500
/** Figures that are older are not live, whoever's fault that is. */
const LIVE_MS = 8_000
/** So many questions in a row without an answer, and the figures are not live either. */
const MAX_FAILURES = 2
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

/** The figures of a force; without one, of one's own. */
function getWallboard(force: string | undefined): Promise<Answer<Wallboard>> {
  return ask('GET', `/api/v1/wallboard${force === undefined ? '' : `?force=${encodeURIComponent(force)}`}`)
}

/** Asks for the figures every two seconds, and knows when they are not live any more. */
export class WallboardFeed {
  readonly now = signal(Date.now())
  readonly state = signal<FeedState>({ kind: 'starting' })
  /** Nothing has come since the page was opened. */
  readonly isAway = signal(false)
  readonly #parts: Parts
  #force: string | undefined
  #failures = 0
  #stops: (() => void)[] = []
  /** Which round of questions is current; an answer to an earlier one is nobody's. */
  #round = 0

  constructor(parts: Parts) {
    this.#parts = parts
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
      const answer = await getWallboard(this.#force)
      if (round !== this.#round) return
      if (answer.kind === 'refused' && answer.status === NOT_SIGNED_ON) {
        this.stop()
        return this.#parts.onSignedOut()
      }
      if (answer.kind === 'refused' && answer.status === REFUSED) {
        this.state.value = { kind: 'refused', text: answer.text }
        return
      }
      this.#took(answer)
      await new Promise(done => setTimeout(done, ASK_EVERY_MS))
    }
  }

  #took(answer: Answer<Wallboard>): void {
    if (answer.kind === 'ok') {
      this.#failures = 0
      this.state.value = { kind: 'live', board: answer.value, countedAt: Date.now() - answer.value.ageMs }
    } else this.#failures += 1
    this.isAway.value = this.#failures >= MAX_FAILURES && this.state.value.kind === 'starting'
    this.tick()
  }
}
