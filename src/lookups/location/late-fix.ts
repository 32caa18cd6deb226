import { hash } from 'node:crypto'
import type { CallId, HandlerId } from '../../call/ids.ts'
import type { LocationFix } from './location.ts'

/*
 * Fixes that come later than the call: what a source sends by itself, or answers after its deadline. They are kept in a
 * record of their own, and each change of it makes the location lookup run again.
 */

/** How a source that answers late stands with a call. */
export const SOURCE_STATES = ['searching', 'none', 'late', 'failed', 'found'] as const
export type SourceState = (typeof SOURCE_STATES)[number]

/** Sources that may answer late, or are asked for long. */
export type LateSource = LocationFix['source']

/** A fix of the record. `id` stands for what the fix says: the same said again is the same fix. */
export interface HeldFix {
  readonly id: string
  readonly fix: LocationFix
  /** Epoch ms. */
  readonly cameAt: number
  /** Who typed it; absent where no person did. */
  readonly by?: HandlerId
  /** The handler who said that the caller is there, of the fix that holds now. */
  readonly confirmed?: { readonly by: HandlerId; readonly at: number }
}

/** Where the incident is, as a handler says who has the call: it is elsewhere than the caller. */
export interface IncidentPlace {
  readonly fix: LocationFix
  readonly by: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/** All that came late of one call, oldest first. */
export interface LateRecord {
  readonly fixes: readonly HeldFix[]
  /** Absent: nobody says that it is elsewhere. */
  readonly incident?: IncidentPlace
  readonly states: readonly { readonly source: LateSource; readonly state: SourceState; readonly at: number }[]
}

export const NO_LATE_RECORD: LateRecord = { fixes: [], states: [] }

/** Where a source leaves what it found out of a live call. Both return at once and never throw. */
export interface LateFixes {
  /** `state`: how the source stands after this, if that is to be said; `by`: who typed it. */
  add(callId: CallId, fix: LocationFix, more?: { readonly state?: SourceState; readonly by?: HandlerId }): void
  /** Nothing found (yet). */
  note(callId: CallId, source: LateSource, state: SourceState): void
}

/** Names what a fix says, for the screen, the record and the handler's command: 40 characters at most. */
export function fixId(fix: LocationFix): string {
  const { source, shape, latitude, longitude, radiusMetres, corners, address, postcode, method, fixedAt } = fix
  const said = JSON.stringify([shape, latitude, longitude, radiusMetres, corners, address, postcode, method, fixedAt])
  return `${source}-${hash('sha256', said, 'base64url').slice(0, 16)}`
}
