import type { Call } from '../call/call.ts'
import { toNumber } from '../call/cli.ts'
import type { CallId } from '../call/ids.ts'
import { type AmlForm, readAmlForm } from '../lookups/location/aml-form.ts'
import type { LateFixes } from '../lookups/location/late-fix.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { Fault } from '../operations/errors.ts'
import { after, type Clock, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { Card } from '../pop/card.ts'
import type { NumberAsked } from '../records/calls-by-number.ts'

/** What became of a place that was posted. */
export type AmlResult = 'joined' | 'kept' | 'no-place' | 'refused' | 'unreadable'

interface Parts {
  readonly keys: readonly Buffer[]
  readonly windowMs: number
  readonly keepMs: number
  readonly lines: readonly string[]
  readonly cards: () => Iterable<Card>
  /** Open calls of these numbers, wherever they are. Rejects as the record does. */
  readonly findCalls: (numbers: readonly NumberAsked[]) => Promise<ReadonlyMap<string, CallId>>
  readonly fixes: Pick<LateFixes, 'add'>
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Places whose call has not come; the oldest goes first. */
export const MAX_KEPT = 1_000
const AGAIN_MS = 1_000

interface Kept {
  readonly e164: string
  readonly fix: LocationFix
  /** Epoch ms at which it came, by this gateway. */
  readonly cameAt: number
  /** Monotonic ms. */
  readonly until: number
}

/**
 * Joins places that phones send to the live calls of their numbers, here or at another gateway. The message may be
 * quicker than the call: what has no call is kept a while, and the cards and the record are looked at again.
 */
export class AmlDesk {
  readonly #parts: Parts
  readonly #kept = new Set<Kept>()
  #stop: Stop = () => {}
  #isWaiting = false
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get isOn(): boolean {
    return this.#parts.keys.length > 0
  }

  stop(): void {
    this.#isStopped = true
    this.#stop()
    this.#kept.clear()
  }

  /** Never rejects: a record that does not answer is asked again for what is kept. */
  async take(body: Buffer): Promise<AmlResult> {
    const { keys, log, metrics, clock, keepMs } = this.#parts
    const form = readAmlForm(body, keys)
    const e164 = form.kind === 'read' ? toNumber(form.number).e164 : undefined
    const isOld = form.kind === 'read' && this.#isOld(form)
    if (form.kind !== 'read' || e164 === undefined || isOld) {
      const result = form.kind === 'refused' ? 'refused' : 'unreadable'
      const reason = form.kind === 'read' ? (isOld ? OLD : 'names no number of the caller') : form.reason
      metrics.aml.inc({ result })
      log.fault('location.aml', new Fault(FAULTS_OF[result], { reason }))
      return result
    }
    const fix = form.aml.fix
    if (fix === undefined) return this.#count('no-place')
    const kept = { e164, fix: withTime(fix, form), cameAt: clock.now(), until: clock.monotonicMs() + keepMs }
    return this.#count((await this.#join([kept])).includes(kept) ? 'joined' : this.#keep(kept))
  }

  /** By its sender's clock: what was signed for another call, and is posted again, must not be joined to this one. */
  #isOld({ sentAt, aml }: Extract<AmlForm, { kind: 'read' }>): boolean {
    const at = sentAt ?? aml.calledAt ?? aml.fix?.fixedAt
    return at !== undefined && Math.abs(this.#parts.clock.now() - at) > this.#parts.windowMs
  }

  #count(result: AmlResult): AmlResult {
    this.#parts.metrics.aml.inc({ result })
    return result
  }

  #keep(kept: Kept): AmlResult {
    const [oldest] = this.#kept
    if (oldest !== undefined && this.#kept.size >= MAX_KEPT) this.#drop(oldest)
    this.#kept.add(kept)
    this.#again()
    return 'kept'
  }

  #again(): void {
    if (this.#isWaiting || this.#isStopped) return
    this.#isWaiting = true
    this.#stop = after(AGAIN_MS, () => {
      this.#tryKept().finally(() => {
        this.#isWaiting = false
        if (this.#kept.size > 0) this.#again()
      })
    })
  }

  async #tryKept(): Promise<void> {
    const now = this.#parts.clock.monotonicMs()
    for (const joined of await this.#join([...this.#kept])) this.#kept.delete(joined)
    for (const kept of this.#kept) if (now >= kept.until) this.#drop(kept)
  }

  /** Those whose call was found, and who has it was told. */
  async #join(these: readonly Kept[]): Promise<readonly Kept[]> {
    const { fixes, log } = this.#parts
    const here = this.#callsHere(new Set(these.map(({ e164 }) => e164)))
    const isNear = (call: Call | undefined, kept: Kept) => call !== undefined && this.#isInWindow(call, kept)
    const elsewhere = these.filter(kept => !isNear(here.get(kept.e164), kept))
    const found =
      elsewhere.length === 0
        ? new Map<string, CallId>()
        : await this.#parts.findCalls(elsewhere.map(kept => this.#toAsked(kept))).catch(thrown => {
            log.fault('location.aml', thrown)
            return new Map<string, CallId>()
          })
    return these.filter(kept => {
      const call = here.get(kept.e164)
      const callId = isNear(call, kept) ? call?.callId : found.get(kept.e164)
      if (callId !== undefined) fixes.add(callId, kept.fix)
      return callId !== undefined
    })
  }

  /** The newest open call here of each number. */
  #callsHere(numbers: ReadonlySet<string>): ReadonlyMap<string, Call> {
    const calls = new Map<string, Call>()
    for (const { call } of this.#parts.cards()) {
      const e164 = call.cli.network?.e164 ?? call.cli.presentation?.e164
      if (e164 === undefined || !numbers.has(e164) || !this.#parts.lines.includes(call.line)) continue
      if ((calls.get(e164)?.offeredAt ?? 0) <= call.offeredAt) calls.set(e164, call)
    }
    return calls
  }

  #isInWindow({ offeredAt }: Call, { cameAt }: Kept): boolean {
    return Math.abs(offeredAt - cameAt) <= this.#parts.windowMs
  }

  #toAsked({ e164, cameAt }: Kept): NumberAsked {
    const { windowMs } = this.#parts
    return { e164, from: cameAt - windowMs, to: cameAt + windowMs }
  }

  #drop(kept: Kept): void {
    const { log, metrics } = this.#parts
    this.#kept.delete(kept)
    metrics.aml.inc({ result: 'no-call' })
    log.fault('location.aml', new Fault('aml.no-call', {}), { number: kept.e164 })
  }
}

const OLD = 'is of another time than aml.windowSeconds allows'
const FAULTS_OF = { refused: 'aml.refused', unreadable: 'aml.unreadable' } as const

/** A place without a time is as new as the message. */
function withTime(fix: LocationFix, { sentAt }: Extract<AmlForm, { kind: 'read' }>): LocationFix {
  return fix.fixedAt !== undefined || sentAt === undefined ? fix : { ...fix, fixedAt: sentAt }
}
