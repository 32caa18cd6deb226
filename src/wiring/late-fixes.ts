import type { Call } from '../call/call.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import { type CallId, parseCallId } from '../call/ids.ts'
import type { LateFixes } from '../lookups/location/late-fix.ts'
import { Fault, faultCode, reasonOf } from '../operations/errors.ts'
import { after, type Clock, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { isAway } from '../operations/postgres.ts'
import type { Card } from '../pop/card.ts'
import type { KnownChange, LaterChange, LateWord, Recorded } from '../records/location-fixes.ts'
import type { Notice } from '../records/notices.ts'
import type { TakeEvent } from '../switches/switch-driver.ts'
import { askAgain, GOOD_ANSWERS } from './asked-again.ts'
import { correctionOf } from './correction.ts'

interface Parts {
  readonly registry: Pick<CallRegistry, 'get' | 'callOf'>
  readonly cards: () => Iterable<Card>
  readonly take: TakeEvent
  /** Both reject as the record does. */
  readonly record: (word: LateWord, options: { readonly isAgain: boolean }) => Promise<Recorded>
  readonly laterChanges: (known: readonly KnownChange[]) => Promise<readonly LaterChange[]>
  readonly limits?: Partial<Limits>
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

export const LATE_FIX_LIMITS = {
  /** Words of sources that the record does not have yet; the oldest goes first. */
  maxKept: 1_000,
  /** A word that the record has not taken by then says nothing any more of where the caller is. */
  keepMs: 600_000,
  againMs: 1_000
} as const
type Limits = { readonly [Name in keyof typeof LATE_FIX_LIMITS]: number }

interface Kept {
  readonly word: LateWord
  /** Monotonic ms. */
  readonly until: number
  why: unknown
}

const BATCH = 5_000

/** What the change is of, where it is no place. */
interface ChangeOf {
  readonly isLink?: boolean
  readonly isNote?: boolean
  readonly isCaller?: boolean
}

/**
 * Takes what sources say of a call after its first lookups: into the record, then to whoever has the call, whose
 * location lookup runs again. While the record is away it is kept here, shown by this process, and tried again.
 */
export class LateFixBook implements LateFixes {
  readonly #parts: Parts
  readonly #limits: Limits
  readonly #kept = new Set<Kept>()
  readonly #doubts = new Set<Stop>()
  #isTrying = false
  #isStopped = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = { ...LATE_FIX_LIMITS, ...parts.limits }
  }

  /** What is still kept gets one more try. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stop()
    for (const stop of this.#doubts) stop()
    this.#doubts.clear()
    await this.#tryAll()
    for (const { word, why } of this.#kept) this.#lose(word, why)
    this.#kept.clear()
  }

  add: LateFixes['add'] = (callId, fix, { state, by } = {}) => {
    const said = { ...(state === undefined ? {} : { state }), ...(by === undefined ? {} : { by }) }
    void this.#put({ callId, source: fix.source, fix, ...said, at: this.#parts.clock.now() })
  }

  note: LateFixes['note'] = (callId, source, state) => {
    void this.#put({ callId, source, state, at: this.#parts.clock.now() })
  }

  /** Of this call, what the record does not have yet. */
  keptOf(callId: CallId): readonly LateWord[] {
    return [...this.#kept].flatMap(({ word }) => (word.callId === callId ? [word] : []))
  }

  /** The record has this change of a call that is here: its screens are shown it. */
  tell(callId: CallId, change: number, { isLink = false, isNote = false, isCaller = false }: ChangeOf = {}): void {
    const { registry, take, clock, log } = this.#parts
    const call = registry.get(callId)
    const said = call === undefined ? undefined : correctionOf(call, registry, clock.now())
    if (said === undefined) return
    const event = {
      ...said,
      lateFixes: change,
      ...(isLink ? { isLinkChange: true } : {}),
      ...(isNote ? { isNoteChange: true } : {}),
      ...(isCaller ? { isCallerChange: true } : {})
    }
    take(event).catch(thrown => log.fault('location.late-fix', thrown, { callId }))
  }

  hear({ call, change, link = false, note = false, caller = false }: Extract<Notice, { t: 'fix' }>): void {
    const callId = parseCallId(call)
    if (callId !== undefined) this.tell(callId, change, { isLink: link, isNote: note, isCaller: caller })
  }

  /** What a lost notice would have told. Rejects as the record does. */
  async reconcile(): Promise<void> {
    const held = [...this.#parts.cards()].map(({ call }) => ({ callId: call.callId, change: call.lateFixes ?? 0 }))
    for (let at = 0; at < held.length; at += BATCH) {
      const later = await this.#parts.laterChanges(held.slice(at, at + BATCH))
      for (const { callId, change, ...of } of later) this.tell(callId, change, of)
    }
  }

  /** The record was asked to write something of this call, and only its answer may be lost: it is asked what it has. */
  doubt(callId: CallId): void {
    if (this.#isStopped || this.#doubts.size >= this.#limits.maxKept) return
    let wanted = GOOD_ANSWERS
    const ask = async () => {
      const change = this.#parts.registry.get(callId)?.lateFixes ?? 0
      for (const later of await this.#parts.laterChanges([{ callId, change }])) this.tell(callId, later.change, later)
      wanted -= 1
      if (wanted <= 0) this.#doubts.delete(stop)
      return wanted
    }
    const onFault = (thrown: unknown) => this.#parts.log.debug('location.doubt', { callId, reason: reasonOf(thrown) })
    const stop = askAgain(ask, onFault)
    this.#doubts.add(stop)
  }

  async #put(word: LateWord): Promise<void> {
    const why = await this.#try(word, false)
    if (why === undefined) return
    // What the record will never take is not tried again.
    if (mayTakeLater(why) && !this.#isStopped) this.#keep(word, why)
    else this.#lose(word, why)
  }

  /** What the record said, when it has not taken it. */
  async #try(word: LateWord, isAgain: boolean): Promise<unknown> {
    const { record, registry, metrics } = this.#parts
    try {
      const { change, owner } = await record(word, { isAgain })
      const isHere = registry.get(word.callId) !== undefined
      // The journal may be behind, and nobody is told of what nobody has: it is said again.
      if (owner === null && !isHere) return new Fault('record.no-call', {})
      if (change !== undefined && isHere) this.tell(word.callId, change)
      metrics.lateFixes.inc({ source: word.source, result: change === undefined ? 'known' : 'recorded' })
      return undefined
    } catch (thrown) {
      return thrown ?? new Error('no reason')
    }
  }

  #keep(word: LateWord, why: unknown): void {
    const { log, metrics, clock, registry } = this.#parts
    const { source, callId } = word
    if (faultCode(why) !== 'record.no-call') {
      log.fault('location.late-fix', new Fault('location.fix-kept', { source, reason: reasonOf(why) }, why), { callId })
    }
    const [oldest] = this.#kept
    if (oldest !== undefined && this.#kept.size >= this.#limits.maxKept) {
      this.#kept.delete(oldest)
      this.#lose(oldest.word, new Error(`${this.#limits.maxKept} others wait`))
    }
    this.#kept.add({ word, until: clock.monotonicMs() + this.#limits.keepMs, why })
    metrics.lateFixesKept.set(this.#kept.size)
    const call: Call | undefined = registry.get(callId)
    if (call !== undefined) this.tell(callId, call.lateFixes ?? 0)
    this.#tryLater()
  }

  #tryLater(): void {
    if (this.#isTrying || this.#isStopped) return
    this.#isTrying = true
    this.#stop = after(this.#limits.againMs, () => {
      this.#tryAll().finally(() => {
        this.#isTrying = false
        if (this.#kept.size > 0) this.#tryLater()
      })
    })
  }

  async #tryAll(): Promise<void> {
    const { clock, metrics } = this.#parts
    for (const kept of this.#kept) {
      const why = await this.#try(kept.word, true)
      if (why === undefined) this.#kept.delete(kept)
      else if (!mayTakeLater(why) || clock.monotonicMs() >= kept.until) {
        this.#kept.delete(kept)
        this.#lose(kept.word, why)
      } else {
        kept.why = why
        // The record is away: the others would only wait for it too.
        if (faultCode(why) !== 'record.no-call') break
      }
    }
    metrics.lateFixesKept.set(this.#kept.size)
  }

  #lose({ callId, source }: LateWord, why: unknown): void {
    const { log, metrics } = this.#parts
    metrics.lateFixes.inc({ source, result: 'lost' })
    log.fault('location.late-fix', new Fault('location.fix-lost', { source, reason: reasonOf(why) }, why), { callId })
  }
}

function mayTakeLater(why: unknown): boolean {
  return faultCode(why) === 'record.no-call' || isAway(why)
}
