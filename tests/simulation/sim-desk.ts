import { ConsoleClient } from '../../src/sdk/console-client.ts'
import type { LinkState } from '../../src/sdk/link-state.ts'
import type { Screen, ScreenCard } from '../../src/sdk/screen.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import { makeSocketKind } from './sim-socket.ts'
import type { Route } from './sim-switch.ts'

/** Who sits at a desk and what they may see; the oracle judges by this, not by what the gateway thinks. */
export interface Seat {
  readonly handler: string
  readonly force: string
  readonly grants: readonly string[]
  readonly lines: readonly string[]
  readonly device: string
}

/** One call on one screen, as the person before it saw it change. */
export interface Sight {
  /** States in the order in which they were painted; with a question mark where the screen says that it may be over. */
  readonly states: string[]
  readonly revs: number[]
  /** Since when it has been shown live again after it had ended, with no mark; and the longest that this lasted. */
  againSinceMs: number | undefined
  againMs: number
  /** Times the card came where there was none. */
  cameUp: number
  isShown: boolean
  /** How long it stood there the longest time, in ms. */
  stoodMs: number
  sinceMs: number
  hasTaken: boolean
  /** It was asked to be closed, whatever came of it. */
  hasTriedToClose: boolean
  hasClosed: boolean
}

interface Parts {
  readonly process: SimProcess
  readonly random: WorldRandom
  readonly seat: Seat
  readonly routes: readonly Route[]
  readonly isReachable: (to: SimProcess) => boolean
  readonly onFrame: (text: string) => void
  /** Who does nothing by themselves leaves each call as it is. */
  readonly isBusy: boolean
}

const TYPICAL_MS = 5
const NO_ANSWER_MS = 4_000

/** A handler before a console: the SDK's client over a simulated socket, and a person who takes and closes calls. */
export class SimDesk {
  readonly seat: Seat
  readonly process: SimProcess
  /** By call. */
  readonly sights = new Map<string, Sight>()
  readonly reset: (process: SimProcess) => void
  readonly #parts: Parts
  readonly #client: ConsoleClient
  #route = 0
  #isResting = false
  link: LinkState = { kind: 'ended', why: 'stopped' }

