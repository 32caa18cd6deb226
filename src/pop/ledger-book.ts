import type { Call } from '../call/call.ts'
import type { OfferedEvent } from '../call/call-event.ts'
import { REPRESENTED_WITHIN_MS } from '../call/correlate.ts'
import type { CallId, HandlerId, TrunkId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { isEntitled, isOwnOffer, type SignOn, supervises, supervisorsOf } from './address.ts'
import { toBarePop } from './bare-pop.ts'
import type { LedgerEntry, LedgerKind, LedgerReason, RevisedEntry } from './board.ts'
import type { Card } from './card.ts'
import { type Done, refused } from './command-result.ts'
import { LaterCalls } from './later-calls.ts'
import {
  entryCallId,
  isRepresented,
  type KnownEntry,
  type LedgerRecord,
  ledgerKindOf,
  ledgerWords,
  type NewEntry,
  numberKey
} from './ledger.ts'
import { LedgerIndex } from './ledger-index.ts'
import { MissedEntries } from './missed-entries.ts'
import type { BarePop } from './pop.ts'
import type { ScreenSender } from './screen-sender.ts'

interface Parts {
  readonly record: LedgerRecord
  readonly signOns: () => Iterable<SignOn>
  readonly sender: Pick<ScreenSender, 'send'>
  readonly cardOf: (callId: CallId) => Card | undefined
  /** Whether a call that another node has is this handler's own. Rejects when the record does not answer. */
  readonly isOwnElsewhere: (handler: HandlerId, callId: CallId) => Promise<boolean>
  /** Other gateways may write to the ledger. */
  readonly hasOthers: () => boolean
  /** Entries were written by this node: the others must not wait until they look by themselves. */
  readonly onWritten: () => void
  /** The words of this call's card have changed. */
  readonly refresh: (callId: CallId) => void
  readonly repeatWithinMs: number
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Had by somebody, and seen: whoever closed it. */
const CLOSED = { had: new Set(['closed']), popped: new Set(['closed']) }
/** Ended calls that wait for the record; the next restart finds what is more. */
const MAX_WAITING = 20_000
const BATCH = 200
/** A call is tied to so many open entries of its number, the oldest, which cards name first: not each of fifty to all before it. */
export const TIED_MAX = 5
/** Entries one board shows; `more` says how many it had no room for. */
export const BOARD_ENTRIES = 500
/** What other nodes changed is asked for this far back, which is longer than the record may be away unnoticed. */
const CHANGED_WITHIN_MS = 15_000
/** A node that is alone asks this often all the same: another may have gone with its last words unsaid. */
const ALONE_EVERY_MS = 5_000

/** The ledger as this node keeps it: from ended calls to entries in the record, and from the record to screens. */
export class LedgerBook {
  readonly #parts: Parts
  readonly #index = new LedgerIndex()
  readonly #ended = new Map<CallId, NewEntry>()
  readonly #endedByKey = new Map<string, Set<CallId>>()
  readonly #later = new LaterCalls()
  /** Switches that say when a call is answered: there a call without an answer had none. */
  readonly #tellsAnswers = new Set<TrunkId>()
  #isBusy = false
  /** What was written while a round was under way may not be in it. */
  #isRung = false
  #wasAway = true
  readonly #missed = new MissedEntries()
  #changedAt: number | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Rejects as the record does. */
  async load(): Promise<void> {
    for (const known of await this.#parts.record.open(this.#index.max)) this.#index.put(known)
    this.#wasAway = false
    this.#parts.metrics.ledgerOpen.set(this.#index.size)
  }

  /** Whether a call of this number is still to be dealt with; asked before the call's pop leaves, so from memory alone. */
  isRepeat(event: OfferedEvent): boolean {
    if (event.test === true || event.direction === 'out') return false
    return this.#openFor(event, event.receivedAt).length > 0 || this.#endedFor(event).length > 0
  }

  /** A call is new, has changed or has ended. Returns at once. */
  note(call: Call, card: Pick<Card, 'had' | 'popped'> | undefined = this.#parts.cardOf(call.callId)): void {
    if (call.flags.test) return
    if (call.answeredAt !== undefined) this.#tellsAnswers.add(call.trunk)
    if (call.state !== 'released') this.#link(call)
    const kind = ledgerKindOf(call, card)
    if (kind === undefined || this.#isEntered(call.callId, kind) || this.#ended.size >= MAX_WAITING) return
    const { number } = toBarePop(call, 'device')
    const key = numberKey(call)
    const e164 = key?.slice(call.force.length + 1)
    if (key !== undefined) this.#endedByKey.set(key, (this.#endedByKey.get(key) ?? new Set()).add(call.callId))
    const isUntold = card !== undefined && card.popped.size > 0 && !this.#tellsAnswers.has(call.trunk)
    const unlessAcked = kind === 'unattended' && isUntold
    this.#ended.set(call.callId, { call, kind, number, unlessAcked, ...(e164 === undefined ? {} : { e164 }) })
  }

  /** What the card of this call says of the ledger. */
  wordsFor(call: Call): BarePop['ledger'] {
    const own = this.#index.get(call.callId)
    const entries = own === undefined ? this.#openFor(call, call.offeredAt) : [own]
    return ledgerWords(
      entries.map(({ entry }) => entry).filter(entry => entry.closedAt === undefined),
      call
    )
  }

  /** The open entries a supervisor answers for, oldest first. */
  board(signOn: SignOn): { readonly ledger: readonly RevisedEntry[]; readonly more: number } {
    const theirs = this.#index.open().filter(({ entry }) => supervises(signOn, entry.force))
    const ledger = theirs.slice(0, BOARD_ENTRIES).map(({ rev, entry }) => ({ rev, entry }))
    return { ledger, more: theirs.length - ledger.length }
  }

  /** All that are to be dealt with, as this node knows them, the oldest first. */
  open(): readonly KnownEntry[] {
    return this.#index.open()
  }

  /** `ledger.close`: by a supervisor, by who has taken it on, or who has the call or a later one of the number. */
  async close(signOn: SignOn, id: string, how: { reason: LedgerReason; note?: string }): Promise<Done> {
    const callId = entryCallId(id)
    const known = callId === undefined ? undefined : await this.known(callId)
    if (callId === undefined || known === undefined) return refused('ledger.unknown', 'This entry is no longer open.')
    if (how.reason === 'policy') return refused('ledger.reason', 'Only the force’s own rule closes for this reason.')
    const isTheirs = supervises(signOn, known.entry.force) || known.entry.takenBy === signOn.handler
    if (!isTheirs && !(await this.#isOffered(signOn, known.entry))) {
      return refused('ledger.not-entitled', 'This entry is not yours to close.')
    }
    const { record, clock, metrics } = this.#parts
    const closed = await record.close({ callId, by: signOn.handler, at: clock.now(), ...how })
    if (closed === undefined) return refused('ledger.closed', 'Somebody has closed this entry already.')
    metrics.ledgerClosed.inc({ by: 'person' })
    this.wrote([closed])
    return { ok: true }
  }

  /** An entry may have been written at another node a moment ago, and its words be on a screen already. */
  async known(callId: CallId): Promise<KnownEntry | undefined> {
    if (this.#index.get(callId) === undefined) this.learn(await this.#parts.record.changed(CHANGED_WITHIN_MS))
    return this.#index.get(callId)
  }

  /** This node has written these to the record. */
  wrote(entries: readonly KnownEntry[]): void {
    this.learn(entries)
    if (entries.length > 0) this.#parts.onWritten()
  }

  /** Another node has written to the record. */
  ring(): void {
    if (this.#isBusy) this.#isRung = true
    else void this.tick()
  }

  /** Entries as the record has them now: to the index, to supervisors, to the cards they concern. */
  learn(entries: readonly KnownEntry[]): void {
    for (const known of entries) {
      if (!this.#index.put(known)) continue
      const { rev, entry } = known
      const handlers = supervisorsOf(this.#parts.signOns(), entry.force)
      const ev = { type: 'ledger.entry' as const, rev, data: entry }
      if (handlers.length > 0) {
        const eventId = `ledger:${entry.entry}:${rev}`
        void this.#parts.sender.send([{ handlers, eventId, ev, receivedAt: this.#parts.clock.now() }])
      }
      for (const call of [entry.call, ...entry.later.map(later => later.call)]) this.#parts.refresh(call as CallId)
    }
    this.#parts.metrics.ledgerOpen.set(this.#index.size)
  }

  /** Called often: what is due goes to the record, and what other nodes wrote comes from it. One round at a time. */
  async tick(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const { record, log } = this.#parts
    try {
      // After the record was away longer than it is asked back for, everything is read again.
      if (this.#wasAway) this.learn(await record.open(this.#index.max))
      await this.#findMissed()
      await this.#enter()
      await this.#tie()
      await this.#learnChanged()
      this.#wasAway = false
    } catch (thrown) {
      if (!this.#wasAway) log.warn('ledger.record', { reason: reasonOf(thrown) })
      this.#wasAway = true
    } finally {
      this.#isBusy = false
    }
    if (!this.#isRung) return
    this.#isRung = false
    await this.tick()
  }

  async #learnChanged(): Promise<void> {
    const { record, hasOthers, clock } = this.#parts
    const now = clock.monotonicMs()
    if (!hasOthers() && this.#changedAt !== undefined && now - this.#changedAt < ALONE_EVERY_MS) return
    this.learn(await record.changed(CHANGED_WITHIN_MS))
    this.#changedAt = now
  }

  async #findMissed(): Promise<void> {
    const { record, clock } = this.#parts
    const ask = this.#missed.due(clock)
    if (ask === undefined) return
    for (const call of await record.missed(ask)) this.note(call, CLOSED)
    this.#missed.found()
  }

  /** Not before the caller could have come again by another way: that would be the same contact. */
  async #enter(): Promise<void> {
    const dueBefore = this.#parts.clock.now() - REPRESENTED_WITHIN_MS
    const due = [...this.#ended.values()].filter(({ call }) => (call.releasedAt ?? 0) <= dueBefore).slice(0, BATCH)
    if (due.length === 0) return
    this.wrote(await this.#parts.record.add(due))
    for (const { call } of due) this.#entered(call)
  }

  /** A call that was entered as another's may turn out to be a silent one: the handler says so when writing it up. */
  #isEntered(callId: CallId, kind: LedgerKind): boolean {
    const known = this.#index.get(callId)?.entry
    return known !== undefined && (kind !== 'silent' || known.kind === 'silent' || known.closedAt !== undefined)
  }

  #entered(call: Call): void {
    this.#ended.delete(call.callId)
    const key = numberKey(call)
    if (key === undefined) return
    const calls = this.#endedByKey.get(key)
    calls?.delete(call.callId)
    if (calls?.size === 0) this.#endedByKey.delete(key)
  }

  async #tie(): Promise<void> {
    const due = this.#later.due(({ entryCall }) => !this.#ended.has(entryCall))
    if (due.length === 0) return
    this.wrote(await this.#parts.record.link(due))
    this.#later.tied(due)
  }

  #link(call: Call): void {
    const kind = call.direction === 'out' ? 'call-back' : 'later-call'
    const entries = [...this.#openFor(call, call.offeredAt).map(({ entry }) => entry.call), ...this.#endedFor(call)]
    for (const entryCall of entries.slice(0, TIED_MAX)) {
      if (entryCall === call.callId) continue
      if (this.#index.get(entryCall as CallId)?.entry.later.some(later => later.call === call.callId)) continue
      this.#later.add({ entryCall: entryCall as CallId, call: call.callId, kind, at: call.offeredAt })
    }
  }

  #openFor(of: Pick<Call, 'force' | 'direction' | 'cli' | 'ddi'>, at: number): readonly KnownEntry[] {
    const since = at - this.#parts.repeatWithinMs
    return this.#index.openFor(numberKey(of)).filter(({ entry }) => entry.openedAt >= since && entry.openedAt <= at)
  }

  /** Calls of this number that have just ended and are not in the record yet; not what is the same contact. */
  #endedFor(of: Call | OfferedEvent): readonly CallId[] {
    const key = numberKey(of)
    const calls = key === undefined ? undefined : this.#endedByKey.get(key)
    const offer = { ...of, receivedAt: 'receivedAt' in of ? of.receivedAt : of.offeredAt }
    return [...(calls ?? [])].filter(callId => {
      const { call, unlessAcked = true } = this.#ended.get(callId) ?? {}
      return (
        call !== undefined && !unlessAcked && (call.releasedAt ?? 0) <= offer.receivedAt && !isRepresented(call, offer)
      )
    })
  }

  /** Whether the call, or a later one of its number, is theirs, here or at another node. */
  async #isOffered(signOn: SignOn, { call, later, force, line }: LedgerEntry): Promise<boolean> {
    const { cardOf, isOwnElsewhere } = this.#parts
    const { handler } = signOn
    for (const id of [call, ...later.map(each => each.call).reverse()]) {
      const callId = id as CallId
      const card = cardOf(callId)
      const offer = card?.audience.get(handler)
      if (offer !== undefined && isOwnOffer(offer)) return true
      if (card !== undefined || !isEntitled({ force, line }, signOn)) continue
      if (await isOwnElsewhere(handler, callId)) return true
    }
    return false
  }
}
