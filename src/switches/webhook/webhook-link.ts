import type { CallEvent } from '../../call/call-event.ts'
import type { CallRegistry } from '../../call/call-registry.ts'
import type { EventId, SwitchCallId } from '../../call/ids.ts'
import type { Clock } from '../../operations/lifecycle.ts'
import type { Log } from '../../operations/log.ts'
import type { Metrics } from '../../operations/metrics.ts'
import type { SwitchConfig } from '../../operations/switch-schema.ts'
import { TokenBucket } from '../../operations/token-bucket.ts'
import type { DriverState, SwitchDriver, TakeEvent, Taken } from '../switch-driver.ts'
import { EventOrder } from './event-order.ts'
import { putRight } from './put-right.ts'
import type { BatchReader, SnapshotCall, SwitchEvent } from './switch-batch.ts'
import { type LinkCallContext, rowOf, toCallEvent } from './to-call-events.ts'

interface Parts {
  readonly link: SwitchConfig
  readonly readBatch: BatchReader
  readonly registry: Pick<CallRegistry, 'callOf' | 'calls'>
  readonly makeEventId: (now: number) => EventId
  /** Why the link is broken or not whole; undefined: it is whole again. */
  readonly onGap: (why: string | undefined) => void
  readonly log: Pick<Log, 'info' | 'error'>
  readonly metrics: Pick<Metrics, 'switchEvents' | 'linkGaps'>
  readonly clock: Clock
}

/** What became of the events of a batch. `refused`: not kept, so that the batch must be sent again. */
export interface BatchTaken {
  readonly taken: number
  readonly repeated: number
  /** They changed nothing: of a call that is not open, or told already. */
  readonly ignored: number
  readonly refused: number
  readonly nonsense: readonly { readonly event: number; readonly text: string }[]
  /** Something was not heard: every call that is open is to be told again, by a `snapshot`. */
  readonly wantsSnapshot: boolean
}

export type BatchResult =
  | { readonly kind: 'unreadable' | 'busy' | 'too-many' }
  | ({ readonly kind: 'read' } & BatchTaken)

/** Events that wait for the journal; a switch that sends more is told to come again. */
const MAX_WAITING = 5_000
/** Ids of events that were taken: what is sent again after a lost answer is among them. */
const MAX_IDS = 20_000
/** A switch that was busy elsewhere may catch up this much at once. */
const BURST_SECONDS = 2

/**
 * One switch that posts what happens. Its events are applied in the order of the batch, each at once, and answered when the
 * journal holds all of them. Repeats are known by their ids, gaps by their numbers and by silence; what was not heard is put
 * right by a snapshot.
 */
