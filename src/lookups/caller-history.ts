import type { Call } from '../call/call.ts'
import { isByAnotherWay, isVouchedFor } from '../call/correlate.ts'
import { type AskForces, askOwnForce } from './forces-asked.ts'
import { type Lookup, NOBODY } from './lookup.ts'
import { numbersAsked } from './numbers-asked.ts'

/** An earlier contact of one of the call's numbers, and the incident it led to. */
export interface EarlierContact {
  readonly callId: string
  readonly e164: string
  /** That contact's network vouched for the number; else its caller only showed it. */
  readonly isNetwork: boolean
  readonly line: string
  readonly offeredAt: number
  /** Of one that is counted as recent: how it came, by which the same contact is told from a repeat. */
  readonly way?: Pick<Call, 'trunk' | 'route' | 'releasedAt'> & { readonly isTest: boolean }
  readonly result?: string
  readonly summary?: string
  readonly incident?: { readonly reference: string; readonly type: string; readonly status: string }
}

export interface EarlierContacts {
  readonly items: readonly EarlierContact[]
  /** All there are, shown or not. */
  readonly total: number
  /** Of these, how many the number asked for as `recent` has made since. */
  readonly recent: number
  /** And how many within each of `CALL_PATTERNS`, in its order. */
  readonly counts: readonly number[]
}

const HOUR_MS = 3_600_000

/** So many earlier calls within such a time are more than chance; the shortest that holds is the one to say. */
export const CALL_PATTERNS = [
  { withinMs: HOUR_MS, least: 2 },
  { withinMs: 24 * HOUR_MS, least: 3 },
  { withinMs: 7 * 24 * HOUR_MS, least: 5 },
  { withinMs: 30 * 24 * HOUR_MS, least: 10 }
] as const

export interface CallPattern {
  readonly count: number
  readonly withinMs: number
}

/** Calls of the caller's number shortly before this one. */
export interface RepeatCalls {
  readonly count: number
  readonly withinMs: number
  /** The network vouches for the number they are counted by. */
  readonly isVouchedFor: boolean
}

/** What the history panel shows. */
export interface CallerHistory extends EarlierContacts {
  readonly repeat?: RepeatCalls
  readonly pattern?: CallPattern
}

export type FindEarlierContacts = (
  ask: {
    readonly forces: readonly string[]
    readonly e164s: readonly string[]
    readonly excludeCallId: string
    readonly limit: number
    /** Contacts of this number from `sinceAt` to `untilAt` (epoch ms) are counted apart. */
    readonly recent: { readonly e164: string; readonly sinceAt: number; readonly untilAt: number }
  },
  signal: AbortSignal
) => Promise<EarlierContacts>

const NO_CALL = '00000000-0000-0000-0000-000000000000'

/** Earlier contacts of both the network and the presentation number, newest first. */
export function makeHistoryLookup({
  earlierContacts,
  deadlineMs,
  limit,
  repeatWithinMs,
  forcesOf = askOwnForce,
  now
}: {
  earlierContacts: FindEarlierContacts
  deadlineMs: number
  limit: number
  /** An earlier call of the number so long ago makes this one a repeat. */
  repeatWithinMs: number
  forcesOf?: AskForces
  now: () => number
}): Lookup<CallerHistory> {
  return {
    name: 'history',
    source: 'Force record',
    deadlineMs,
    showsLinks: true,
    goesByCaller: true,
    without: call => forcesOf(call, 'calls').without,
    probe: signal => {
      const recent = { e164: NOBODY.e164s[0], sinceAt: now() - repeatWithinMs, untilAt: now() }
      return earlierContacts({ ...NOBODY, excludeCallId: NO_CALL, limit, recent }, signal)
    },
    ask: async (call, signal) => {
      const e164s = numbersAsked(call)
      if (e164s.length === 0) return { kind: 'not-asked', why: 'no-cli' }
      const forces = forcesOf(call, 'calls').asked
      const [e164 = ''] = e164s
      const recent = { e164, sinceAt: call.offeredAt - repeatWithinMs, untilAt: call.offeredAt }
      const found = await earlierContacts({ forces, e164s, excludeCallId: call.callId, limit, recent }, signal)
      if (found.total === 0) return { kind: 'none' }
      const same = notCountedOf(call, found)
      const count = found.recent - same.length
      const repeat = { count, withinMs: repeatWithinMs, isVouchedFor: isVouchedFor(call.cli) }
      const pattern = patternOf(call, found, same)
      const marks = { ...(count === 0 ? {} : { repeat }), ...(pattern === undefined ? {} : { pattern }) }
      return { kind: 'found', value: { ...found, ...marks }, asOf: now() }
    }
  }
}

/**
 * When those were offered that do not count: tests are no calls, and one that was offered again by another way is one
 * contact. That is seen of the newest, which are all that is read of each.
 */
function notCountedOf(call: Call, { items }: EarlierContacts): readonly number[] {
  let later: Parameters<typeof isByAnotherWay>[1] = call
  const notCounted: number[] = []
  for (const { line, offeredAt, way } of items) {
    if (way === undefined) continue
    const isSame = isByAnotherWay({ line, ...way }, later)
    if (way.isTest || isSame) notCounted.push(offeredAt)
    if (!way.isTest) later = { line, offeredAt, ...way }
  }
  return notCounted
}

function patternOf(
  { offeredAt }: Call,
  { counts }: EarlierContacts,
  notCounted: readonly number[]
): CallPattern | undefined {
  for (const [at, { withinMs, least }] of CALL_PATTERNS.entries()) {
    const count = (counts[at] ?? 0) - notCounted.filter(same => same >= offeredAt - withinMs).length
    if (count >= least) return { count, withinMs }
  }
  return undefined
}
