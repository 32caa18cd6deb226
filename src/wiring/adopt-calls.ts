import type { Call } from '../call/call.ts'
import type { CallEvent, OfferedEvent } from '../call/call-event.ts'
import { type CallRegistry, STRAGGLER_MS } from '../call/call-registry.ts'
import { type CallId, makeCallId } from '../call/ids.ts'
import { isSynthetic } from '../call/synthetic.ts'
import type { JournalEntry, KeptEvent } from '../journal/journal.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, pause, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { AdoptWhose, LostCall, SwitchCall } from '../records/adoption.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import { FillLater } from './fill-later.ts'
import { LateEvents } from './late-events.ts'
import type { LeftScreens } from './left-screens.ts'
import { LostAnswers } from './lost-answers.ts'
import { OwnAgain } from './own-again.ts'

/** Calls taken up: those offered within a day and closed by nobody, the newest of them. */
export const TAKE_UP_WITHIN_MS = 86_400_000
export const TAKE_UP_MAX = 5_000
/** Calls adopted in one statement: what they cost the next caller must not be felt. */
const BATCH = 200
/** Cards made before whoever waits has a turn. */
const AT_ONCE = 50
/** What last changed this long before the newest change of all had reached its screens. */
const SETTLED_MS = 600_000
/** A switch's event waits this long for the record to say whose call it is. */
const ADOPT_WITHIN_MS = 200
/** The record may be about to have the call: its node answered the switch a moment ago. */
const ASK_AGAIN_MS = 50
/** Questions at once, so that they do not hold up the record; what comes beside them waits its turn. */
const MAX_ASKING = 64
const RECONCILE_BATCH = 5_000

/** An event that an earlier process could give to no call. */
export interface Recovered {
  readonly event: CallEvent
  readonly kept: KeptEvent
}

export interface AdoptionRecord {
  adoptOf(whose: AdoptWhose): Promise<OpenCall[]>
  /** Only what no living node has. */
  adoptCall(callId: CallId): Promise<OpenCall | undefined>
  adoptBySwitchCall(call: SwitchCall): Promise<OpenCall | undefined>
  lostCalls(callIds: readonly CallId[]): Promise<LostCall[]>
  /** Open or closed. */
  readCall(callId: CallId): Promise<Call | undefined>
  ownCalls(sinceAt: number): Promise<CallId[]>
  adoptOwn(callIds: readonly CallId[]): Promise<OpenCall[]>
  /** Whether another node has this call, or had it last. */
  isOthers(callId: CallId): Promise<boolean>
}

export interface AdopterParts {
  /** Ourselves. */
  readonly node: string
  readonly record: AdoptionRecord
  readonly registry: CallRegistry
  readonly courier: Pick<PopCourier, 'card' | 'restore' | 'closedByRecord'>
  /** On whose screens the calls stand that this node lets go of. */
  readonly left: Pick<LeftScreens, 'add'>
  /** Gets the panels of a call that was taken up: kept ones, or by asking again. */
  readonly fillPanels: (call: Call) => void
  /** The dialog of a live call, for the driver. */
  readonly onDialog: (dialog: Readonly<Record<string, unknown>>) => void
  /** Through the door once more, without asking whose the call is. */
  readonly apply: (event: CallEvent) => Promise<unknown>
  /** What the record refused is written once more, with the call as it is by now. */
  readonly append: (entry: JournalEntry) => Promise<void>
  /** On this machine's disk until it is with its call. */
  readonly keep: (event: CallEvent) => KeptEvent
  /** Whether another node may hold a call. */
  readonly hasOthers: () => boolean
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Takes calls over from other nodes by way of the record, and lets go of those that others took over. */
export class CallAdopter {
  readonly #parts: AdopterParts
  readonly #asking = new Map<string, Promise<boolean>>()
  readonly #later: LateEvents
  readonly #fillLater: FillLater
  readonly #ownAgain = new OwnAgain()
  readonly #answers: LostAnswers
  #isStopped = false

