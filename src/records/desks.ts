import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import Type, { type Static } from 'typebox'
import { inTransaction } from '../operations/postgres.ts'
import { Role } from '../pop/address.ts'
import { hashPassword } from './handlers.ts'

const strict = { additionalProperties: false } as const
const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$' })
const name = Type.String({ minLength: 1, maxLength: 80 })
const list = (max: number) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: max, uniqueItems: true })

/** Who may sign on, and where: what `callbox desks` reads. Whatever it names is put; nothing is taken away. */
export const Desks = Type.Object(
  {
    positions: Type.Array(Type.Object({ position: id, name, force: id, devices: list(20) }, strict), {
      maxItems: 5_000
    }),
    handlers: Type.Array(
      Type.Object(
        {
          handler: id,
          name,
          force: id,
          lines: list(50),
          role: Type.Optional(Role),
          acdQueues: Type.Optional(list(200)),
          /** Forces whose calls this handler may see besides: a named mutual-aid grant. */
          grants: Type.Optional(list(60))
        },
        strict
      ),
      { maxItems: 20_000 }
    )
  },
  strict
)
export type Desks = Static<typeof Desks>

export interface NewHandler {
  readonly handler: string
  readonly password: string
}

const PASSWORD_BYTES = 12

/**
 * Puts positions and handlers in one transaction. A handler who is new gets a password that nobody chose, answered
 * here once and kept only as a hash; one who is known keeps theirs, unless `resetPasswords` asks for new ones.
 */
export async function putDesks(
  pool: pg.Pool,
  { positions, handlers }: Desks,
  { resetPasswords }: { readonly resetPasswords: boolean }
): Promise<readonly NewHandler[]> {
  return inTransaction(pool, async client => {
    for (const { position, name, force, devices } of positions) {
      await client.query(
        `insert into position (position, name, force, devices) values ($1, $2, $3, $4)
         on conflict (position) do update set name = excluded.name, force = excluded.force, devices = excluded.devices`,
        [position, name, force, devices]
      )
    }
    const { rows } = await client.query<{ handler: string }>('select handler from handler')
    const known = new Set(rows.map(row => row.handler))
    const fresh: NewHandler[] = []
    for (const handler of handlers) {
      const password = await putHandler(client, handler, resetPasswords || !known.has(handler.handler))
      if (password !== undefined) fresh.push({ handler: handler.handler, password })
    }
    return fresh
  })
}

async function putHandler(
  client: pg.PoolClient,
  { handler, name, force, lines, role = 'handler', acdQueues = [], grants = [] }: Desks['handlers'][number],
  needsPassword: boolean
): Promise<string | undefined> {
  const password = needsPassword ? randomBytes(PASSWORD_BYTES).toString('base64url') : undefined
  await client.query(
    `insert into handler (handler, name, force, lines, acd_queues, grants, password, role)
     values ($1, $2, $3, $4, $5, $6, $7, $9)
     on conflict (handler) do update set name = excluded.name, force = excluded.force, lines = excluded.lines,
       acd_queues = excluded.acd_queues, grants = excluded.grants, role = excluded.role,
       password = case when $8 then excluded.password else handler.password end`,
    [
      handler,
      name,
      force,
      lines,
      acdQueues,
      grants,
      password === undefined ? '' : await hashPassword(password),
      password !== undefined,
      role
    ]
  )
  return password
}
