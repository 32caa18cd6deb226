import type pg from 'pg'
import type { CallId } from '../call/ids.ts'
import type { DisclosureKind } from '../operations/disclosure-schema.ts'

/** What is shown to whom, from where and why. */
export interface Disclosure {
  readonly kind: DisclosureKind
  readonly callId: CallId
  /** Whose call it is. */
  readonly ofForce: string
  readonly handler: string
  readonly position: string
  readonly force: string
  readonly format?: 'json' | 'csv'
  readonly reason?: string
  /** Epoch ms. */
  readonly at: number
}

/** On record before anything is shown; answers its number. A peek goes on until it is ended. Rejects as the record does. */
export async function addDisclosure(pool: pg.Pool, disclosure: Disclosure): Promise<string> {
  const { kind, callId, ofForce, handler, position, force, format, reason, at } = disclosure
  const { rows } = await pool.query<{ id: string }>({
    name: 'add-disclosure',
    text: `insert into disclosure (kind, call_id, call_force, handler, position, force, format, reason, at, until_at, is_over)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $1 <> 'peek') returning disclosure_id::text as id`,
    values: [kind, callId, ofForce, handler, position, force, format ?? null, reason ?? null, Math.round(at)]
  })
  return rows[0]?.id ?? ''
}

/** A peek that nobody has asked on for this long is over, though nobody said so. */
export const PEEK_LAPSES_MS = 15_000

/**
 * The peek goes on until now, or ends. Which call it is of; undefined: it is not this handler's, or is over. Rejects as the
 * record does.
 */
export async function extendPeek(
  pool: pg.Pool,
  { peek, handler, at, isOver }: { peek: string; handler: string; at: number; isOver: boolean }
): Promise<CallId | undefined> {
  const { rows } = await pool.query<{ call_id: CallId }>({
    name: 'extend-peek',
    text: `update disclosure set until_at = greatest(until_at, $3::bigint), is_over = $4
           where disclosure_id = $1 and handler = $2 and kind = 'peek' and not is_over and until_at >= $3::bigint - ${PEEK_LAPSES_MS}
           returning call_id`,
    values: [peek, handler, Math.round(at), isOver]
  })
  return rows[0]?.call_id
}
