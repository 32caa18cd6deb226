import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { openSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { Test } from 'tap'
import { sendSignal } from '../../src/operations/embedded/child-server.ts'
import { type Log, silentLog } from '../../src/operations/log.ts'
import { makePool, untilPostgres } from '../../src/operations/postgres.ts'
import { endRedis, makeRedis, type RedisLink, type RedisRole, untilRedis } from '../../src/operations/redis.ts'
import { migrate } from '../../src/records/migrate.ts'
import { until } from './until.ts'

/*
 * One real PostgreSQL and one real Redis for all test files of a run that come one after the other; files that run beside
 * each other have two of both, so that what a test leaves behind is known to be its own. Whoever needs them first starts
 * the process that keeps them; tests/run.mjs calls `stopStores` at the end.
 */

interface State {
  readonly pid: number
  readonly postgres: string
  readonly redis: string
}

const KEEPER = fileURLToPath(new URL('./stores-keeper.ts', import.meta.url))
const CHECKOUT = createHash('sha256').update(KEEPER).digest('hex').slice(0, 12)
/** The same for every process of this checkout in this row of tap's, and of no other. */
export const STORES_FOLDER = join(tmpdir(), `callbox-test-stores-${CHECKOUT}-${process.env['TAP_JOB_ID'] ?? '0'}`)
/** An empty PostgreSQL to copy, beside them (postgres-template.ts). */
export const POSTGRES_TEMPLATE = `${STORES_FOLDER}-template`
/** The first start may fetch Debian's Redis. */
const START_WITHIN_MS = 120_000
const GONE_WITHIN_MS = 2_000

/** Addresses of the stores of this run, started if they are not there. */
export async function findTestStores(): Promise<State> {
  await mkdir(STORES_FOLDER, { recursive: true, mode: 0o755 })
  await writeFile(join(STORES_FOLDER, 'used'), '')
  const found = await readState()
  if (found !== undefined) return found
  const log = openSync(join(STORES_FOLDER, 'keeper.log'), 'a')
  const keeper = spawn(process.execPath, [KEEPER, STORES_FOLDER], { detached: true, stdio: ['ignore', log, log] })
  keeper.unref()
  let state: State | undefined
  await until(async () => {
    state = await readState()
    return state === undefined ? `no stores in ${STORES_FOLDER} yet; see keeper.log there` : ''
  }, START_WITHIN_MS)
  if (state === undefined) throw new Error('unreachable')
  return state
}

/** Ends the stores and removes their data; keeps the unpacked Redis for the next run. */
export async function stopStores(): Promise<void> {
  const state = await readState()
  if (state !== undefined) {
    sendSignal(state.pid, 'SIGTERM')
    await until(() => (sendSignal(state.pid, 0) ? `keeper ${state.pid} is still there` : ''), 120_000)
  }
  await rm(join(STORES_FOLDER, 'postgres'), { recursive: true, force: true })
  await rm(join(STORES_FOLDER, 'redis', 'appendonlydir'), { recursive: true, force: true })
  await rm(POSTGRES_TEMPLATE, { recursive: true, force: true })
}

async function readState(): Promise<State | undefined> {
  const text = await readFile(join(STORES_FOLDER, 'stores.json'), 'utf8').catch(() => '')
  if (text === '') return undefined
  const state = JSON.parse(text) as State
  return sendSignal(state.pid, 0) ? state : undefined
}

export interface TestDatabase {
  readonly url: string
  readonly pool: pg.Pool
  /** One more pool on it, ended with the test. */
  readonly openPool: (over?: { max?: number; statementMs?: number; url?: string; log?: Log }) => pg.Pool
}

const MIGRATIONS = new URL('../../src/records/migrations/', import.meta.url)
/** Any number: of two tests of one file that want the template at once, one makes it. */
const TEMPLATE_LOCK = 77_310_402

/** A database at this version, to copy in a third of the time; made by the first test that needs one. */
async function migratedTemplate(admin: pg.Pool, url: string): Promise<string> {
  const name = `t_template_${await schemaVersion()}`
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  try {
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1 and datistemplate', [name])
    if (rowCount === 1) return name
    await admin.query(`drop database if exists ${name}`)
    await admin.query(`create database ${name}`)
    const own = url.replace('/callbox?', `/${name}?`)
    const pool = makePool({ url: own, name: 'tests', max: 1, statementMs: 10_000, log: silentLog })
    await migrate(pool, silentLog).finally(() => pool.end())
    await admin.query(`alter database ${name} is_template true`)
    return name
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
}

/** Stores outlive a run that was ended by hand, and a migration that is being written changes. */
async function schemaVersion(): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(MIGRATIONS)).sort()) hash.update(await readFile(new URL(name, MIGRATIONS)))
  return hash.digest('hex').slice(0, 12)
}