  constructor(parts: AdopterParts) {
    this.#parts = parts
    const { record, registry, clock, apply, keep, log } = parts
    this.#fillLater = new FillLater(parts.fillPanels)
    this.#later = new LateEvents({ takeOver: (event, callId) => this.#takeOver(event, callId), keep, apply, log })
    this.#answers = new LostAnswers({
      ownCalls: () => record.ownCalls(clock.now() - TAKE_UP_WITHIN_MS),
      isHere: callId => registry.get(callId) !== undefined,
      adoptOwn: callIds => record.adoptOwn(callIds),
      takeUp: open => this.#takeUp(open),
      log
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#answers.stop()
    this.#fillLater.stop()
    this.#later.stop()
  }

  /** Every open call of nodes that are gone; other nodes take their share at the same time. Rejects as the record does. */
  async ofOwners(owners: readonly string[], { withNobodys = false } = {}): Promise<number> {
    const { record, clock, log, metrics } = this.#parts
    const sinceAt = clock.now() - TAKE_UP_WITHIN_MS
    const open: OpenCall[] = []
    while (open.length < TAKE_UP_MAX && !this.#isStopped) {
      const asked = record.adoptOf({ owners, withNobodys, sinceAt, limit: BATCH })
      const batch = await this.#answers.of(asked)
      // Each batch is older than the one before. A test call that its gateway was placing is nobody's, and never counted.
      open.unshift(...batch.filter(({ call }) => !isSynthetic(call.force)))
      if (batch.length < BATCH) break
    }
    const newest = open.reduce((at, { call }) => Math.max(at, changedAt(call)), 0)
    for (const [at, each] of open.entries()) {
      this.#takeUp(each, { isOld: changedAt(each.call) < newest - SETTLED_MS })
      if (at % AT_ONCE === AT_ONCE - 1) await pause(0)
    }
    if (open.length > 0) log.info('calls.adopted', { count: open.length })
    metrics.adopted.inc({ why: 'node' }, open.length)
    return open.length
  }

