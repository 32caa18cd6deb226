import type { Call } from '../call/call.ts'
import type { OfferedEvent } from '../call/call-event.ts'
import { toNumber } from '../call/cli.ts'
import { correlationKey, isByAnotherWay, isVouchedFor } from '../call/correlate.ts'
import { type CallId, type HandlerId, parseCallId } from '../call/ids.ts'
import type { LedgerEntry, LedgerKind, LedgerReason } from './board.ts'
import type { Card } from './card.ts'
import type { BarePop, PopNumber } from './pop.ts'

/** Later calls an entry shows; how many more there were is said. */
export const MAX_LATER = 20

/** An entry as this node knows it. */
export interface KnownEntry {
  readonly rev: number
  readonly entry: LedgerEntry
  /** Force and number that a later call is known by; absent when the caller had none. */
  readonly key?: string
}

/** A call that ended and is to be entered, unless the record knows better. */
export interface NewEntry {
  readonly call: Call
  readonly kind: LedgerKind
  readonly number: PopNumber
  readonly e164?: string
  /** Nothing of this call was said by a person or a switch: a console that acknowledged it makes it no entry. */
  readonly unlessAcked: boolean
}

/** A later call from an entry's number, or a call back to it. */
export interface LaterCall {
  readonly entryCall: CallId
  readonly call: CallId
  readonly kind: 'later-call' | 'call-back'
  readonly at: number
}

export interface ClosedBy {
  readonly callId: CallId
  readonly by: HandlerId
  readonly reason: LedgerReason
  readonly note?: string
  readonly at: number
}

/** Epoch ms. */
export interface MissedAsk {
  readonly offeredSince: number
  readonly closedSince: number
  readonly closedBefore: number
}

/** What the book asks of the store. All reject as the store does. */
export interface LedgerRecord {
  add(entries: readonly NewEntry[]): Promise<readonly KnownEntry[]>
  /** The entries that have changed by it. */
  link(later: readonly LaterCall[]): Promise<readonly KnownEntry[]>
  close(closed: ClosedBy): Promise<KnownEntry | undefined>
  open(limit: number): Promise<readonly KnownEntry[]>
  changed(withinMs: number): Promise<readonly KnownEntry[]>
  /** Calls that a person has closed in this time and that should be entries and are none. */
  missed(ask: MissedAsk): Promise<readonly Call[]>
}

/** The call an entry is about; undefined for what is no entry's id. */
export function entryCallId(entry: string): CallId | undefined {
  return entry.startsWith('l_') ? parseCallId(entry.slice(2)) : undefined
}

export function entryId(callId: CallId): string {
  return `l_${callId}`
}

/** Force and number of a call, the way a later one is told: who rang, or of a call of ours whom it rang. */
export function numberKey({ force, direction, cli, ddi }: Pick<Call, 'force' | 'direction' | 'cli' | 'ddi'>) {
  if (direction === 'in') return correlationKey(force, cli)
  const { e164 } = toNumber(ddi)
  return e164 === undefined ? undefined : `${force}|${e164}`
}

/**
 * Which ended call makes which entry (design §3 step 8): one that a caller left, a silent 999 call whatever became of
 * it, and one that nobody had: on no screen, or ended without an answer and without a hand on it. A test makes none,
 * and a call of ours that nobody picked up is no caller's.
 */
export function ledgerKindOf(call: Call, card: Pick<Card, 'had' | 'popped'> | undefined): LedgerKind | undefined {
  if (call.state !== 'released' || call.flags.test || call.direction === 'out') return undefined
  if (call.flags.silent && call.line === '999') return 'silent'
  if (call.cause === 'abandoned') return 'abandoned'
  if (call.cause === 'answered-elsewhere') return undefined
  if (card === undefined || card.popped.size === 0) return 'unattended'
  return card.had.size === 0 && call.answeredAt === undefined ? 'unattended' : undefined
}

/**
 * The emergency call handling agent offers a caller by another route or switch when the first does not answer: one
 * contact, neither abandoned nor a repeat.
 */
export function isRepresented(
  ended: Call,
  offer: Pick<OfferedEvent, 'force' | 'line' | 'route' | 'trunk' | 'receivedAt' | 'cli'>
) {
  const key = correlationKey(ended.force, ended.cli)
  return (
    key !== undefined &&
    key === correlationKey(offer.force, offer.cli) &&
    isByAnotherWay(ended, { ...offer, offeredAt: offer.receivedAt })
  )
}

/** What a later call's card says of the open entries of its number: of the oldest, and how many there are. */
export function ledgerWords(entries: readonly LedgerEntry[], call: Pick<Call, 'callId' | 'cli'>): BarePop['ledger'] {
  const [oldest] = [...entries].sort((one, other) => one.openedAt - other.openedAt)
  if (oldest === undefined) return undefined
  const isOwn = oldest.call === call.callId
  // Entries from before `unverified` was said have it in their trust alone.
  const isDoubtfulNumber = ({ trust, unverified }: PopNumber) => unverified === true || trust === 'presentation-only'
  const isDoubtful = !isVouchedFor(call.cli) || entries.some(({ number }) => isDoubtfulNumber(number))
  return {
    entry: oldest.entry,
    kind: oldest.kind,
    at: oldest.openedAt,
    count: entries.length,
    isOwn,
    calledBack: oldest.later.some(({ kind }) => kind === 'call-back'),
    ...(isDoubtful && !isOwn ? { unverified: true } : {})
  }
}
