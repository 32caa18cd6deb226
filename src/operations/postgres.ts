import pg from 'pg'
import { Fault, reasonOf } from './errors.ts'
import { after } from './lifecycle.ts'
import type { Log } from './log.ts'

interface Parts {
  readonly url: string
  /** For the log and for PostgreSQL's own list of sessions. */
  readonly name: string
  readonly max: number
  /** A statement longer than this is broken off by the server. */
  readonly statementMs: number
  /**
   * Statements are planned once for each link, for those where to plan takes longer than to find. Each of them must plan
   * well without its values (docs/decisions/0007).
   */
  readonly keepsPlans?: boolean
  readonly log: Log
}

const CONNECT_MS = 1_000
const RETRY_EVERY_MS = 50
/** SQLSTATE classes: link broken, no room or no connection left, ended or told to wait by somebody, the system under it. */
const AWAY_CLASSES = new Set(['08', '53', '57', '58'])
/** SQLSTATE classes in which the row itself is at fault, so that writing it again cannot help. */
const POISON_CLASSES = new Set(['22', '23', '42', '54'])

// Times and counts as numbers: they are epoch milliseconds and small counts, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** A pool that answers or fails fast: with `record.away` where it is the server that does not answer. */
export function makePool({ url, name, max, statementMs, keepsPlans = false, log }: Parts): pg.Pool {
  const pool = new pg.Pool({
    ...postgresLink(url),
    max,
    application_name: `callbox-${name}`,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    // The server's own timeout cannot fire when the server is gone without a word.
    query_timeout: statementMs + 500,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(keepsPlans ? { options: '-c plan_cache_mode=force_generic_plan' } : {})
  })
  pool.on('error', thrown => log.fault('database.lost', new Fault('database.lost', {}, thrown), { what: name }))
  // While a link is lent to somebody the pool does not listen to it, and one that broke then would end the process. Whoever
  // has it learns it from what they ask next.
  pool.on('connect', client =>
    client.on('error', thrown => log.debug('database.link', { what: name, reason: reasonOf(thrown) }))
  )
  pool.query = saysAway(pool.query.bind(pool))
  pool.connect = saysAway(pool.connect.bind(pool))
  return pool
}

/** Only with promises, as everything here asks. */
function saysAway<Ask extends (...args: never[]) => unknown>(ask: Ask): Ask {
  return (async (...args: never[]) => {
    try {
      return await ask(...args)
    } catch (thrown) {
      throw asAway(thrown)
    }
  }) as unknown as Ask
}

/** For what is asked of one connection of a pool. */
export function asAway(thrown: unknown): unknown {
  return thrown instanceof Fault || !isAway(thrown) ? thrown : new Fault('record.away', {}, thrown)
}

/** One connection for all that `run` asks, as for a transaction; one that broke meanwhile goes to nobody after it. */
export async function withConnection<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let isBroken = false
  try {
    return await run(client)
  } catch (thrown) {
    isBroken = isAway(thrown)
    throw asAway(thrown)
  } finally {
    client.release(isBroken)
  }
}

/** All that `run` asks of this link, or none of it. What broke it is told, also where the link went with it. */
export async function transaction<T>(client: pg.ClientBase, run: () => Promise<T>): Promise<T> {
  try {
    await client.query('begin')
    const done = await run()
    await client.query('commit')
    return done
  } catch (thrown) {
    // A link that is gone has rolled back by itself.
    await client.query('rollback').catch(() => undefined)
    throw thrown
  }
}

/** The same on a link of its own. */
export function inTransaction<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withConnection(pool, client => transaction(client, () => run(client)))
}

/** A statement that this process waits for longer than its pool does. `query_timeout` is pg's own, and missing in its types. */
export function patient(
  text: string,
  { withinMs, values = [] }: { readonly withinMs: number; readonly values?: readonly unknown[] }
): pg.QueryConfig & { readonly query_timeout: number } {
  return { text, values: [...values], query_timeout: withinMs }
}

/** Resolves at the first answer; rejects with `database.unreachable` after `withinMs`. */
export async function untilPostgres(pool: pg.Pool, url: string, withinMs: number): Promise<void> {
  const endsAt = performance.now() + withinMs
  for (;;) {
    try {
      await pool.query('select 1')
      return
    } catch (thrown) {
      const why = thrown instanceof Fault ? thrown.cause : thrown
      if (performance.now() > endsAt) throw new Fault('database.unreachable', { where: postgresWhere(url) }, why)
    }
    await new Promise<void>(resolve => {
      after(RETRY_EVERY_MS, resolve)
    })
  }
}

/** True when this row can never be written, whoever asks: bad data, not a bad day. */
export function isPoison(thrown: unknown): boolean {
  return thrown instanceof pg.DatabaseError && POISON_CLASSES.has((thrown.code ?? '').slice(0, 2))
}

/** True when the server itself refused or broke off the statement: what it said may be of one row of many. */
export function hasAnswered(thrown: unknown): boolean {
  return (thrown instanceof Fault ? thrown.cause : thrown) instanceof pg.DatabaseError
}

/** True when the server is gone, full or too slow to answer: no fault of this statement's, nor of whoever wrote it. */
export function isAway(thrown: unknown): boolean {
  if (thrown instanceof Fault) return thrown.code === 'record.away'
  if (thrown instanceof pg.DatabaseError) return AWAY_CLASSES.has((thrown.code ?? '').slice(0, 2))
  return thrown instanceof Error && !(thrown instanceof TypeError)
}

/** Host, port and database; never the password. */
export function postgresWhere(url: string): string {
  const { host, port, database } = postgresLink(url)
  return `${host}:${port}/${database}`
}

/** What pg needs to connect to this URL. */
export function postgresLink(
  text: string
): Required<Pick<pg.PoolConfig, 'host' | 'port' | 'database'>> & pg.PoolConfig {
  // A unix socket's URL has no host (postgres://user@/name?host=/folder), which URL itself does not read.
  const url = new URL(text.replace(/^(postgres(?:ql)?:\/\/[^/]*@)\//, '$1localhost/'))
  return {
    host: url.searchParams.get('host') ?? url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.searchParams.get('sslmode') === 'require' ? { ssl: true } : {})
  }
}