  /**
   * A switch told of a call that is not here. Undefined when nobody can have it; else resolves when the event may be
   * applied: true, or false when it must wait for the record (`later`).
   */
  bySwitchCall(event: CallEvent): Promise<boolean> | undefined {
    if (!this.#parts.hasOthers()) return undefined
    const key = `${event.trunk}|${event.switchCallId}`
    const known = this.#asking.get(key)
    if (known !== undefined) return known
    // A gateway that goes leaves many calls whose ends come to another in one moment: none of them is no call's.
    if (this.#asking.size >= MAX_ASKING) return Promise.resolve(false)
    const asked = this.#inTime(this.#ask(event)).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return asked
  }

  /**
   * Whether another node has had the call that is offered here: false when it has not, and when the record does not
   * say so in time, because a caller must not be lost to a doubt.
   */
  async isOthers(event: OfferedEvent): Promise<boolean> {
    if (!this.#parts.hasOthers()) return false
    const { force, trunk, switchCallId, receivedAt } = event
    const callId = makeCallId({ force, trunk, switchCallId, firstSeenAt: receivedAt, occurrence: 0 })
    return this.#inTime(this.#parts.record.isOthers(callId))
  }

  /**
   * A handler's command for a call that is not here and may be nobody's by now. What a living node has is left to it:
   * it may know more of the call than the record. Rejects as the record does.
   */
  async byCallId(callId: CallId): Promise<void> {
    const open = await this.#answers.of(this.#parts.record.adoptCall(callId))
    if (open === undefined) return
    this.#parts.metrics.adopted.inc({ why: 'command' })
    this.#takeUp(open)
  }

  /** This event goes through the door again when the record answers. */
  later(event: CallEvent): void {
    this.#later.add(event)
  }

  /** An earlier process was told of these events, and their calls were not. */
  kept(events: readonly Recovered[]): void {
    for (const { event, kept } of events) this.#later.add(fromDead(event), { kept })
  }

  /** The record refused these: their calls are another's. The facts are in the journal; the calls must learn them. */
  superseded(entries: readonly JournalEntry[]): void {
    const { registry, node, log } = this.#parts
    log.info('calls.superseded', { count: entries.length })
    for (const entry of entries) {
      const { event, call } = entry
      const held = registry.get(call.callId)
      // Nobody else had it in between: what was refused is in the call that we hold.
      if (held !== undefined && this.#ownAgain.has(call, held)) this.#appendAgain({ ...entry, call: held })
      else {
        this.handedOver(call.callId, call.generation + 1)
        this.#later.add(entry.node === node ? event : fromDead(event), { callId: call.callId })
      }
    }
  }

  /** Another node has adopted this call. */
  handedOver(callId: CallId, generation: number): boolean {
    const { registry, courier, left } = this.#parts
    const card = courier.card(callId)
    const isLetGo = registry.handOver(callId, generation)
    if (isLetGo && card !== undefined) left.add(card)
    return isLetGo
  }

  /** Lets go, without a word to the screens, of every call that others took over while we could not hear of it. */
  async reconcile(): Promise<void> {
    const { registry, record, courier, log } = this.#parts
    const all = [...registry.calls()].map(({ callId }) => callId)
    let count = 0
    for (let at = 0; at < all.length; at += RECONCILE_BATCH) {
      for (const { callId, generation, isClosed } of await record.lostCalls(all.slice(at, at + RECONCILE_BATCH))) {
        if (isClosed) courier.closedByRecord(callId)
        if (this.handedOver(callId, generation + 1)) count += 1
      }
    }
    if (count > 0) log.info('calls.handed-over', { count })
  }

  #appendAgain(entry: JournalEntry): void {
    const { append, log } = this.#parts
    append(entry).catch(thrown => log.fault('call.not-durable', thrown, { callId: entry.call.callId }))
  }

  async #ask(event: CallEvent): Promise<true> {
    const { record, metrics } = this.#parts
    const { force, trunk, switchCallId } = event
    const ask = () => this.#answers.of(record.adoptBySwitchCall({ force, trunk, switchCallId }))
    const open = (await ask()) ?? (await pause(ASK_AGAIN_MS).then(ask))
    if (open === undefined) return true
    metrics.adopted.inc({ why: 'event' })
    this.#takeUp(open)
    return true
  }

  /** What the record answers; false when it does not in time. */
  async #inTime(asked: Promise<boolean>): Promise<boolean> {
    try {
      return (await within(ADOPT_WITHIN_MS, asked)) ?? false
    } catch (thrown) {
      this.#parts.log.debug('adoption.ask', { reason: reasonOf(thrown) })
      return false
    }
  }

  #takeUp({ call: recorded, dialog, ...known }: OpenCall, { isOld = false } = {}): void {
    const { registry, courier, onDialog, fillPanels } = this.#parts
    // A test call died with the gateway that placed it, and is removed from the record.
    if (isSynthetic(recorded.force)) return
    const before = registry.get(recorded.callId)
    const call = registry.adopt(recorded)
    if (call === before) return
    if (before !== undefined && call !== recorded) this.#ownAgain.note(before, call)
    courier.restore(call, { isUnheard: call.isUnheard === true, isOld, ...known })
    if (call.state === 'released') this.#fillLater.add(call)
    else {
      fillPanels(call)
      if (dialog !== undefined) onDialog(dialog)
    }
  }

  /** True when a person has closed the event's call: what is still to be said of it is of no use. */
  async #takeOver(event: CallEvent, callId: CallId | undefined): Promise<boolean> {
    const { registry, record } = this.#parts
    if (registry.knows(event)) return false
    const { force, trunk, switchCallId } = event
    const open = await this.#answers.of(record.adoptBySwitchCall({ force, trunk, switchCallId }))
    if (open !== undefined) this.#takeUp(open)
    if (open !== undefined || event.kind !== 'offered' || callId === undefined) return false
    const closed = await record.readCall(callId)
    registry.rememberEnded(callId)
    // What its switch offers long after that, under the same name, is another call.
    return closed !== undefined && isSoonAfter(closed, event)
  }
}

/** What came after it, nobody may have heard. */
function fromDead<E extends CallEvent>(event: E): E {
  return { ...event, isFromDead: true }
}

function isSoonAfter({ offeredAt, releasedAt = offeredAt }: Call, { receivedAt }: CallEvent): boolean {
  return receivedAt - releasedAt <= STRAGGLER_MS
}

function changedAt({ offeredAt, answeredAt = 0, releasedAt = 0 }: Call): number {
  return Math.max(offeredAt, answeredAt, releasedAt)
}
