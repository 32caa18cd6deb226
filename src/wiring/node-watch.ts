import type { CallEvent } from '../call/call-event.ts'
import { parseCallId } from '../call/ids.ts'
import type { FarDoorbell } from '../delivery/far-doorbell.ts'
import type { NodeJudgement } from '../delivery/node-lease.ts'
import { SILENT_MS, STANDSTILL_MS } from '../delivery/node-lease.ts'
import type { JournalEntry, KeptEvent } from '../journal/journal.ts'
import { reasonOf } from '../operations/errors.ts'
import { within } from '../operations/lifecycle.ts'
import { Standstill } from '../operations/standstill.ts'
import type { Notice } from '../records/notices.ts'
import type { CallAdopter, Recovered } from './adopt-calls.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { OtherHands } from './other-hands.ts'

/** After a standstill nothing is taken in for so long, unless the record says sooner what others took over. */
const GATE_MS = 1_000
/** A node that could not reach the record has written what it kept within this time after it is back (F16). */
const WRITTEN_MS = 30_000
/** What waited for a node that stood still is read within this time after it goes on. */
const BACKLOG_MS = 2_000
/** Entries the record refused before there was anybody to take them; a spool holds no more calls than this. */
const MAX_EARLY = 100_000

export interface Attached {
  readonly adopter: Pick<CallAdopter, 'ofOwners' | 'superseded' | 'kept' | 'handedOver' | 'reconcile'>
  readonly hands: Pick<OtherHands, 'hear' | 'reconcile'>
  /** Late fixes that were recorded at another node. */
  readonly fixes?: Pick<LateFixBook, 'hear' | 'reconcile'>
  /** Closes every console of this node: it must ask again, here or elsewhere. */
  readonly cutScreens: () => void
  /** Other nodes ring for screens held here, because Redis is away. */
  readonly doorbell: Pick<FarDoorbell, 'hear'>
  /** Another node has written to the ledger. */
  readonly onLedger?: () => void
  /** The same of hand-overs. */
  readonly onHandover?: () => void
  /** Calls wait for the gateway that is logged on to EISEC, or nobody is. */
  readonly onEisec?: () => void
  /** Every gateway of a site group is gone without a word, or one is back. */
  readonly onSite?: (site: string, isLost: boolean) => void
  /** One gateway is gone without a word. */
  readonly onNode?: (node: string, death: string) => void
}

