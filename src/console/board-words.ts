import type { Ev } from '../delivery/protocol.ts'
import type { Alarm, LedgerEntry, LedgerKind, LedgerReason } from '../pop/board.ts'
import type { ScreenBoard } from '../sdk/board.ts'
import type { Screen } from '../sdk/screen.ts'
import type { Me } from './api.ts'
import { handoverNews } from './handover-words.ts'
import { numberWords } from './number-words.ts'

/** What is open on a board, in the order in which it wants somebody. */
export interface OpenBoard {
  readonly alarms: readonly Alarm[]
  readonly entries: readonly LedgerEntry[]
  /** Closed within the last hour, newest first. */
  readonly closed: readonly LedgerEntry[]
  readonly urgent: number
}

/** Supervisors and administrators; a handler's screen has of a board only what they must acknowledge themselves. */
export function hasBoard(
  { role }: Pick<Me, 'role'>,
  { screen }: { readonly screen: { readonly value: Pick<Screen, 'board'> } }
): boolean {
  return (role === 'supervisor' || role === 'administrator') && screen.value.board !== undefined
}

/** Open alarms that whoever has the call must acknowledge, the oldest first. */
export function openAlerts(board: ScreenBoard | undefined): readonly Alarm[] {
  const open = [...(board?.alarms.values() ?? [])].flatMap(({ alarm }) => (alarm.endedAt === undefined ? [alarm] : []))
  return open.filter(({ code }) => isAlert(code)).sort((one, other) => one.raisedAt - other.raisedAt)
}

/** The alarms that are told to handlers, too: of callers at risk, and of what was handed over and stands still. */
function isAlert(code: string): boolean {
  return code === 'risk-unheard' || code.startsWith('handover-')
}

const RECENT_MS = 3_600_000

export function openBoard({ alarms, ledger }: ScreenBoard, now: number): OpenBoard {
  const open = [...alarms.values()].flatMap(({ alarm }) => (alarm.endedAt === undefined ? [alarm] : []))
  const entries = [...ledger.values()].map(({ entry }) => entry)
  return {
    alarms: open.sort((one, other) => one.priority - other.priority || one.raisedAt - other.raisedAt),
    entries: entries.filter(entry => entry.closedAt === undefined).sort((one, other) => one.openedAt - other.openedAt),
    closed: entries
      .filter(({ closedAt }) => closedAt !== undefined && closedAt > now - RECENT_MS)
      .sort((one, other) => (other.closedAt ?? 0) - (one.closedAt ?? 0)),
    urgent: open.filter(alarm => alarm.priority === 1).length
  }
}

/** So many in ten minutes are more than anybody can follow (EEMUA 191). */
const FLOOD = 10
const FLOOD_MS = 600_000

/** Open alarms that came faster than anybody can follow. */
export function isFlood(alarms: readonly Alarm[], now: number): boolean {
  return alarms.filter(({ raisedAt }) => raisedAt > now - FLOOD_MS).length >= FLOOD
}

const PRIORITIES = { 1: 'Act now', 2: 'Look soon', 3: 'Note' } as const

export function priorityWords(priority: Alarm['priority']): string {
  return PRIORITIES[priority]
}

const KINDS: Record<LedgerKind, string> = {
  abandoned: 'Rang off before an answer',
  silent: 'Silent call',
  unattended: 'Nobody had it',
  'ring-back': 'To be rung back'
}

export function kindWords(kind: LedgerKind): string {
  return KINDS[kind]
}

/** The reasons a person gives, in the order of the list; `policy` is the gateway's own. */
export const REASONS: readonly (readonly [LedgerReason, string])[] = [
  ['spoken-to', 'Spoken to the caller'],
  ['officers-sent', 'Officers sent'],
  ['called-back-no-answer', 'Called back, no answer'],
  ['duplicate', 'Dealt with under another call'],
  ['hoax', 'Hoax']
]

export function reasonWords(reason: LedgerReason | undefined): string {
  if (reason === 'policy') return 'By the force’s rule for abandoned calls'
  return REASONS.find(([code]) => code === reason)?.[1] ?? 'Closed'
}

/** What happened on the board as a reader says it; undefined for what is not worth breaking in. */
export function boardWords(ev: Ev['ev']): { readonly text: string; readonly isUrgent: boolean } | undefined {
  if (ev.type === 'alarm.raised') {
    return { text: `${priorityWords(ev.data.priority)}: ${ev.data.words}`, isUrgent: ev.data.priority === 1 }
  }
  if (ev.type === 'alarm.ended') return { text: `Over: ${ev.data.words}`, isUrgent: false }
  if (ev.type === 'handover.changed') {
    const text = handoverNews(ev.data)
    return text === undefined ? undefined : { text, isUrgent: false }
  }
  if (ev.type !== 'ledger.entry' || ev.data.closedAt !== undefined || ev.data.later.length > 0) return undefined
  const { line, kind, number } = ev.data
  return { text: `${line} call, ${kindWords(kind)}, ${numberWords(number).shown}`, isUrgent: false }
}
