import { Redis, type RedisOptions } from 'ioredis'
import { Fault, reasonOf } from './errors.ts'
import { after } from './lifecycle.ts'
import type { Log } from './log.ts'

/** `commands` fails fast and never queues; `blocking` is BullMQ's worker; `subscriber` hears the doorbells. */
export type RedisRole = 'commands' | 'blocking' | 'subscriber'

interface Parts {
  readonly url: string
  readonly role: RedisRole
  readonly log: Log
  /** Each time the link comes up or breaks. */
  readonly onState?: (isUp: boolean) => void
}

const CONNECT_MS = 500
const COMMAND_MS = 1_000
const RETRY_MAX_MS = 250

/** Links we have ended ourselves: that they close is no news. */
const ended = new WeakSet<Redis>()

/** The only maker of Redis connections. Connects at once and again by itself; says each change of the link once. */
export function makeRedis({ url, role, log, onState }: Parts): Redis {
  const options: RedisOptions = { ...whereOf(url), ...optionsOf(role) }
  const redis = new Redis({ ...options, replyMapping: 'legacy' })
  let isUp: boolean | undefined
  const say = (now: boolean, thrown?: unknown) => {
    if (isUp === now || ended.has(redis)) return
    isUp = now
    if (now) log.info('redis.up', { what: role })
    else log.fault('redis.lost', new Fault('redis.lost', {}, thrown), { what: role })
    onState?.(now)
  }
  redis.on('ready', () => say(true))
  redis.on('error', thrown => say(false, thrown))
  redis.on('close', () => say(false))
  return redis
}

/** Resolves when the link is up; rejects with `redis.unreachable` after `withinMs`. */
export async function untilRedis(redis: Redis, url: string, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return
  await new Promise<void>((done, fail) => {
    let last: unknown
    const keep = (thrown: unknown) => {
      last = thrown
    }
    const off = after(withinMs, () => {
      redis.off('error', keep)
      redis.off('ready', ready)
      fail(new Fault('redis.unreachable', { where: redisWhere(url) }, last))
    })
    const ready = () => {
      off()
      redis.off('error', keep)
      done()
    }
    redis.on('error', keep)
    redis.once('ready', ready)
  })
}

/** Refuses a Redis that throws keys away when full; one that does not let us ask is taken at its word. */
export async function checkPolicy(redis: Redis, url: string, log: Log): Promise<void> {
  let policy: string | undefined
  try {
    const answer = (await redis.config('GET', 'maxmemory-policy')) as string[]
    policy = answer[1]
  } catch (thrown) {
    log.warn('redis.policy-unknown', { reason: reasonOf(thrown) })
  }
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Fault('redis.eviction-policy', { where: redisWhere(url), policy })
  }
}

/** Ends a link now, without waiting for an answer. */
export function endRedis(redis: Redis): void {
  ended.add(redis)
  redis.disconnect()
}

/** Host and port, or the socket; never the password. */
export function redisWhere(url: string): string {
  const socket = socketOf(url)
  if (socket !== undefined) return socket
  return URL.canParse(url) ? new URL(url).host : 'an address that cannot be read'
}

function socketOf(url: string): string | undefined {
  return /^(?:redis\+)?unix:\/\/(\/.*)$/.exec(url)?.[1]
}

function whereOf(url: string): RedisOptions {
  const socket = socketOf(url)
  if (socket !== undefined) return { path: socket }
  const { hostname, port, username, password, pathname, protocol } = new URL(url)
  return {
    host: hostname,
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {})
  }
}

function optionsOf(role: RedisRole): RedisOptions {
  const all: RedisOptions = {
    connectTimeout: CONNECT_MS,
    keepAlive: 5_000,
    noDelay: true,
    retryStrategy: attempt => Math.min(attempt * 50, RETRY_MAX_MS)
  }
  if (role === 'commands') {
    // A command that cannot go now fails now: its caller holds it in an outbox or goes another way.
    return { ...all, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: COMMAND_MS }
  }
  if (role === 'blocking') return { ...all, maxRetriesPerRequest: null }
  return { ...all, autoResubscribe: true, maxRetriesPerRequest: null }
}
