import { Ajv } from 'ajv'
import type pg from 'pg'
import Type, { type Static } from 'typebox'

/*
 * What nodes ring each other for through PostgreSQL: ids only, because whoever may read the server's list of queries
 * may read it.
 */

export const CHANNEL = 'callbox_nodes'
/** PostgreSQL refuses 8,000 bytes and more. */
export const NOTICE_MAX_BYTES = 7_900

const call = Type.String({ minLength: 36, maxLength: 36 })

/** `adopted`: another node has the call, in this generation. `left`: a node gave its lease back. */
const Notice = Type.Union([
  Type.Object({ t: Type.Literal('adopted'), call, generation: Type.Integer() }),
  Type.Object({ t: Type.Literal('left') })
])
export type Notice = Static<typeof Notice>
const isNotice = new Ajv({ strict: false }).compile<Notice>(Notice)

/** Undefined for what a node of another version says. */
export function readNotice(payload: string): Notice | undefined {
  try {
    const notice: unknown = JSON.parse(payload)
    return isNotice(notice) ? notice : undefined
  } catch {
    return undefined
  }
}

export async function notify(pool: pg.Pool, notice: Notice): Promise<void> {
  await pool.query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [CHANNEL, JSON.stringify(notice)] })
}
