/*
 * Revisions of a card: the generation of its call, and what has been said in it. The record counts no messages: what a
 * screen is shown by it alone has the first number of its generation.
 */

/** A call changes no more often than this between two restarts; its revisions stay apart from the next generation's. */
const CHANGES_PER_GENERATION = 1_000_000

export function revisionOf(generation: number, changes: number): number {
  return generation * CHANGES_PER_GENERATION + changes
}

/** Which generation of its call said this. */
export function generationOf(rev: number): number {
  return Math.floor(rev / CHANGES_PER_GENERATION)
}

/** No gateway that has the call has said this: it is as the record has it. */
export function isByRecord(rev: number): boolean {
  return rev % CHANGES_PER_GENERATION === 0
}
