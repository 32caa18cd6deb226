import { Ajv } from 'ajv'
import type pg from 'pg'
import Type, { type Static } from 'typebox'
import { Rings } from '../delivery/far-doorbell.ts'

/*
 * What nodes ring each other for through PostgreSQL: ids only, because whoever may read the server's list of queries
 * may read it.
 */

export const CHANNEL = 'callbox_nodes'

const call = Type.String({ minLength: 36, maxLength: 36 })

/** By the record, which another node asked: this handler has the call now, has written it up, or was the last to. */
const Hand = Type.Object({
  t: Type.Literal('hand'),
  call,
  generation: Type.Integer(),
  handler: Type.String({ maxLength: 64 }),
  did: Type.Union([Type.Literal('taken'), Type.Literal('closed'), Type.Literal('over')])
})
export type Hand = Static<typeof Hand>

/**
 * `link`: what came is no place, but a link to an incident, or the end of one. `note`: nor that, but what was written.
 * `caller`: but what was said of who calls.
 */
const Fix = Type.Object({
  t: Type.Literal('fix'),
  call,
  generation: Type.Integer(),
  change: Type.Integer({ minimum: 0 }),
  link: Type.Optional(Type.Boolean()),
  note: Type.Optional(Type.Boolean()),
  caller: Type.Optional(Type.Boolean())
})

/**
 * `rings`: messages for screens, while Redis is away. `adopted`: another node has the call, in this generation. `hand`:
 * a handler did something with it at a node that does not have it. `silent`: the node that has it is asked to mark it,
 * for this handler. `fix`: what comes late of a call has this change in the record. `nodes`: one has come, or given its lease back. `eisec`: calls are to be asked about, or a log-on is free. `ledger`,
 * `handover`: entries, or hand-overs, were written or changed; the record says which.
 */
const Notice = Type.Union([
  Type.Object({ t: Type.Literal('adopted'), call, generation: Type.Integer() }),
  Hand,
  Type.Object({ t: Type.Literal('silent'), call, handler: Type.String({ maxLength: 64 }) }),
  Fix,
  Type.Object({ t: Type.Literal('nodes') }),
  Type.Object({ t: Type.Literal('eisec') }),
  Type.Object({ t: Type.Literal('ledger'), from: Type.String({ maxLength: 40 }) }),
  Type.Object({ t: Type.Literal('handover'), from: Type.String({ maxLength: 40 }) }),
  Rings
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

/** As it goes over the wire: what another node reads is what was meant here. */
export function toPayload(notice: Notice): string {
  return JSON.stringify(notice)
}

/** PostgreSQL refuses a payload of 8,000 bytes and more. */
export async function notify(pool: pg.Pool, payloads: readonly string[]): Promise<void> {
  await pool.query({
    name: 'notify',
    text: 'select pg_notify($1, payload) from unnest($2::text[]) as payload',
    values: [CHANNEL, payloads]
  })
}
