import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type pg from 'pg'
import { inTransaction } from '../operations/postgres.ts'
import type { Role, SignOn } from '../pop/address.ts'

const derive = promisify<string, Buffer, number, Buffer>(scrypt)
const KEY_BYTES = 32
/** Any number of our own, the same in every gateway. */
const SIGN_ON_LOCK = 719_203_115

export interface HandlerAccount {
  readonly handler: string
  readonly name: string
  readonly force: string
  readonly role: Role
  readonly grants: readonly string[]
  readonly lines: readonly string[]
  readonly acdQueues: readonly string[]
}

export interface Position {
  readonly position: string
  readonly name: string
  readonly force: string
  readonly devices: readonly string[]
}

interface AccountRow {
  readonly handler: string
  readonly name: string
  readonly force: string
  readonly role: Role
  readonly grants: string[]
  readonly lines: string[]
  readonly acd_queues: string[]
  readonly password: string
}

/** `salt:key`, both base64url; scrypt with Node's standard cost. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `${salt.toString('base64url')}:${(await derive(password, salt, KEY_BYTES)).toString('base64url')}`
}

/** The account, when the password is its. An unknown handler takes as long as a wrong password. */
export async function verifyHandler(
  pool: pg.Pool,
  handler: string,
  password: string
): Promise<HandlerAccount | undefined> {
  const { rows } = await pool.query<AccountRow>('select * from handler where handler = $1', [handler])
  const row = rows[0]
  const [salt = '', key = ''] = (row?.password ?? `AAAAAAAAAAAAAAAAAAAAAA:${'A'.repeat(43)}`).split(':')
  const derived = await derive(password, Buffer.from(salt, 'base64url'), KEY_BYTES)
  const stored = Buffer.from(key, 'base64url')
  const isTheirs = stored.length === derived.length && timingSafeEqual(stored, derived)
  return row !== undefined && isTheirs ? toAccount(row) : undefined
}

export async function listHandlers(pool: pg.Pool): Promise<HandlerAccount[]> {
  const { rows } = await pool.query<AccountRow>('select * from handler order by handler')
  return rows.map(toAccount)
}

export async function listPositions(pool: pg.Pool): Promise<Position[]> {
  const { rows } = await pool.query<Position>('select position, name, force, devices from position order by position')
  return rows
}

/**
 * Puts the handler at the position. Undefined: no such position, or one of another force. Who sat there before, and
 * where this handler sat before, is signed off (hot desk).
 */
export async function putSignOn(
  pool: pg.Pool,
  account: HandlerAccount,
  position: string,
  at: number
): Promise<{ readonly signOn: SignOn; readonly replaced: readonly string[] } | undefined> {
  return inTransaction(pool, async client => {
    // Desks are taken one at a time: everybody sits down at once when a shift begins.
    await client.query('select pg_advisory_xact_lock($1)', [SIGN_ON_LOCK])
    const { rows } = await client.query<Position>(
      'select position, name, force, devices from position where position = $1',
      [position]
    )
    const found = rows[0]
    const isTheirs = found !== undefined && (found.force === account.force || account.grants.includes(found.force))
    const replaced = isTheirs ? await sitDown(client, account.handler, position, at) : []
    return isTheirs ? { signOn: toSignOn(account, found), replaced } : undefined
  })
}

/** Answers who sat there before. */
async function sitDown(client: pg.PoolClient, handler: string, position: string, at: number): Promise<string[]> {
  const { rows } = await client.query<{ handler: string }>(
    'delete from sign_on where position = $2 and handler <> $1 returning handler',
    [handler, position]
  )
  await client.query(
    `insert into sign_on (handler, position, since_at) values ($1, $2, $3)
     on conflict (handler) do update set position = excluded.position, since_at = excluded.since_at`,
    [handler, position, Math.round(at)]
  )
  return rows.map(row => row.handler)
}

export async function endSignOn(pool: pg.Pool, handler: string): Promise<void> {
  await pool.query('delete from sign_on where handler = $1', [handler])
}

/**
 * Who signed on at `sinceAt` (epoch ms) or later, with the mutual-aid grants of calls that hold `at`; an older sign-on is a shift
 * that has ended.
 */
export async function listSignOns(pool: pg.Pool, sinceAt: number, at: number): Promise<SignOn[]> {
  const { rows } = await pool.query<AccountRow & { position: string; devices: string[]; position_name: string }>(
    `select handler.*, grants || array(
       select owner_force from mutual_aid
       where to_force = handler.force and 'calls' = any(covers) and $2 >= from_at and $2 < until_at
         and owner_force <> all (handler.grants)
     ) as grants, position.position, position.devices, position.name as position_name
     from sign_on join handler using (handler) join position using (position) where sign_on.since_at >= $1`,
    [Math.round(sinceAt), Math.round(at)]
  )
  return rows.map(row =>
    toSignOn(toAccount(row), {
      position: row.position,
      name: row.position_name,
      force: row.force,
      devices: row.devices
    })
  )
}

function toAccount(row: AccountRow): HandlerAccount {
  const { handler, name, force, role, grants, lines, acd_queues } = row
  return { handler, name, force, role, grants, lines, acdQueues: acd_queues }
}

function toSignOn(account: HandlerAccount, { position, devices }: Position): SignOn {
  return { ...account, position, devices }
}
