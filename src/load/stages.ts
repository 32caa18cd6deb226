import { PANEL_NAMES } from '../pop/pop.ts'
import { type BookedCall, type CallBook, lacksPop, poppedAt } from './call-book.ts'
import { Latency } from './latency.ts'
import type { Accounts } from './report.ts'

/** What is measured of a call, each from the moment its INVITE was due. */
export const STAGES = {
  sent: 'INVITE left, after it was due',
  answered: 'answered 200, or 180 on a ring leg',
  pop: 'bare pop at the handler',
  popFromSent: 'the same, from when the INVITE left',
  warnings: 'panel: warnings',
  identity: 'panel: identity',
  location: 'panel: location',
  'incidents-nearby': 'panel: incidents nearby',
  history: 'panel: history',
  crimes: 'panel: crimes',
  panels: 'all panels',
  acked: 'acknowledged by the client',
  taken: 'taken by a person, and confirmed'
} as const
export type Stage = keyof typeof STAGES

/** Of one call the ms to each stage; undefined where it was awaited and never came. */
export function timesOf(call: BookedCall, dueAt: number): Partial<Record<Stage, number | undefined>> {
  const since = (at: number | undefined) => (at === undefined ? undefined : at - dueAt)
  const panel = (name: (typeof PANEL_NAMES)[number]) => since(call.panels.get(name))
  const panels = PANEL_NAMES.map(panel)
  const popped = poppedAt(call)
  const isWhole = panels.every(ms => ms !== undefined)
  return {
    sent: since(call.inviteAt),
    answered: since(call.answeredAt),
    ...(call.refusedWith === undefined
      ? {
          pop: since(popped),
          popFromSent: popped === undefined ? undefined : popped - call.inviteAt,
          warnings: panel('warnings'),
          identity: panel('identity'),
          location: panel('location'),
          'incidents-nearby': panel('incidents-nearby'),
          history: panel('history'),
          crimes: panel('crimes'),
          panels: isWhole ? Math.max(...panels.map(ms => ms ?? 0)) : undefined,
          acked: since(call.ackedAt),
          // Whoever gave up was not waited for, and what ended before a hand moved was not taken.
          ...(call.takenAt === undefined ? {} : { taken: since(call.takenAt) })
        }
      : {})
  }
}

export function makeStages(): Record<Stage, Latency> {
  const made = Object.keys(STAGES).map(stage => [stage, new Latency()] as const)
  return Object.fromEntries(made) as Record<Stage, Latency>
}

export function addTimes(stages: Record<Stage, Latency>, times: ReturnType<typeof timesOf>): void {
  for (const [stage, ms] of Object.entries(times)) stages[stage as Stage].add(ms)
}

/** What became of all calls, those of the warm-up too. */
export function accountFor({ calls, strangers }: CallBook): Accounts {
  const count = (is: (call: BookedCall) => boolean) => calls.reduce((sum, call) => sum + (is(call) ? 1 : 0), 0)
  return {
    offered: calls.length,
    answered: count(call => call.answeredAt !== undefined),
    refused: count(call => call.refusedWith !== undefined),
    unanswered: count(call => call.answeredAt === undefined && call.refusedWith === undefined),
    lost: count(lacksPop),
    lostAtSome: count(call => lacksPop(call) && call.pops.size > 0),
    withoutPanels: count(call => call.refusedWith === undefined && lacksPanels(call)),
    doubled: count(call => call.doubled > 0),
    wrong: count(call => call.wrong > 0),
    passedOn: count(call => call.passedOn > 0),
    acked: count(call => call.ackedAt !== undefined),
    taken: count(call => call.takenAt !== undefined),
    strangers
  }
}

/** Whether nothing more is awaited of any call. */
export function isSettled({ calls }: CallBook): boolean {
  return calls.every(
    call => call.refusedWith !== undefined || (!lacksPop(call) && !lacksPanels(call) && call.ackedAt !== undefined)
  )
}

/** Of those that every call has: units, notes and a force's own systems come beside them, or not at all. */
function lacksPanels({ panels }: BookedCall): boolean {
  return PANEL_NAMES.some(name => !panels.has(name))
}
