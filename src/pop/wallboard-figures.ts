import type { ForceId } from '../call/ids.ts'
import type { LineHour, LineWaiting, Wallboard } from './board.ts'

/*
 * What the record counts for every force at once, as one force's wallboard has it. docs/wallboard.md says of each figure
 * what it counts and what it leaves out.
 */

/** The last hour in so many steps. */
export const STEPS = 12
export const STEP_MS = 300_000
export const HOUR_MS = STEPS * STEP_MS
/** Alerts are judged by ten minutes. */
export const ALERT_STEPS = 6
/** 999 calls are to be answered within so long, so many of a hundred of them. */
export const TARGET = { line: '999', withinMs: 10_000, percent: 90 } as const
/** EEMUA 191: one in ten minutes is what a person can deal with, ten are a flood; five, fifteen and eighty of a hundred by priority. */
export const BUDGET = { perHour: 6, flood: 10, shares: [5, 15, 80] } as const

export interface WaitingRow {
  readonly force: ForceId
  readonly line: string
  readonly waiting: number
  /** When the one that waits longest was offered, epoch ms. */
  readonly sinceAt: number | null
  /** They may be long over: no switch has said anything of them since their gateway was lost. */
  readonly unheard: number
  /** Of live calls, those whose pop no screen has acknowledged in time. */
  readonly unacked: number
}

export interface HourRow {
  readonly force: ForceId
  readonly line: string
  /** 0 is the oldest. */
  readonly step: number
  readonly offered: number
  readonly answered: number
  /** Answered within the target; and answered, left or still waiting after it. */
  readonly inTime: number
  readonly late: number
  /** Of the answered ones, ms together. */
  readonly waitedMs: number
  /** Callers who left; not those whom another route or switch has brought again. */
  readonly abandoned: number
  /** Over, and no switch or handler has said how. */
  readonly unknown: number
}

export interface ConsoleRow {
  readonly force: ForceId
  readonly attention: 'live' | 'hidden' | 'stale' | 'gone'
  readonly count: number
}

export interface AlertRow {
  /** Empty: of every force. */
  readonly force: ForceId | ''
  readonly priority: number
  /** Ten minutes each, 0 is the oldest. */
  readonly step: number
  readonly count: number
  /** Without the alarm that says that they are too many. */
  readonly causes: number
}

/** The most alarms that went to one and the same handler's screen. */
export interface MostAlertsRow {
  readonly force: ForceId | ''
  readonly most: number
}

type Value<Part> = Part extends { readonly kind: 'counted'; readonly value: infer T } ? T : never

/** `lines`: those the force has, called or not. */
export function waitingOf(
  rows: readonly WaitingRow[],
  { force, lines, now }: { readonly force: ForceId; readonly lines: readonly string[]; readonly now: number }
): Value<Wallboard['waiting']> {
  const own = rows.filter(row => row.force === force)
  return {
    lines: linesOf(own, lines).map((line): LineWaiting => {
      const { waiting = 0, sinceAt = null, unheard = 0 } = own.find(row => row.line === line) ?? {}
      return { line, waiting, unheard, ...(sinceAt === null ? {} : { longestWaitMs: Math.max(0, now - sinceAt) }) }
    }),
    unacked: own.reduce((sum, { unacked }) => sum + unacked, 0)
  }
}

export function lastHourOf(
  rows: readonly HourRow[],
  { force, lines }: { readonly force: ForceId; readonly lines: readonly string[] }
): Value<Wallboard['lastHour']> {
  const own = rows.filter(row => row.force === force)
  return {
    lines: linesOf(own, lines).map((line): LineHour => {
      const ofLine = own.filter(row => row.line === line)
      const steps = Array.from({ length: STEPS }, (_, at) => together(ofLine.filter(({ step }) => step === at)))
      return { line, ...together(ofLine), steps }
    })
  }
}

export function consolesOf(rows: readonly ConsoleRow[], force: ForceId): Value<Wallboard['consoles']> {
  const of = (attention: ConsoleRow['attention']) =>
    rows.find(row => row.force === force && row.attention === attention)?.count ?? 0
  return { live: of('live'), hidden: of('hidden'), stale: of('stale'), gone: of('gone') }
}

/** Those of the force, and those that everybody hears. */
export function alertsOf(
  rows: readonly AlertRow[],
  most: readonly MostAlertsRow[],
  force: ForceId
): Value<Wallboard['alerts']> {
  const heard = rows.filter(row => row.force === force || row.force === '')
  const sum = (some: readonly AlertRow[]) => some.reduce((total, { count }) => total + count, 0)
  const urgent = heard.filter(({ priority }) => priority < 3)
  return {
    byPriority: [1, 2, 3].map(priority => sum(heard.filter(row => row.priority === priority))),
    lastTenMinutes: urgent.reduce((n, { step, causes }) => (step === ALERT_STEPS - 1 ? n + causes : n), 0),
    mostOfOneHandler: Math.max(0, ...most.flatMap(row => (row.force === force || row.force === '' ? [row.most] : []))),
    steps: Array.from({ length: ALERT_STEPS }, (_, at) => sum(urgent.filter(({ step }) => step === at)))
  }
}

/** The force's own lines in their order, then any other that a call has come on. */
function linesOf(rows: readonly { readonly line: string }[], lines: readonly string[]): string[] {
  return [...new Set([...lines, ...rows.map(({ line }) => line).sort()])]
}

function together(rows: readonly HourRow[]) {
  const sum = (of: 'offered' | 'answered' | 'inTime' | 'late' | 'waitedMs' | 'abandoned' | 'unknown') =>
    rows.reduce((total, row) => total + row[of], 0)
  const answered = sum('answered')
  return {
    ...{ offered: sum('offered'), answered, inTime: sum('inTime'), late: sum('late') },
    ...(answered === 0 ? {} : { meanWaitMs: Math.round(sum('waitedMs') / answered) }),
    ...{ abandoned: sum('abandoned'), unknown: sum('unknown') }
  }
}
