import type { LedgerEntry, RingBackCount } from '../pop/board.ts'
import { kindWords } from './board-words.ts'
import { toClock } from './times.ts'

const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440

export interface DueWords {
  /** "Overdue by 12 min", "Due 14:20, in 8 min". */
  readonly text: string
  readonly isOverdue: boolean
}

export function dueWords(dueAt: number, now: number): DueWords {
  const minutes = Math.floor(Math.abs(dueAt - now) / MINUTE_MS)
  if (dueAt < now) return { text: minutes < 1 ? 'Due now' : `Overdue by ${spanWords(minutes)}`, isOverdue: true }
  const soon = minutes < 1 ? 'in less than a minute' : `in ${spanWords(minutes)}`
  return { text: minutes < DAY_MINUTES ? `Due ${toClock(dueAt)}, ${soon}` : `Due ${soon}`, isOverdue: false }
}

/** 45 min, 3 h 20 min, 2 days. */
function spanWords(minutes: number): string {
  if (minutes < HOUR_MINUTES) return `${minutes} min`
  if (minutes >= 2 * DAY_MINUTES) return `${Math.floor(minutes / DAY_MINUTES)} days`
  const [hours, rest] = [Math.floor(minutes / HOUR_MINUTES), minutes % HOUR_MINUTES]
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`
}

/** On the button of the top bar, behind its name: how many, and that some are overdue. */
export function countWords({ open, overdue }: RingBackCount): string {
  return `${open}${overdue > 0 ? `, ${overdue} late` : ''}`
}

/** Why it is on the list: what a handler said, and what the ledger knows of it. */
export function whyWords({ kind, why, markedBy }: LedgerEntry): string {
  const marked = why === undefined ? [] : [`${why}${markedBy === undefined ? '' : ` (${markedBy})`}`]
  return [...(kind === 'ring-back' ? [] : [kindWords(kind)]), ...marked].join(' · ')
}

/** What a handler may choose from; later than a shift it is due the next morning. */
const STEPS_MINUTES = [5, 10, 15, 30, 45, 60, 90, 120, 180, 240, 360, 480] as const
const MORNING_HOUR = 9

/** When it is to be rung back, as times of the clock: epoch ms and words, the nearest first. */
export function whenChoices(now: number): readonly { readonly dueAt: number; readonly text: string }[] {
  const at = (dueAt: number, text: string) => ({ dueAt: Math.round(dueAt), text })
  const morning = new Date(now)
  morning.setDate(morning.getDate() + 1)
  morning.setHours(MORNING_HOUR, 0, 0, 0)
  return [
    at(now, 'As soon as possible'),
    ...STEPS_MINUTES.map(minutes => {
      const dueAt = now + minutes * MINUTE_MS
      return at(dueAt, `${toClock(dueAt).slice(0, 5)}, in ${spanWords(minutes)}`)
    }),
    at(morning.getTime(), 'Tomorrow, 09:00')
  ]
}
