import Type, { type Static, type TSchema } from 'typebox'
import { Handover, RevisedHandover } from './handover.ts'
import { PopNumber } from './pop.ts'

/*
 * What a supervisor's screen shows beside calls: open alarms and the ledger of calls that somebody must still deal
 * with. It goes over the wire as pops do, by the same log; of each alarm and entry the highest revision wins. And what a
 * wallboard shows, which is asked for over HTTP: numbers alone, of nobody.
 */

const id = Type.String({ minLength: 1, maxLength: 64 })
const call = Type.String({ minLength: 36, maxLength: 36 })

export const Alarm = Type.Object({
  alarm: id,
  /** From the catalogue; each code has its words, its remedy and its end. */
  code: Type.String({ maxLength: 40 }),
  /** 1 is heard, 2 is seen, 3 is noted. */
  priority: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3)]),
  /** Absent: every force. */
  force: Type.Optional(Type.String({ maxLength: 20 })),
  call: Type.Optional(call),
  words: Type.String({ maxLength: 300 }),
  /** What to do next. */
  remedy: Type.String({ maxLength: 300 }),
  /** `itself`: when its cause is gone. `person`: somebody says why it is over. */
  endsBy: Type.Union([Type.Literal('itself'), Type.Literal('person')]),
  raisedAt: Type.Number(),
  endedAt: Type.Optional(Type.Number()),
  endedBy: Type.Optional(Type.String({ maxLength: 64 })),
  reason: Type.Optional(Type.String({ maxLength: 300 }))
})
export type Alarm = Static<typeof Alarm>

/** `ring-back`: none of the others, but a handler has said that it must be rung back. */
export const LedgerKind = Type.Union([
  Type.Literal('abandoned'),
  Type.Literal('silent'),
  Type.Literal('unattended'),
  Type.Literal('ring-back')
])
export type LedgerKind = Static<typeof LedgerKind>

/** Why an entry was closed; what else there is to say stands in `note`. */
export const LedgerReason = Type.Union([
  Type.Literal('spoken-to'),
  Type.Literal('officers-sent'),
  Type.Literal('called-back-no-answer'),
  Type.Literal('duplicate'),
  Type.Literal('hoax'),
  /** The force's own rule for abandoned 101 calls; no person says this. */
  Type.Literal('policy')
])
export type LedgerReason = Static<typeof LedgerReason>

/** A call that ended without anybody having dealt with it. Stays until a person closes it, or a force's own policy. */
export const LedgerEntry = Type.Object({
  entry: id,
  call,
  kind: LedgerKind,
  force: Type.String({ maxLength: 20 }),
  line: Type.String({ maxLength: 20 }),
  number: PopNumber,
  openedAt: Type.Number(),
  /** Later calls from the number and calls back to it, oldest first; they never close the entry. */
  later: Type.Array(
    Type.Object({ call, at: Type.Number(), kind: Type.Union([Type.Literal('later-call'), Type.Literal('call-back')]) }),
    { maxItems: 20 }
  ),
  more: Type.Integer({ minimum: 0 }),
  /** A handler has said by when it must be rung back, and what for; without it the rule of its line holds. */
  dueAt: Type.Optional(Type.Number()),
  why: Type.Optional(Type.String({ maxLength: 200 })),
  markedBy: Type.Optional(Type.String({ maxLength: 64 })),
  /** Who has taken it on, and since when. */
  takenBy: Type.Optional(Type.String({ maxLength: 64 })),
  takenAt: Type.Optional(Type.Number()),
  closedAt: Type.Optional(Type.Number()),
  /** A handler, or `policy`. */
  closedBy: Type.Optional(Type.String({ maxLength: 64 })),
  reason: Type.Optional(LedgerReason),
  note: Type.Optional(Type.String({ maxLength: 500 }))
})
export type LedgerEntry = Static<typeof LedgerEntry>

/** How many calls are to be rung back, and how many of these are overdue. */
export const RingBackCount = Type.Object({
  open: Type.Integer({ minimum: 0 }),
  overdue: Type.Integer({ minimum: 0 })
})
export type RingBackCount = Static<typeof RingBackCount>

const rev = Type.Integer({ minimum: 0 })
export const RevisedAlarm = Type.Object({ rev, alarm: Alarm })
export type RevisedAlarm = Static<typeof RevisedAlarm>
export const RevisedEntry = Type.Object({ rev, entry: LedgerEntry })
export type RevisedEntry = Static<typeof RevisedEntry>

/** Calls to be rung back, what is due first at the top; `dueAt` by the handler's word or the rule of the line. */
export const RingBacks = Type.Object({
  items: Type.Array(Type.Object({ rev, dueAt: Type.Number({ description: 'Epoch ms' }), entry: LedgerEntry }), {
    maxItems: 100
  }),
  more: Type.Integer({ minimum: 0 })
})
export type RingBacks = Static<typeof RingBacks>