/** A database of this test's own, migrated, dropped with it. The test fails when a link to it is left open. */
export async function makeDatabase(t: Test, { isEmpty = false } = {}): Promise<TestDatabase> {
  const { postgres } = await findTestStores()
  const name = `t_${randomBytes(6).toString('hex')}`
  const url = postgres.replace('/callbox?', `/${name}?`)
  const admin = makePool({ url: postgres, name: 'tests', max: 1, statementMs: 10_000, log: silentLog })
  await untilPostgres(admin, postgres, 20_000)
  await admin.query(`create database ${name}${isEmpty ? '' : ` template ${await migratedTemplate(admin, postgres)}`}`)
  const pools: pg.Pool[] = []
  const openPool: TestDatabase['openPool'] = ({
    max = 4,
    statementMs = 2_000,
    url: other = url,
    log = silentLog
  } = {}) => {
    const pool = makePool({ url: other, name: 'tests', max, statementMs, log })
    pools.push(pool)
    return pool
  }
  t.teardown(async () => {
    await Promise.all(pools.map(pool => (pool.ended ? undefined : pool.end())))
    const left = async () => {
      const { rows } = await admin.query<{ query: string }>('select query from pg_stat_activity where datname = $1', [
        name
      ])
      return rows.length === 0 ? '' : `${rows.length} links to the test's database are left open: ${rows[0]?.query}`
    }
    try {
      await until(left, GONE_WITHIN_MS)
    } finally {
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    }
  })
  const pool = openPool()
  return { url, pool, openPool }
}

export interface TestRedis {
  readonly url: string
  readonly keyPrefix: string
  /** For looking in from outside. */
  readonly redis: RedisLink
  /** One more link, up, ended with the test; through `url` where given. */
  readonly connect: (role: RedisRole, url?: string) => Promise<RedisLink>
  /** Keys of this test now. */
  readonly keys: () => Promise<readonly string[]>
}

/**
 * A corner of the shared Redis that is this test's own. The test fails when it leaves links open, keys outside its
 * corner, or keys of ours that would live for ever; BullMQ sweeps its own.
 */
export async function makeRedisPrefix(t: Test): Promise<TestRedis> {
  const { redis: url } = await findTestStores()
  const keyPrefix = `t-${randomBytes(6).toString('hex')}`
  const redis = makeRedis({ url, role: 'commands', log: silentLog })
  await untilRedis(redis, url, 20_000)
  if (corners.size === 0) linksOfOthers = (await countLinks(redis)) - 1
  corners.add(keyPrefix)
  const links: RedisLink[] = []
  const keys = async () => (await redis.keys('*')).filter(key => key.replace('{', '').startsWith(keyPrefix)).sort()
  t.teardown(async () => {
    for (const link of links) endRedis(link)
    try {
      corners.delete(keyPrefix)
      if (corners.size === 0) await untilNoLinks(redis)
      const own = await keys()
      const strays = (await redis.keys('*')).filter(key => !/^\{?t-[0-9a-f]{12}/.test(key))
      if (strays.length > 0) throw new Error(`keys outside of the test's own: ${strays.join(', ')}`)
      for (const key of own.filter(each => !each.startsWith('{'))) {
        if ((await redis.ttl(key)) === -1) throw new Error(`${key} would live for ever`)
      }
    } finally {
      const own = await keys()
      if (own.length > 0) await redis.del(...own)
      endRedis(redis)
    }
  })
  const connect: TestRedis['connect'] = async (role, other = url) => {
    const link = makeRedis({ url: other, role, log: silentLog })
    links.push(link)
    await untilRedis(link, other, 20_000)
    return link
  }
  return { url, keyPrefix, redis, connect, keys }
}

/** Corners of this process that are open, and the links to Redis that were there before the first. */
const corners = new Set<string>()
let linksOfOthers = 0

async function untilNoLinks(redis: RedisLink): Promise<void> {
  await until(async () => {
    const left = (await countLinks(redis)) - linksOfOthers - 1
    return left > 0 ? `${left} links to Redis are left open` : ''
  }, GONE_WITHIN_MS)
}

async function countLinks(redis: RedisLink): Promise<number> {
  const list = (await redis.client('LIST')) as string
  return list.trim().split('\n').length
}