/** What this node does about the others: adopts the calls of those that are gone, and lets go of those they adopted. */
export class NodeWatch {
  readonly #base: Pick<Base, 'node' | 'log' | 'metrics' | 'clock'>
  readonly #renew: () => Promise<void>
  readonly #standstill: Standstill
  readonly #early: JournalEntry[] = []
  readonly #earlyKept: Recovered[] = []
  #judged: NodeJudgement = {
    ...{ gone: [], unheard: [], deaths: [], beside: [], lostSites: [] },
    ...{ isOneSilent: false, hasOthers: false }
  }
  #attached: Attached | undefined
  #gate: Promise<void> | undefined
  #thawedAt = Number.NEGATIVE_INFINITY
  #judgedAt = Number.NEGATIVE_INFINITY
  #silentAt = Number.NEGATIVE_INFINITY
  #isAdopting = false
  #isLeaving = false

  constructor(base: Pick<Base, 'node' | 'log' | 'metrics' | 'clock'>, renew: () => Promise<void>) {
    this.#base = base
    this.#renew = renew
    this.#standstill = new Standstill({
      clock: base.clock,
      limitMs: STANDSTILL_MS,
      onThaw: stoodMs => this.#fence(stoodMs)
    })
  }

  get judged(): NodeJudgement {
    return this.#judged
  }

  start(): () => void {
    return this.#standstill.start()
  }

  /** True when this node stood still and nobody had noticed: it is fenced now, and what is being read is not to be believed. */
  check(): boolean {
    return this.#standstill.check()
  }

  /** Pending while a fenced node learns what it lost. */
  gate(): Promise<void> | undefined {
    this.#standstill.check()
    return this.#gate
  }

  /** After a standstill: what is read now may have come long ago, and another node may have had it since. */
  isBehind(): boolean {
    return this.#base.clock.monotonicMs() - this.#thawedAt < BACKLOG_MS
  }

  /**
   * Another node may keep calls on its own disk: it has been silent in the record, or we have not heard from the record
   * for as long. Whoever asks us for a call of such a node has waited in vain for that one.
   */
  isRecordBehind(): boolean {
    const now = this.#base.clock.monotonicMs()
    const isOld = this.#judged.hasOthers && now - this.#judgedAt > SILENT_MS
    return isOld || now - this.#silentAt < WRITTEN_MS
  }

  attach(attached: Attached): void {
    this.#attached = attached
    for (const site of this.#judged.lostSites) attached.onSite?.(site, true)
    for (const [at, node] of this.#judged.unheard.entries()) attached.onNode?.(node, this.#judged.deaths[at] ?? node)
    if (this.#early.length > 0) attached.adopter.superseded(this.#early.splice(0))
    attached.adopter.kept(this.#earlyKept.splice(0))
    this.#adoptGone()
  }

  /** This node stops: calls of others would only lose their owner a second time. */
  leave(): void {
    this.#isLeaving = true
  }

  superseded(entries: readonly JournalEntry[]): void {
    if (this.#attached !== undefined) this.#attached.adopter.superseded(entries)
    else if (this.#early.length + entries.length <= MAX_EARLY) this.#early.push(...entries)
  }

  /** What an earlier process had still to give to its call. */
  kept(event: CallEvent, kept: KeptEvent): void {
    if (this.#attached !== undefined) this.#attached.adopter.kept([{ event, kept }])
    else if (this.#earlyKept.length < MAX_EARLY) this.#earlyKept.push({ event, kept })
  }

  onNodes(now: NodeJudgement): void {
    const { metrics, log } = this.#base
    const before = this.#judged.lostSites
    const lost = now.lostSites.filter(site => !before.includes(site))
    if (lost.length > 0) log.error('node.site-lost', { what: lost.join(', ') })
    for (const site of lost) this.#attached?.onSite?.(site, true)
    for (const site of before) if (!now.lostSites.includes(site)) this.#attached?.onSite?.(site, false)
    for (const [at, node] of now.unheard.entries()) {
      const death = now.deaths[at] ?? node
      if (!this.#judged.deaths.includes(death)) this.#attached?.onNode?.(node, death)
    }
    this.#judged = now
    const at = this.#base.clock.monotonicMs()
    // While we heard nothing, what a node wrote before it fell silent may have waited like ours, and look fresh.
    const wasAway = Number.isFinite(this.#judgedAt) && at - this.#judgedAt > SILENT_MS
    if (now.isOneSilent || (wasAway && now.hasOthers)) this.#silentAt = at
    this.#judgedAt = at
    metrics.nodesBeside.set(now.beside.length)
    this.#adoptGone()
  }

  onNotice(notice: Notice): void {
    if (this.#standstill.check()) return
    if (notice.t === 'rings') this.#attached?.doorbell.hear(notice)
    else if (notice.t === 'nodes') void this.#renew()
    else if (notice.t === 'ledger' && notice.from !== this.#base.node) this.#attached?.onLedger?.()
    else if (notice.t === 'handover' && notice.from !== this.#base.node) this.#attached?.onHandover?.()
    else if (notice.t === 'hand' || notice.t === 'silent') this.#attached?.hands.hear(notice)
    else if (notice.t === 'eisec') this.#attached?.onEisec?.()
    else if (notice.t === 'fix') this.#attached?.fixes?.hear(notice)
    else if (notice.t === 'adopted') {
      const callId = parseCallId(notice.call)
      if (callId !== undefined) this.#attached?.adopter.handedOver(callId, notice.generation)
    }
  }

  /** Lets go of what others took over while we could not hear of it, and learns what was done with the rest. */
  async reconcile(): Promise<void> {
    try {
      await this.#attached?.adopter.reconcile()
      await this.#attached?.hands.reconcile()
      await this.#attached?.fixes?.reconcile()
    } catch (thrown) {
      this.#base.log.debug('adoption.reconcile', { reason: reasonOf(thrown) })
    }
  }

  #adoptGone(): void {
    if (this.#isLeaving || this.#isAdopting || this.#attached === undefined || this.#judged.gone.length === 0) return
    this.#isAdopting = true
    this.#attached.adopter
      .ofOwners(this.#judged.gone)
      .catch(thrown => this.#base.log.debug('adoption.gone', { reason: reasonOf(thrown) }))
      .finally(() => {
        this.#isAdopting = false
      })
  }

  /** Screens first, because another node may have told them more; then the record says what is still ours. */
  #fence(stoodMs: number): void {
    const { log, metrics } = this.#base
    log.warn('node.fenced', { tookMs: Math.round(stoodMs) })
    metrics.fences.inc()
    this.#thawedAt = this.#base.clock.monotonicMs()
    this.#attached?.cutScreens()
    const learnt = this.#renew().then(() => this.reconcile())
    const gate = within(GATE_MS, learnt).finally(() => {
      if (this.#gate === gate) this.#gate = undefined
    })
    this.#gate = gate
  }
}