/** What happens on the board, as a supervisor's log keeps it. */
export const BoardEvent = Type.Union([
  Type.Object({ type: Type.Literal('alarm.raised'), rev, data: Alarm }),
  Type.Object({ type: Type.Literal('alarm.ended'), rev, data: Alarm }),
  /** New, changed or closed: the whole entry. */
  Type.Object({ type: Type.Literal('ledger.entry'), rev, data: LedgerEntry }),
  /** New or changed: the whole hand-over, to both sides. */
  Type.Object({ type: Type.Literal('handover.changed'), rev, data: Handover })
])
export type BoardEvent = Static<typeof BoardEvent>

/**
 * The open alarms, entries and hand-overs a snapshot carries, and those that were over a short while ago; `more`: how many
 * it had no room for.
 */
export const Board = Type.Object({
  alarms: Type.Array(RevisedAlarm, { maxItems: 200 }),
  ledger: Type.Array(RevisedEntry, { maxItems: 500 }),
  /** Absent where there are none. */
  handovers: Type.Optional(Type.Array(RevisedHandover, { maxItems: 200 })),
  more: Type.Integer({ minimum: 0 })
})
export type Board = Static<typeof Board>

const count = Type.Integer({ minimum: 0 })
const line = Type.String({ maxLength: 20 })

/** What could not be counted is never a number. */
const Counted = <T extends TSchema>(value: T) =>
  Type.Union([
    Type.Object({ kind: Type.Literal('counted'), value }),
    Type.Object({ kind: Type.Literal('not-counted'), why: Type.String({ description: 'A code of docs/faults.md' }) })
  ])

export const LineWaiting = Type.Object({
  line,
  waiting: count,
  longestWaitMs: Type.Optional(Type.Number({ description: 'Absent where nobody waits' })),
  unheard: Type.Integer({ minimum: 0, description: 'Beside them: may be over, no switch has said a word since' })
})
export type LineWaiting = Static<typeof LineWaiting>

const LineCounts = {
  offered: count,
  answered: count,
  inTime: count,
  late: Type.Integer({ minimum: 0, description: 'Answered late, left late, or still waiting and late already' }),
  meanWaitMs: Type.Optional(Type.Number({ description: 'Of the answered; absent where there are none' })),
  abandoned: count,
  unknown: Type.Integer({ minimum: 0, description: 'Over, and nobody has said how' })
}
export const LineHour = Type.Object({
  line,
  ...LineCounts,
  steps: Type.Array(Type.Object(LineCounts), { description: 'The same by five minutes, the oldest first' })
})
export type LineHour = Static<typeof LineHour>

export const WallboardSource = Type.Object({
  source: Type.String({ maxLength: 60 }),
  title: Type.Optional(Type.String({ description: 'Of a system of the force’s own' })),
  state: Type.Union([Type.Literal('answers'), Type.Literal('left-alone'), Type.Literal('silent')], {
    description: 'silent: no process says how it stands'
  }),
  leftAloneBy: Type.Integer({ minimum: 0, description: 'Processes that do not ask it now' })
})
export type WallboardSource = Static<typeof WallboardSource>

export const Wallboard = Type.Object({
  force: Type.String({ maxLength: 40 }),
  forces: Type.Array(Type.String(), { description: 'Whose figures this person may ask for' }),
  ageMs: Type.Number({ minimum: 0, description: 'How long ago it was counted' }),
  target: Type.Object({ line, withinMs: Type.Integer(), percent: Type.Number() }),
  waiting: Counted(Type.Object({ lines: Type.Array(LineWaiting), unacked: count })),
  lastHour: Counted(Type.Object({ lines: Type.Array(LineHour) })),
  consoles: Counted(Type.Object({ live: count, hidden: count, stale: count, gone: count })),
  alerts: Counted(
    Type.Object({
      byPriority: Type.Array(count, { minItems: 3, maxItems: 3 }),
      lastTenMinutes: count,
      mostOfOneHandler: count,
      steps: Type.Array(count, { description: 'Of priority 1 and 2 by ten minutes, the oldest first' })
    })
  ),
  budget: Type.Object({ perHour: count, flood: count, shares: Type.Array(Type.Number()) }),
  service: Type.Object({
    level: Type.Integer({ minimum: 0, maximum: 5, description: 'The worst of all gateways' }),
    why: Type.Optional(Type.String())
  }),
  processes: Counted(
    Type.Object({
      gateways: count,
      silent: Type.Integer({ minimum: 0, description: 'Gateways that do not say how they stand' }),
      workers: count,
      sources: Type.Array(WallboardSource)
    })
  )
})
export type Wallboard = Static<typeof Wallboard>
