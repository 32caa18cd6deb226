import type { HandlerId } from '../../src/call/ids.ts'
import { makeRandom } from './random.ts'

/*
 * A busy hour of one force, made from a seed: what comes in and what goes wrong, each at its moment. The rates of calls are
 * Hampshire's of August 2020 (876 calls to 999 and 1,114 to 101 a day), at three times the mean hour for 999 and twice for 101;
 * one call in four to 999 silent or abandoned is Wiltshire's. What nobody has published is an assumption, and said so.
 */

const HOUR_MS = 3_600_000
const PER_DAY = { '999': 876, '101': 1_114 } as const
const BUSY = { '999': 3, '101': 2 } as const
/** Of a thousand calls to 999. */
const SILENT = 125
const ABANDONED = 125
/** Assumed, of a thousand of those: a high risk of domestic abuse is on record. */
const AT_RISK = 20
/** Assumed, of a thousand calls: a screen does not acknowledge in time; nobody takes it in time. */
const UNACKED = 2
const NOT_TAKEN = 5
/** Assumed: screens that go out of sight for a while, of each handler, in eight hours; link gaps and levels, of all, in a day. */
const HIDDEN_IN_A_SHIFT = 1
const LINK_GAPS_A_DAY = 2
const LEVELS_A_DAY = 2
const FILLING_A_DAY = 1

export interface PeakEvent {
  /** Ms from the beginning of the hour. */
  readonly at: number
  readonly what: 'silent' | 'abandoned' | 'unacked' | 'not-taken' | 'hidden' | 'link-gap' | 'level' | 'filling' | 'call'
  readonly line: '999' | '101'
  readonly handler: HandlerId
  readonly isAtRisk: boolean
}

/** All that happens in the hour, in its order; `handlers` are those on duty. */
export function makePeakHour(seed: number, handlers: readonly HandlerId[]): readonly PeakEvent[] {
  const { below, pick } = makeRandom(seed)
  const events: PeakEvent[] = []
  const put = (what: PeakEvent['what'], over: Partial<PeakEvent> = {}) =>
    events.push({ at: below(HOUR_MS), what, line: '999', handler: pick(handlers), isAtRisk: false, ...over })
  for (const line of ['999', '101'] as const) {
    const calls = Math.round((PER_DAY[line] / 24) * BUSY[line])
    for (let n = 0; n < calls; n++) put(callOf(line, below), { line, isAtRisk: below(1_000) < AT_RISK })
  }
  for (const handler of handlers) if (below(8) < HIDDEN_IN_A_SHIFT) put('hidden', { handler })
  if (below(24) < LINK_GAPS_A_DAY) put('link-gap')
  if (below(24) < LEVELS_A_DAY) put('level')
  if (below(24) < FILLING_A_DAY) put('filling')
  return events.sort((one, other) => one.at - other.at)
}

function callOf(line: '999' | '101', below: (limit: number) => number): PeakEvent['what'] {
  const lot = below(1_000)
  if (lot < UNACKED) return 'unacked'
  if (lot < UNACKED + NOT_TAKEN) return 'not-taken'
  if (line === '101') return 'call'
  if (lot < UNACKED + NOT_TAKEN + SILENT) return 'silent'
  return lot < UNACKED + NOT_TAKEN + SILENT + ABANDONED ? 'abandoned' : 'call'
}
