import type { CallId, ForceId, HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { dispatches, type SignOn, supervises } from '../pop/address.ts'
import { isOver, type RevisedHandover } from '../pop/handover.ts'
import type { Send } from '../pop/screen-sender.ts'
import { HandoverIndex } from './handover-index.ts'
import { stepHandover } from './handover-machine.ts'
import type { Deployment, HandoverRecord, KnownHandover, MakeResult, SaidWord } from './handover-record.ts'

interface Parts {
  readonly record: HandoverRecord
  readonly signOns: () => Iterable<SignOn>
  readonly send: (sends: readonly Send[]) => Promise<void>
  /** Whose own this call is on a screen, by this gateway. */
  readonly ownersOf: (callId: CallId) => readonly HandlerId[]
  /** This gateway has written: the others, and whoever sends, need not wait until they look by themselves. */
  readonly onWritten: (known: KnownHandover) => void
  readonly hasOthers: () => boolean
  readonly log: Log
  readonly metrics: Pick<Metrics, 'handovers' | 'handoversOpen'>
  readonly clock: Clock
}

/** What other gateways changed is asked for this far back, which is longer than the record may be away unnoticed. */
const CHANGED_WITHIN_MS = 15_000
/** A gateway that is alone asks this often all the same: another may have gone with its last words unsaid. */
const ALONE_EVERY_MS = 5_000
/** A process before this one may have written and told nobody. */
const UNTOLD_WITHIN_MS = 600_000
/** Two may speak at once; more than this in a row do not. */
const MAX_TRIES = 5
/** Hand-overs that one screen shows. */
export const BOARD_HANDOVERS = 200

export type SayResult = 'moved' | 'as-it-was' | 'over' | 'unseen' | 'unknown' | 'busy'

/** Hand-overs as this gateway keeps them: written to the record, learnt from it, and told to both sides' screens. */
export class HandoverBook {
  readonly #parts: Parts
  readonly #index = new HandoverIndex()
  #isBusy = false
  #isRung = false
  #wasAway = true
  #changedAt: number | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Rejects as the record does. */
  async load(): Promise<void> {
    const { record } = this.#parts
    for (const known of await record.open(this.#index.max)) this.#index.put(known)
    for (const known of await record.changed(UNTOLD_WITHIN_MS)) this.#tell(known)
    this.#wasAway = false
    this.#count()
  }

  open(): readonly KnownHandover[] {
    return this.#index.open()
  }

  /** A decision and what is handed over by it. Rejects as the record does; said again it is there once. */
  async make(deployment: Deployment, handover: KnownHandover['handover']): Promise<MakeResult> {
    const { record, log, metrics } = this.#parts
    const result = await record.make(deployment, handover)
    if (result !== 'made') return result
    const { callId, force, by: handler, outcome } = deployment
    metrics.handovers.inc({ force, outcome })
    log.info('handover.made', { callId, force, handler, what: outcome })
    this.#wrote({ rev: 1, handover })
    return result
  }

  /** Somebody's word about a hand-over. Rejects as the record does. */
  async say(id: string, word: SaidWord): Promise<SayResult> {
    const { record, log } = this.#parts
    for (let tries = MAX_TRIES; tries > 0; tries--) {
      const before = await record.read(id)
      if (before === undefined) return 'unknown'
      const stepped = stepHandover(before.handover, word)
      if (stepped.kind !== 'moved') {
        this.learn([before])
        return stepped.kind
      }
      if (!(await record.put(before, stepped.handover, word))) continue
      const { call: callId, force, state } = stepped.handover
      log.info('handover.moved', { callId, force, state, what: word.signal, source: word.via })
      this.#wrote({ rev: before.rev + 1, handover: stepped.handover })
      return 'moved'
    }
    return 'busy'
  }

  /** As the record has it. Rejects as it does. */
  read(id: string): Promise<KnownHandover | undefined> {
    return this.#parts.record.read(id)
  }

  /** What a screen shows: a dispatcher's and a supervisor's of their force; a handler's what they or their calls handed over. */
  board(signOn: SignOn): { readonly handovers: RevisedHandover[]; readonly more: number } {
    const theirs = this.#index.all().filter(({ handover }) => this.#isFor(signOn, handover))
    const open = theirs.filter(({ handover }) => !isOver(handover))
    const over = theirs.filter(({ handover }) => isOver(handover)).reverse()
    const handovers = [...open, ...over].slice(0, BOARD_HANDOVERS).map(({ rev, handover }) => ({ rev, handover }))
    return { handovers, more: Math.max(0, open.length - BOARD_HANDOVERS) }
  }

  /** Another gateway has written to the record. */
  ring(): void {
    if (this.#isBusy) this.#isRung = true
    else void this.#sync()
  }

  /** Called often: what other gateways wrote comes from the record. One round at a time. */
  tick(): void {
    const { hasOthers, clock } = this.#parts
    const isFresh = this.#changedAt !== undefined && clock.monotonicMs() - this.#changedAt < ALONE_EVERY_MS
    if (this.#isBusy || (!hasOthers() && isFresh)) return
    void this.#sync()
  }

  /** As the record has them now: to both sides. */
  learn(known: readonly KnownHandover[]): void {
    for (const each of known) if (this.#index.put(each)) this.#tell(each)
    this.#count()
  }

  async #sync(): Promise<void> {
    this.#isBusy = true
    const { record, log, clock } = this.#parts
    try {
      // After the record was away longer than it is asked back for, everything is read again.
      if (this.#wasAway) this.learn(await record.open(this.#index.max))
      this.learn(await record.changed(CHANGED_WITHIN_MS))
      this.#changedAt = clock.monotonicMs()
      this.#wasAway = false
    } catch (thrown) {
      // That the record is away its link has told.
      log.debug('handover.record', { reason: reasonOf(thrown) })
      this.#wasAway = true
    } finally {
      this.#isBusy = false
    }
    if (!this.#isRung) return
    this.#isRung = false
    await this.#sync()
  }

  #wrote(known: KnownHandover): void {
    this.learn([known])
    this.#parts.onWritten(known)
  }

  /** By the log of each who sees it: gateways that tell the same are one message there. */
  #tell({ rev, handover }: KnownHandover): void {
    const handlers = [...this.#parts.signOns()].flatMap(signOn =>
      this.#isFor(signOn, handover) ? [signOn.handler] : []
    )
    if (handlers.length === 0) return
    const ev = { type: 'handover.changed' as const, rev, data: handover }
    const eventId = `handover:${handover.handover}:${rev}`
    void this.#parts.send([{ handlers, eventId, ev, receivedAt: this.#parts.clock.now() }])
  }

  #isFor(signOn: SignOn, { force, by, call }: { force: ForceId; by: HandlerId; call: string }): boolean {
    if (signOn.handler === by || dispatches(signOn, force) || supervises(signOn, force)) return true
    return this.#parts.ownersOf(call as CallId).includes(signOn.handler)
  }

  #count(): void {
    this.#parts.metrics.handoversOpen.set(this.#index.open().length)
  }
}
