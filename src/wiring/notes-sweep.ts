import type { Call } from '../call/call.ts'
import { interval, type Stop } from '../operations/lifecycle.ts'
import type { PopCourier } from '../pop/pop-courier.ts'

const EVERY_MS = 3_000
/** Asked again in one turn: of a record that is still away, each waits for its deadline. */
export const MAX_NOTES_AGAIN = 20

interface Parts {
  readonly courier: Pick<PopCourier, 'withoutNotes'>
  /** For the notes of this call alone; returns at once. */
  readonly ask: (call: Call) => void
}

/**
 * Calls whose notes could not be asked for, until they can: a caller's history that failed is looked for again by hand, what
 * colleagues have written of the call that goes on must be there as soon as the record is.
 */
export function startNotesSweep(parts: Parts, everyMs = EVERY_MS): Stop {
  return interval(() => sweepNotes(parts), everyMs)
}

/** One turn. */
export function sweepNotes({ courier, ask }: Parts): void {
  for (const call of courier.withoutNotes(MAX_NOTES_AGAIN)) ask(call)
}