  constructor(parts: Parts) {
    const { process, random, routes, isReachable, onFrame } = parts
    this.#parts = parts
    this.seat = parts.seat
    this.process = process
    const { Socket, reset } = makeSocketKind({
      ...{ client: process, random, isReachable, onFrame },
      door: () => {
        const node = routes[this.#route]?.node()
        return node === undefined ? undefined : { process: node.process, accept: wire => node.consoles.accept(wire) }
      }
    })
    this.reset = reset
    this.#client = new ConsoleClient({
      url: 'wss://simulated/api/v1/ws',
      WebSocketImpl: Socket,
      getTicket: () => this.#ticket(),
      client: 'simulation/1',
      onLink: link => {
        this.link = link
        process.time.trace(`desk ${process.name} ${JSON.stringify(link)}`)
      },
      onScreen: (screen, { message }) => this.#look(screen, message.t === 'snapshot')
    })
  }

  get screen(): Screen {
    return this.#client.screen
  }

  start(): void {
    this.process.enter(() => this.#client.start())
  }

  /** Does nothing more by itself; what it has begun goes on. */
  rest(): void {
    this.#isResting = true
  }

  /** The page is closed. */
  leave(): void {
    this.process.enter(() => this.#client.stop())
  }

  setVisibility(visibility: 'visible' | 'hidden'): void {
    this.process.enter(() => this.#client.setVisibility(visibility))
  }

  /** Each try goes to another gateway. */
  async #ticket() {
    const { process, random, routes, seat, isReachable } = this.#parts
    this.#route = (this.#route + 1) % routes.length
    const route = routes[this.#route]
    return new Promise<{ kind: 'ticket'; ticket: string }>((given, failed) => {
      const stop = process.time.schedule(process, NO_ANSWER_MS, () => failed(new Error('no answer')))
      const to = route?.process()
      if (route === undefined || to === undefined || to.state === 'dead' || !isReachable(to)) return
      process.time.schedule(to, random.delayMs(TYPICAL_MS), () => {
        const ticket = route.node()?.consoles.ticket(seat.handler)
        if (ticket === undefined) return
        process.time.schedule(process, random.delayMs(TYPICAL_MS), () => {
          stop()
          given({ kind: 'ticket', ticket })
        })
      })
    })
  }

  #look(screen: Screen, isSnapshot: boolean): void {
    for (const card of screen.cards.values()) this.#see(card, isSnapshot)
    const { nowMs } = this.process.time
    for (const [call, sight] of this.sights) {
      if (sight.isShown) sight.stoodMs = Math.max(sight.stoodMs, nowMs - sight.sinceMs)
      if (!screen.cards.has(call)) sight.isShown = false
    }
  }

  #see(card: ScreenCard, isSnapshot: boolean): void {
    const sight = this.sights.get(card.call) ?? newSight()
    this.sights.set(card.call, sight)
    const isNew = !sight.isShown
    sight.isShown = true
    if (isNew) sight.sinceMs = this.process.time.nowMs
    const state = card.pop.unheard === true ? `${card.pop.state}?` : card.pop.state
    // A snapshot may know more of a call than the one before, and have no other number for it.
    if (sight.revs.at(-1) !== card.rev || sight.states.at(-1) !== state) {
      // A snapshot says how things are, by whatever number; from there they go on.
      if (isSnapshot) sight.revs.length = 0
      sight.revs.push(card.rev)
      this.#noteEnd(sight, card)
      sight.states.push(state)
      this.process.time.trace(`screen ${this.process.name} ${card.call} ${card.rev} ${card.pop.state}`)
    }
    if (!isNew) return
    sight.cameUp += 1
    this.#client.seen(card.pop.popId, card.rev, 10)
    if (this.#parts.isBusy) this.#plan(card, sight)
  }

  #noteEnd(sight: Sight, { pop }: ScreenCard): void {
    const { nowMs } = this.process.time
    if (sight.againSinceMs !== undefined) sight.againMs = Math.max(sight.againMs, nowMs - sight.againSinceMs)
    const isLiveAgain = sight.states.includes('released') && pop.state !== 'released' && pop.unheard !== true
    sight.againSinceMs = isLiveAgain ? (sight.againSinceMs ?? nowMs) : undefined
  }

  /** Takes what nobody has, closes what has ended; now and then is too slow for either. */
  #plan(card: ScreenCard, sight: Sight): void {
    const { random, process } = this.#parts
    if (sight.cameUp > 1) return
    if (random.chance(0.5)) {
      process.time.schedule(process, random.between(300, 9_000), () => {
        const now = this.screen.cards.get(card.call)
        const isFree =
          !this.#isResting && now !== undefined && now.pop.takenBy === undefined && now.pop.state !== 'released'
        if (isFree) void this.#run('call.take', card.call, sight)
      })
    }
    if (random.chance(0.6)) this.#closeLater(card.call, sight)
  }

  #closeLater(call: string, sight: Sight): void {
    const { random, process } = this.#parts
    process.time.schedule(process, random.between(2_000, 40_000), () => {
      const card = this.#isResting ? undefined : this.screen.cards.get(call)
      if (card?.pop.state === 'released') void this.#run('call.close', call, sight)
      else if (card !== undefined) this.#closeLater(call, sight)
    })
  }

  async #run(op: 'call.take' | 'call.close', call: string, sight: Sight): Promise<void> {
    if (op === 'call.close') sight.hasTriedToClose = true
    const result = await this.#client.run(op, { call })
    this.process.time.trace(`cmd ${this.process.name} ${op} ${call} ${JSON.stringify(result)}`)
    if (!result.ok) return
    if (op === 'call.take') sight.hasTaken = true
    else sight.hasClosed = true
  }
}

function newSight(): Sight {
  return {
    states: [],
    revs: [],
    cameUp: 0,
    isShown: false,
    stoodMs: 0,
    sinceMs: 0,
    againSinceMs: undefined,
    againMs: 0,
    hasTaken: false,
    hasTriedToClose: false,
    hasClosed: false
  }
}
