import type { CallId, HandlerId } from '../call/ids.ts'
import { isEntitled, type SignOn, supervises } from './address.ts'
import type { LedgerEntry, RingBackCount } from './board.ts'
import type { KnownEntry } from './ledger.ts'
import type { PopNumber } from './pop.ts'

/** By when an entry that nobody gave a time must be rung back. */
export interface RingBackRules {
  readonly emergencyMs: number
  readonly otherMs: number
}

/** A handler says that a call must be rung back. */
export interface Marking {
  readonly callId: CallId
  readonly force: string
  readonly line: string
  readonly number: PopNumber
  readonly e164?: string
  readonly dueAt: number
  readonly why: string
  readonly by: HandlerId
  readonly at: number
}

/** Somebody takes an entry on, as it stood in `rev`, or gives it back. */
export interface Taking {
  readonly callId: CallId
  readonly rev: number
  readonly by: HandlerId
  readonly at: number
}

/** What is asked of the record; all reject as it does. Undefined: it stands otherwise by now. */
export interface RingBackRecord {
  mark(marking: Marking): Promise<KnownEntry>
  take(taking: Taking): Promise<KnownEntry | undefined>
  giveBack(taking: Omit<Taking, 'rev'>): Promise<KnownEntry | undefined>
}

/** Epoch ms. */
export function dueAt({ dueAt: said, openedAt, line }: LedgerEntry, rules: RingBackRules): number {
  return said ?? openedAt + (line === '999' ? rules.emergencyMs : rules.otherMs)
}

/** Whether this entry is on this person's list: of their force and line, or of a force they answer for. */
export function isOnList({ force, line }: Pick<LedgerEntry, 'force' | 'line'>, signOn: SignOn): boolean {
  return isEntitled({ force, line }, signOn) || supervises(signOn, force)
}

/** The list of one person, what is due first at the top; `at` is the same of two that are due at once. */
export function ringBacksOf(
  open: readonly KnownEntry[],
  signOn: SignOn,
  rules: RingBackRules
): readonly { readonly rev: number; readonly entry: LedgerEntry; readonly dueAt: number }[] {
  return open
    .filter(({ entry }) => isOnList(entry, signOn))
    .map(({ rev, entry }) => ({ rev, entry, dueAt: dueAt(entry, rules) }))
    .sort((one, other) => one.dueAt - other.dueAt || one.entry.openedAt - other.entry.openedAt)
}

const NONE: RingBackCount = { open: 0, overdue: 0 }

/** How many there are of each force and line, counted once for all screens. */
export function countByLine(
  open: readonly KnownEntry[],
  rules: RingBackRules,
  now: number
): ReadonlyMap<string, RingBackCount & Pick<LedgerEntry, 'force' | 'line'>> {
  const counts = new Map<string, RingBackCount & Pick<LedgerEntry, 'force' | 'line'>>()
  for (const { entry } of open) {
    const { force, line } = entry
    const key = `${force}|${line}`
    const { open: before, overdue } = counts.get(key) ?? NONE
    const isOverdue = dueAt(entry, rules) < now
    counts.set(key, { force, line, open: before + 1, overdue: overdue + (isOverdue ? 1 : 0) })
  }
  return counts
}

/** Of one line: how many are past their time, at least one. */
export type LateRingBacks = Pick<LedgerEntry, 'force' | 'line'> & Pick<RingBackCount, 'overdue'>

/** Of one person. */
export function countOf(counts: ReturnType<typeof countByLine>, signOn: SignOn): RingBackCount {
  let [open, overdue] = [0, 0]
  for (const each of counts.values()) {
    if (!isOnList(each, signOn)) continue
    open += each.open
    overdue += each.overdue
  }
  return { open, overdue }
}
