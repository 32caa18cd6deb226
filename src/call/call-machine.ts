import type { CallState } from './call.ts'
import type { CallEventKind, StepResult } from './call-event.ts'

/*
 *              queued ◀──────────────┐
 *             ▲      │               │ nobody answered: back to the ACD queue
 *   offered ──┤      ▼               │
 *             └▶ alerting ───────────┘──▶ answered ◀──▶ held
 *                    ▲                        │           │
 *                    └───── transferred ──────┴───────────┘      (or sent on to a queue: queued)
 *   any of them ──▶ released, which is the end
 */
export const NEXT = {
  offered: { queued: 'queued', alerting: 'alerting', answered: 'answered', released: 'released' },
  queued: { alerting: 'alerting', answered: 'answered', released: 'released' },
  alerting: { queued: 'queued', answered: 'answered', released: 'released' },
  answered: { queued: 'queued', held: 'held', transferred: 'alerting', released: 'released' },
  held: { queued: 'queued', retrieved: 'answered', transferred: 'alerting', released: 'released' },
  released: {}
} as const satisfies Record<CallState, Partial<Record<CallEventKind, CallState>>>

/** What a state is reached by, so that a repeat is told from an impossible order. */
const REACHED_BY: Record<CallState, CallEventKind> = {
  offered: 'offered',
  queued: 'queued',
  alerting: 'alerting',
  answered: 'answered',
  held: 'held',
  released: 'released'
}

const KEEP_STATE: ReadonlySet<CallEventKind> = new Set<CallEventKind>(['corrected', 'party-joined', 'party-left'])

/**
 * The next state, or why there is none. Never throws: a switch's odd order is data about the switch. Corrections and
 * parties keep every state but `released`.
 */
export function step(state: CallState, kind: CallEventKind): StepResult {
  if (KEEP_STATE.has(kind) && state !== 'released') return { kind: 'changed', state }
  const row: Partial<Record<CallEventKind, CallState>> = NEXT[state]
  const next = row[kind]
  if (next !== undefined) return { kind: 'changed', state: next }
  return { kind: 'ignored', reason: REACHED_BY[state] === kind ? 'already-in-state' : 'not-from-this-state' }
}
