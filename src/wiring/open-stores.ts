import type pg from 'pg'
import { BUILT_IN_NAMES, type BuiltInName } from '../lookups/lookup.ts'
import { lockDataDir } from '../operations/embedded/data-lock.ts'
import { runningPostgres, startPostgresServer } from '../operations/embedded/postgres-server.ts'
import { Fault } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { makePool, postgresWhere, untilPostgres } from '../operations/postgres.ts'
import { type ListenParts, PostgresNotices } from '../operations/postgres-notices.ts'
import {
  checkPolicy,
  endRedis,
  makeRedis,
  onOtherServer,
  type RedisLink,
  type RedisRole,
  untilRedis
} from '../operations/redis.ts'
import { redisWhere } from '../operations/redis-place.ts'
import { makeRedisProbe } from '../operations/redis-probe.ts'
import { findStores, type StorePlace } from '../operations/stores.ts'
import { migrate } from '../records/migrate.ts'
import type { Base } from './base.ts'
import { type GrantBook, startGrants } from './grant-book.ts'
import { makeRedisState } from './redis-state.ts'

export interface Stores {
  /** For sign-on, receipts and everything a person waits for. */
  readonly pool: pg.Pool
  /** For what handlers search by hand: however long that takes, nothing else waits for it. */
  readonly searchPool: pg.Pool
  /** One for each lookup, so that one whose tables are locked holds up neither the others nor a person. */
  readonly lookupPools: Readonly<Record<BuiltInName, pg.Pool>>
  /** For the journal alone, so that a slow lookup never stands before it. */
  readonly journalPool: pg.Pool
  /** For alarms and for pops that go on to others: neither waits behind a person's question. */
  readonly alarmPool: pg.Pool
  /** For the lease alone: nothing that is slow may make this node look dead. */
  readonly leasePool: pg.Pool
  /** For taking calls over from other nodes. */
  readonly nodesPool: pg.Pool
  /** For the months of the record and for what is deleted by age: beside everything else, and slowly. */
  readonly upkeepPool: pg.Pool
  /** For records that systems of the forces send: a large batch keeps nobody waiting but its sender. */
  readonly recordsPool: pg.Pool
  /** One more link of PostgreSQL, which hears what others notify. */
  readonly listen: (to: Pick<ListenParts, 'channel' | 'onNotice' | 'onUp'>) => PostgresNotices
  readonly commands: RedisLink
  readonly subscriber: RedisLink
  /** One more link, ended with the others. */
  readonly connect: (role: RedisRole) => RedisLink
  readonly isRedisUp: () => boolean
  /** The journal has more to say of PostgreSQL than any probe. */
  readonly databaseState: (ok: boolean) => void
  /** What the forces let each other see. */
  readonly grants: GrantBook
}

const QUERY_POOL = { max: 12, statementMs: 2_000 } as const
const SEARCH_POOL = { max: 4, statementMs: 3_000 } as const
/** Links of each lookup. */
export const LOOKUP_POOL = { max: 6, statementMs: 2_000, keepsPlans: true } as const
const JOURNAL_POOL = { max: 2, statementMs: 1_000 } as const
const ALARM_POOL = { max: 3, statementMs: 1_000 } as const
const LEASE_POOL = { max: 1, statementMs: 900 } as const
const NODES_POOL = { max: 3, statementMs: 1_000 } as const
const UPKEEP_POOL = { max: 2, statementMs: 60_000 } as const
const RECORDS_POOL = { max: 2, statementMs: 10_000 } as const
const WATCH_MS = 1_000

/**
 * Both stores, reached and at this version. PostgreSQL must answer: without it nothing can be promised to a switch
 * yet. Redis need not: a gateway that starts while Redis is away is at level 2 and says so.
 */
export async function openStores(base: Base): Promise<Stores> {
  const { config, loaded, log, releases } = base
  return openAt(base, await findStores(config, { path: loaded.searchPath, log, releases }))
}

/** For a process beside the gateways: their stores, never servers of its own. Rejects with `worker.no-stores`. */
export async function openOutsideStores(base: Base): Promise<Stores> {
  const place = (what: 'Redis' | 'PostgreSQL', url: string | undefined, where: (url: string) => string): StorePlace => {
    if (url === undefined) throw new Fault('worker.no-stores', { what })
    return { url, detail: { where: where(url), embedded: false } }
  }
  const { redis, database } = base.config
  return openAt(base, {
    redis: place('Redis', redis.url, redisWhere),
    database: place('PostgreSQL', database.url, postgresWhere)
  })
}

