import pg from 'pg'

/**
 * Whoever waits for a table that calls are written to has all of them wait behind: no longer than this, milliseconds,
 * which is as long as an event waits for PostgreSQL before it goes to the disk (journal/postgres-journal.ts).
 */
export const LOCK_WITHIN_MS = 100

/** Not gained in that time, or broken off so that two do not wait for each other. */
const LOCKED = new Set(['55P03', '40P01'])

/** True when a statement was broken off because others have what it wanted to lock; tried again it may well succeed. */
export function isLocked(thrown: unknown): boolean {
  return LOCKED.has(stateOf(thrown))
}

/** True when a statement was broken off because it took longer than it may. */
export function isTooLong(thrown: unknown): boolean {
  return stateOf(thrown) === '57014'
}

function stateOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
  return cause instanceof pg.DatabaseError ? (cause.code ?? '') : ''
}