export class WebhookLink implements SwitchDriver {
  readonly name: string
  readonly #parts: Parts
  readonly #order = new EventOrder()
  readonly #bucket: TokenBucket
  /** By event id, what became of it; the oldest go first. */
  readonly #ids = new Map<string, Promise<Taken>>()
  #take: TakeEvent | undefined
  #waiting = 0
  /** Monotonic ms; undefined before it has said anything to this process. */
  #heardAt: number | undefined
  #broken: string | undefined
  /** Not heartbeats alone: those go to every gateway, and a list of calls to the one that has them. */
  #hasEvents = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.name = parts.link.id
    const { batchesPerSecond } = parts.link
    const rate = { perSecond: batchesPerSecond, burst: batchesPerSecond * BURST_SECONDS }
    this.#bucket = new TokenBucket(rate, parts.clock.monotonicMs())
  }

  async start(take: TakeEvent): Promise<void> {
    this.#take = take
  }

  async stop(): Promise<void> {
    this.#take = undefined
  }

  state(): DriverState {
    if (this.#heardAt === undefined) return { state: 'down', why: 'It has said nothing to this gateway yet' }
    return this.#broken === undefined ? { state: 'up' } : { state: 'retrying', why: this.#broken }
  }

  get #wants(): boolean {
    return this.#hasEvents && this.#order.wantsSnapshot
  }

  /** Called every second. */
  tick(): void {
    const { link, clock } = this.#parts
    if (this.#heardAt === undefined) return
    const silentMs = clock.monotonicMs() - this.#heardAt
    if (silentMs < link.silentSeconds * 1_000 || this.#order.isSilent) return
    this.#order.silent()
    this.#break(`It has said nothing for ${Math.round(silentMs / 1_000)} s.`)
  }

  /** `receivedAt`: epoch ms, before the body was read. Never rejects. */
  async receive(body: Buffer, receivedAt: number): Promise<BatchResult> {
    const { readBatch, clock } = this.#parts
    const take = this.#take
    if (take === undefined || this.#waiting >= MAX_WAITING) return { kind: 'busy' }
    if (!this.#bucket.take(clock.monotonicMs())) return { kind: 'too-many' }
    const batch = readBatch(body)
    if (batch === undefined) return { kind: 'unreadable' }
    this.#heardAt = clock.monotonicMs()
    this.#order.begin(batch.epoch)
    const nonsense: { event: number; text: string }[] = []
    const done: Promise<Taken | 'repeated'>[] = []
    for (const [at, read] of batch.events.entries()) {
      if (read.kind === 'nonsense') nonsense.push({ event: at + 1, text: read.text })
      else done.push(this.#once(read.event, { take, receivedAt }))
    }
    this.#waiting += done.length
    const became = await Promise.all(done)
    this.#waiting -= done.length
    return { kind: 'read', ...this.#count(became, nonsense.length), nonsense, wantsSnapshot: this.#wants }
  }

  #count(became: readonly (Taken | 'repeated')[], nonsense: number) {
    const { link, metrics } = this.#parts
    const of = (...words: readonly (Taken | 'repeated')[]) => became.filter(each => words.includes(each)).length
    const counts = {
      taken: of('durable', 'received', 'elsewhere'),
      repeated: of('repeated'),
      ignored: of('ignored'),
      refused: of('refused')
    }
    for (const [result, count] of Object.entries({ ...counts, nonsense })) {
      if (count > 0) metrics.switchEvents.inc({ trunk: link.id, result }, count)
    }
    return counts
  }

  /** What is sent again has what became of it the first time; what was not kept then, another try. */
  async #once(event: SwitchEvent, on: { readonly take: TakeEvent; readonly receivedAt: number }) {
    const known = this.#ids.get(event.id)
    if (known !== undefined && (await known) !== 'refused') return 'repeated'
    const missed = this.#order.note(event.seq)
    if (missed > 0) this.#missed(missed)
    const taken = this.#takeOne(event, on)
    this.#ids.set(event.id, taken)
    const [oldest] = this.#ids.keys()
    if (this.#ids.size > MAX_IDS && oldest !== undefined) this.#ids.delete(oldest)
    return taken
  }

  async #takeOne(
    event: SwitchEvent,
    { take, receivedAt }: { readonly take: TakeEvent; readonly receivedAt: number }
  ): Promise<Taken> {
    const context = this.#context(receivedAt)
    if (event.type === 'heartbeat') {
      this.#whole()
      return 'received'
    }
    this.#hasEvents = true
    if (event.type === 'snapshot') return this.#putRight(event.calls, context, take)
    if (event.type === 'offered' && !rowOf(event.to, context).isKnown) {
      this.#parts.metrics.switchEvents.inc({ trunk: this.name, result: 'unknown-number' })
    }
    return this.#byForce(toCallEvent(event, context), take)
  }

  /** A call that another gateway has is found there by its force, which only that one knows. */
  async #byForce(event: CallEvent, take: TakeEvent): Promise<Taken> {
    const taken = await take(event)
    const isKnown = event.kind === 'offered' || this.#callOf(event.switchCallId) !== undefined
    if (taken !== 'ignored' || isKnown) return taken
    const forces = new Set(this.#parts.link.numbers.map(({ force }) => force))
    for (const force of forces) {
      if (force === event.force) continue
      const again = await take({ ...event, force })
      if (again !== 'ignored') return again
    }
    return taken
  }

  async #putRight(calls: readonly SnapshotCall[], context: LinkCallContext, take: TakeEvent): Promise<Taken> {
    const { became, over } = await putRight(calls, {
      context,
      take: event => this.#byForce(event, take),
      isHere: switchCallId => this.#callOf(switchCallId) !== undefined,
      openCalls: () => this.#openCalls()
    })
    this.#parts.log.info('switch.snapshot', {
      trunk: this.name,
      count: calls.length,
      what: `${over} of ours were over`
    })
    if (became === 'refused') return became
    this.#order.whole()
    this.#whole()
    return became
  }

  #context(receivedAt: number): LinkCallContext {
    const { link, makeEventId } = this.#parts
    return { link, receivedAt, makeEventId, forceOf: switchCallId => this.#callOf(switchCallId)?.force }
  }

  /** By this switch's name for it, where this gateway has it. */
  #callOf(switchCallId: SwitchCallId) {
    return this.#parts.registry.callOf({ trunk: this.name, switchCallId })
  }

  /** A call that another switch tells of too is not over because this one does not have it. */
  *#openCalls() {
    for (const { trunk, state, switchCallIds, force } of this.#parts.registry.calls()) {
      const [switchCallId, other] = switchCallIds
      if (trunk === this.name && state !== 'released' && switchCallId !== undefined && other === undefined) {
        yield { switchCallId, force }
      }
    }
  }

  #missed(count: number): void {
    this.#break(`${count} of its messages did not arrive.`)
  }

  #break(why: string): void {
    const { log, metrics, onGap } = this.#parts
    if (this.#broken === undefined) {
      log.error('link.gap', { trunk: this.name, reason: why })
      metrics.linkGaps.inc({ trunk: this.name })
    }
    this.#broken = why
    onGap(why)
  }

  /** Nothing is missing that it could still tell. */
  #whole(): void {
    if (this.#broken === undefined || this.#wants) return
    this.#broken = undefined
    this.#parts.log.info('link.back', { trunk: this.name })
    this.#parts.onGap(undefined)
  }
}
