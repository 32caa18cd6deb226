import { createHash } from 'node:crypto'
import type { SimProcess } from './sim-process.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly owner: SimProcess
  readonly run: () => void
  isOver: boolean
}

/** What the world's own timers are, before anything takes their place. */
const nextTurn = setImmediate
/** Noon on a November day, as every simulated clock has it at the start. */
const STARTED_AT = Date.UTC(2026, 10, 25, 12)
/** More events than any seed makes: past it the simulation itself runs wild. */
const MAX_EVENTS = 2_000_000

/**
 * The one clock of a simulated world and everything that is still to happen in it, in order of time and, at one time,
 * of asking. Between two events all promises settle, so that the same seed gives the same order.
 */
export class VirtualTime {
  readonly #heap: Event[] = []
  readonly #hash = createHash('sha256')
  readonly #say: ((line: string) => void) | undefined
  #nowMs = 0
  #order = 0
  #events = 0

  /** `say` hears each line of the trace. */
  constructor(say?: (line: string) => void) {
    this.#say = say
  }

  /** Milliseconds since the world began; never go back. */
  get nowMs(): number {
    return this.#nowMs
  }

  get events(): number {
    return this.#events
  }

  /** Epoch ms by a clock that is set right. */
  wallMs(): number {
    return STARTED_AT + Math.floor(this.#nowMs)
  }

  /** Whatever may differ between two runs of a seed goes in here. */
  trace(line: string): void {
    this.#hash.update(line)
    this.#say?.(`${this.#nowMs.toFixed(3).padStart(12)} ${line}`)
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** The answer takes it back. */
  schedule(owner: SimProcess, delayMs: number, run: () => void): () => void {
    this.#order += 1
    const event: Event = { at: this.#nowMs + Math.max(0, delayMs), order: this.#order, owner, run, isOver: false }
    this.#push(event)
    return () => {
      event.isOver = true
    }
  }

  /** Until this time; what is to happen later stays. */
  async runUntil(endMs: number): Promise<void> {
    await settled()
    for (let event = this.#next(endMs); event !== undefined; event = this.#next(endMs)) {
      this.#nowMs = event.at
      this.#events += 1
      if (this.#events > MAX_EVENTS) throw new Error(`more than ${MAX_EVENTS} events: the world runs wild`)
      event.isOver = true
      event.owner.happen(event.run)
      await settled()
    }
    this.#nowMs = Math.max(this.#nowMs, endMs)
  }

  #next(endMs: number): Event | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || (first.at > endMs && !first.isOver)) return undefined
      this.#pop()
      if (!first.isOver) return first
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, event)) break
      heap[at] = parent
      at = above
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const [one, other] = [heap[left], heap[left + 1]]
      if (one === undefined) break
      const isRight = other !== undefined && isBefore(other, one)
      const child = isRight ? other : one
      if (isBefore(last, child)) break
      heap[at] = child
      at = isRight ? left + 1 : left
    }
    heap[at] = last
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** Every promise that can go on has gone on: node empties its queues of microtasks between two immediates. */
function settled(): Promise<void> {
  return new Promise(done => nextTurn(done))
}
