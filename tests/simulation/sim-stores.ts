import { BUILT_IN_NAMES } from '../../src/lookups/lookup.ts'
import { untilPostgres } from '../../src/operations/postgres.ts'
import type { PostgresNotices } from '../../src/operations/postgres-notices.ts'
import { makeRedisProbe } from '../../src/operations/redis-probe.ts'
import type { Base } from '../../src/wiring/base.ts'
import { GrantBook } from '../../src/wiring/grant-book.ts'
import { probeKey, type Stores, watchStore } from '../../src/wiring/open-stores.ts'
import { makeRedisState } from '../../src/wiring/redis-state.ts'
import { SimNotices } from './sim-notices.ts'
import { SimPool, type SimPostgres } from './sim-postgres.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import type { SimRedis } from './sim-redis.ts'
import { SimRedisLink } from './sim-redis-link.ts'

/** As wiring/open-stores.ts has them. */
const QUERY_POOL = { max: 12, statementMs: 2_000 } as const
const JOURNAL_POOL = { max: 2, statementMs: 1_000 } as const
const LEASE_POOL = { max: 1, statementMs: 900 } as const
const NODES_POOL = { max: 3, statementMs: 1_000 } as const
const URL = 'postgres://simulated/record'

interface Parts {
  readonly process: SimProcess
  readonly random: WorldRandom
  readonly postgres: SimPostgres
  readonly redis: SimRedis
  readonly isReachable: (to: SimProcess) => boolean
}

export interface SimStores extends Stores {
  readonly queries: SimPool
}

/** Both stores as wiring/open-stores.ts opens them: PostgreSQL must answer, Redis need not. */
export async function openSimStores(base: Base, parts: Parts): Promise<SimStores> {
  const { config, health, releases } = base
  const { process, random, postgres, redis } = parts
  const open = (limits: { max: number; statementMs: number }) =>
    new SimPool({
      ...limits,
      ...{ server: postgres, owner: process, random, isReachable: () => parts.isReachable(postgres.process) }
    })
  const queries = open(QUERY_POOL)
  const pool = queries.asPool()
  await untilPostgres(pool, URL, config.database.connectMs)
  const grants = new GrantBook({ read: async () => [], standing: [], clock: base.clock, log: base.log })
  const databaseState = (ok: boolean) => health.set('database', { ok, ...(ok ? {} : { why: 'PostgreSQL is away' }) })
  databaseState(true)
  releases.push(
    'PostgreSQL watch',
    watchStore(() => pool.query('select 1'), databaseState)
  )
  const link = () => {
    const made = new SimRedisLink({
      ...{ server: redis, owner: process, random },
      isReachable: () => parts.isReachable(redis.process)
    })
    releases.push('Redis link', () => made.disconnect())
    return made
  }
  const [commands, subscriber] = [link(), link()]
  const state = makeRedisState(base, {})
  state.onLink(commands.status === 'ready')
  commands.on('ready', () => state.onLink(true))
  commands.on('close', () => state.onLink(false))
  const probe = makeRedisProbe(commands.asRedis(), probeKey(config.keyPrefix, base.node))
  releases.push('Redis watch', watchStore(probe, state.onProbe))
  return {
    ...{ queries, pool, searchPool: pool, databaseState, grants },
    lookupPools: Object.fromEntries(BUILT_IN_NAMES.map(name => [name, pool])) as Stores['lookupPools'],
    journalPool: open(JOURNAL_POOL).asPool(),
    alarmPool: pool,
    upkeepPool: pool,
    leasePool: open(LEASE_POOL).asPool(),
    nodesPool: open(NODES_POOL).asPool(),
    recordsPool: pool,
    listen: to => new SimNotices({ ...parts, to }) as unknown as PostgresNotices,
    commands: commands.asRedis(),
    subscriber: subscriber.asRedis(),
    connect: () => link().asRedis(),
    isRedisUp: state.isUp
  }
}