async function openAt(
  base: Base,
  places: { readonly redis: StorePlace; readonly database: StorePlace }
): Promise<Stores> {
  const { config, log, releases, health } = base
  const open = (name: string, limits: { max: number; statementMs: number; keepsPlans?: boolean }) => {
    const pool = makePool({ url: places.database.url, name, ...limits, log })
    releases.push(`PostgreSQL pool ${name}`, () => pool.end())
    return pool
  }
  const pool = open('queries', QUERY_POOL)
  await untilPostgres(pool, places.database.url, config.database.connectMs)
  await migrate(pool, log)
  const { detail } = places.database
  const databaseState = (ok: boolean) =>
    health.set('database', {
      ok,
      detail,
      ...(ok ? {} : { why: 'PostgreSQL does not answer: calls are kept on this machine’s disk until it does' })
    })
  databaseState(true)
  releases.push(
    'PostgreSQL watch',
    watchStore(() => pool.query('select 1'), databaseState)
  )
  const lookupPools = Object.fromEntries(BUILT_IN_NAMES.map(name => [name, open(name, LOOKUP_POOL)])) as Record<
    BuiltInName,
    pg.Pool
  >
  const searchPool = open('search', SEARCH_POOL)
  const grants = await startGrants(base, pool)
  const journalPool = open('journal', JOURNAL_POOL)
  const leasePool = open('lease', LEASE_POOL)
  const nodesPool = open('nodes', NODES_POOL)
  const alarmPool = open('alarms', ALARM_POOL)
  const upkeepPool = open('upkeep', UPKEEP_POOL)
  const recordsPool = open('records', RECORDS_POOL)
  const listen: Stores['listen'] = to => new PostgresNotices({ ...to, url: places.database.url, log })
  const redis = await openRedis(base, places.redis)
  return {
    pool,
    searchPool,
    lookupPools,
    journalPool,
    alarmPool,
    upkeepPool,
    recordsPool,
    leasePool,
    nodesPool,
    listen,
    databaseState,
    grants,
    ...redis
  }
}

/**
 * A link to the record alone, at this version, for a command that is soon done: of a running gateway too, whose
 * embedded server it then shares. Closed by `releases`.
 */
export async function openDatabase({ config, log, releases }: Base): Promise<pg.Pool> {
  const { database, dataDir } = config
  let url = database.url ?? (await runningPostgres(dataDir))
  if (url === undefined) {
    releases.push('data folder', await lockDataDir(dataDir))
    const server = await startPostgresServer({ dataDir, log })
    releases.push('embedded PostgreSQL', server.stop)
    url = server.url
  }
  const pool = makePool({ url, name: 'command', max: 1, statementMs: 60_000, log })
  releases.push('PostgreSQL pool command', () => pool.end())
  await untilPostgres(pool, url, database.connectMs)
  await migrate(pool, log)
  return pool
}

async function openRedis(
  base: Base,
  { url, detail }: StorePlace
): Promise<Pick<Stores, 'commands' | 'subscriber' | 'connect' | 'isRedisUp'>> {
  const { config, loaded, log, releases, node } = base
  const links = new Set<RedisLink>()
  releases.push('Redis links', () => {
    for (const link of links) endRedis(link)
  })
  const connect = (role: RedisRole, onState?: (isUp: boolean) => void) => {
    const { sentinelPassword } = loaded
    const redis = makeRedis({
      ...{ url, role, log },
      ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
      ...(onState === undefined ? {} : { onState })
    })
    links.add(redis)
    redis.once('end', () => links.delete(redis))
    return redis
  }
  const state = makeRedisState(base, detail)
  const commands = connect('commands', state.onLink)
  const subscriber = connect('subscriber')
  const probe = makeRedisProbe(commands, probeKey(config.keyPrefix, node))
  try {
    await untilRedis(commands, url, config.redis.connectMs)
    await checkPolicy(commands, url, log)
    await probe().catch(thrown => state.onProbe(false, thrown))
  } catch (thrown) {
    if (commands.status === 'ready') throw thrown
    log.fault('redis.unreachable', thrown)
  }
  // Whoever took another server's place may have settings of its own.
  const recheck = () => {
    checkPolicy(commands, url, log).catch(thrown => log.fault('redis.policy', thrown))
  }
  releases.push('Redis policy', onOtherServer(commands, recheck))
  // A server that stands still, or a network that swallows everything, keeps its link: only silence tells.
  releases.push('Redis watch', watchStore(probe, state.onProbe))
  return { commands, subscriber, connect: role => connect(role), isRedisUp: state.isUp }
}

/** Written by one process and read by nobody: whether it can be written is all that is asked. */
export function probeKey(keyPrefix: string, node: string): string {
  return `${keyPrefix}:probe:${node}`
}

/** Asks every second; one question at a time. */
export function watchStore(ask: () => Promise<unknown>, say: (ok: boolean, thrown?: unknown) => void): () => void {
  let isAsking = false
  return interval(() => {
    if (isAsking) return
    isAsking = true
    ask()
      .then(
        () => say(true),
        // Its link or pool has logged why, where that is all there is to it.
        (thrown: unknown) => say(false, thrown)
      )
      .finally(() => {
        isAsking = false
      })
  }, WATCH_MS)
}
