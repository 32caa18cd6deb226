import type { Socket } from 'node:net'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { Fault, reasonOf } from './errors.ts'
import { after, interval, type Stop } from './lifecycle.ts'
import type { Log } from './log.ts'
import { parseRedisPlace, type RedisPlace, redisWhere } from './redis-place.ts'
import { inTurns } from './redis-turns.ts'

/** `commands` fails fast and never queues; `blocking` is BullMQ's worker; `subscriber` hears the doorbells. */
export type RedisRole = 'commands' | 'blocking' | 'subscriber'

/** One server, the master that Sentinels name, or a Cluster: to whoever asks they are the same. */
export type RedisLink = Redis | Cluster

/** Answers in the shapes of the older protocol, which is what the commands' types say. */
type LinkOptions = RedisOptions & { replyMapping: 'legacy' }

interface Parts {
  readonly url: string
  readonly role: RedisRole
  readonly log: Log
  /** Of the Sentinels themselves, where they have one. */
  readonly sentinelPassword?: string
  /** Each time the link comes up or breaks. */
  readonly onState?: (isUp: boolean) => void
}

const CONNECT_MS = 500
const COMMAND_MS = 1_000
const RETRY_MAX_MS = 250
/** Each link is asked this often whether it still hears anything. */
const PING_MS = 1_000
/** A link that has not heard an answer for so long is dead, however open its socket is, and another one is opened. */
const SILENT_MS = 2_500
const SENTINEL_RETRY_MS = 1_000
/** A dead peer never answers the end of a connection either. */
const DISCONNECT_MS = 100
/** Where the masters of a Cluster are is asked this often, so that a frozen one is left when another has its slots. */
const SLOTS_MS = 1_000

/** Links we have ended ourselves: that they close is no news. */
const ended = new WeakSet<RedisLink>()
/** What watches a link, ended with it. */
const watches = new WeakMap<RedisLink, Stop>()

/** The only maker of Redis connections. Connects at once and again by itself; says each change of the link once. */
export function makeRedis({ url, role, log, sentinelPassword, onState }: Parts): RedisLink {
  const place = parseRedisPlace(url)
  // The config was checked; an address that cannot be read is one that nobody answers at.
  if (place === undefined) throw new Fault('redis.unreachable', { where: redisWhere(url) })
  const link = openLink(place, role, sentinelPassword)
  let isUp: boolean | undefined
  const say = (now: boolean, thrown?: unknown) => {
    if (isUp === now || ended.has(link)) return
    isUp = now
    if (now) log.info('redis.up', { what: role })
    else log.fault('redis.lost', new Fault('redis.lost', {}, thrown), { what: role })
    onState?.(now)
  }
  link.on('ready', () => say(true))
  link.on('error', thrown => say(false, thrown))
  link.on('close', () => say(false))
  const awaited = new Set<Stop>()
  const stopPings = interval(() => pingLink(link, awaited), PING_MS)
  const stopMaster = place.shape === 'sentinel' ? watchMaster(place, link, sentinelPassword) : () => {}
  const stopSlots =
    link instanceof Cluster ? interval(() => link.status === 'ready' && link.refreshSlotsCache(), SLOTS_MS) : () => {}
  const stop = () => {
    stopPings()
    stopSlots()
    stopMaster()
    for (const letGo of awaited) letGo()
  }
  watches.set(link, stop)
  link.once('end', stop)
  return link
}

/** Resolves when the link is up; rejects with `redis.unreachable` after `withinMs`. */
export async function untilRedis(link: RedisLink, url: string, withinMs: number): Promise<void> {
  if (link.status !== 'ready') await untilReady(link, url, withinMs)
  // The way to each node is opened with the first command for it, which had better be none that matters.
  if (link instanceof Cluster) await Promise.allSettled(link.nodes('master').map(master => master.ping()))
}

/** The masters of a Cluster; undefined where there is one server for all keys. */
export function mastersOf(link: RedisLink): Redis[] | undefined {
  return link instanceof Cluster ? link.nodes('master') : undefined
}

async function untilReady(link: RedisLink, url: string, withinMs: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    let last: unknown
    const keep = (thrown: unknown) => {
      last = thrown
    }
    const off = after(withinMs, () => {
      link.off('error', keep)
      link.off('ready', ready)
      fail(new Fault('redis.unreachable', { where: redisWhere(url) }, last))
    })
    const ready = () => {
      off()
      link.off('error', keep)
      done()
    }
    link.on('error', keep)
    link.once('ready', ready)
  })
}

/** Refuses a Redis that throws keys away when full; one that does not let us ask is taken at its word. */
export async function checkPolicy(link: RedisLink, url: string, log: Log): Promise<void> {
  for (const server of mastersOf(link) ?? [link]) {
    let policy: string | undefined
    try {
      const answer = (await server.config('GET', 'maxmemory-policy')) as string[]
      policy = answer[1]
    } catch (thrown) {
      log.warn('redis.policy-unknown', { reason: reasonOf(thrown) })
    }
    if (policy !== undefined && policy !== 'noeviction') {
      throw new Fault('redis.eviction-policy', { where: redisWhere(url), policy })
    }
  }
}

/** Runs each time another server may answer than before: after every reconnection, and when a Cluster loses a node. */
export function onOtherServer(link: RedisLink, run: () => void): Stop {
  const events = link instanceof Cluster ? ['ready', '-node'] : ['ready']
  // The first time there was no server before.
  let isFirst = link.status !== 'ready'
  const onEvent = () => {
    if (!isFirst) run()
    isFirst = false
  }
  for (const event of events) link.on(event, onEvent)
  return () => {
    for (const event of events) link.off(event, onEvent)
  }
}

/** Ends a link now, without waiting for an answer. */
export function endRedis(link: RedisLink): void {
  ended.add(link)
  watches.get(link)?.()
  link.disconnect()
}

/**
 * A server that stands still, or a network that swallows everything, keeps its socket open: only an answer that does
 * not come tells. One that comes late, behind all that was asked before it, is no such sign as long as anything comes:
 * a link broken off for it has all of that to do again, and is late again. BullMQ blocks on a link of its own beside
 * the one it is given, and watches that itself. `awaited`: what lets go of each answer that is still to come.
 */
function pingLink(link: RedisLink, awaited: Set<Stop>): void {
  if (link.status !== 'ready') return
  // A replica too: a Cluster's doorbells may come from it.
  for (const server of link instanceof Cluster ? link.nodes('all') : [link]) {
    if (server.status !== 'ready' && server.status !== 'wait') continue
    const bytes = () => (server.stream as Socket | undefined)?.bytesRead ?? 0
    const before = bytes()
    let stop: Stop = () => {}
    const heard = () => {
      stop()
      awaited.delete(heard)
      server.off('close', heard)
    }
    awaited.add(heard)
    const judge = () => (bytes() === before ? server.disconnect(!(link instanceof Cluster)) : heard())
    // What has come while this process was busy is read first.
    stop = after(SILENT_MS, () => {
      stop = after(0, judge)
    })
    server.once('close', heard)
    // A refusal is an answer too; a command that gave up waiting is none.
    server.ping().then(heard, (thrown: Error) => (thrown.name === 'ReplyError' ? heard() : undefined))
  }
}

/**
 * The Sentinels say when another server is the master. The one before may be reachable from here alone, take what we
 * write and lose it, so it is left at once. (ioredis has a detector of its own, which prints every Sentinel that is
 * away to the terminal.)
 */
function watchMaster(
  { nodes, name, isTls }: Extract<RedisPlace, { shape: 'sentinel' }>,
  link: RedisLink,
  password: string | undefined
): Stop {
  const sentinels = nodes.map(node => {
    const access = { ...(password === undefined ? {} : { password }), ...(isTls ? { tls: {} } : {}) }
    const retryStrategy = () => SENTINEL_RETRY_MS
    const sentinel = new Redis({
      ...node,
      ...access,
      connectTimeout: CONNECT_MS,
      retryStrategy,
      replyMapping: 'legacy'
    })
    // The other Sentinels are there to say what this one cannot.
    sentinel.on('error', reasonOf)
    sentinel.on('message', (_, message: string) => {
      if (message.startsWith(`${name} `)) leaveMaster(link)
    })
    sentinel.subscribe('+switch-master').catch(reasonOf)
    return sentinel
  })
  return () => {
    for (const sentinel of sentinels) sentinel.disconnect()
  }
}

/**
 * A link that is still asking may ask before the news: cut off now, ioredis would end it for good. So it goes as soon as
 * it has a server, whether or not that one ever says a word.
 */
function leaveMaster(link: RedisLink): void {
  if (link.status === 'connecting') link.once('connect', () => link.disconnect(true))
  else link.disconnect(true)
}

function openLink(place: RedisPlace, role: RedisRole, sentinelPassword: string | undefined): RedisLink {
  const options = optionsOf(role)
  const retryMs = (attempt: number) => Math.min(attempt * 50, RETRY_MAX_MS)
  if (place.shape === 'socket') return inTurns(new Redis({ ...options, retryStrategy: retryMs, path: place.path }))
  const { isTls, username, password } = place
  const access: Omit<RedisOptions, 'replyMapping'> = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {})
  }
  if (place.shape === 'cluster') return openCluster(place.nodes, role, { ...options, ...access }, retryMs)
  const all: LinkOptions = { ...options, ...access, retryStrategy: retryMs, db: place.db }
  if (place.shape === 'standalone') return inTurns(new Redis({ ...all, ...place.node }))
  return inTurns(
    new Redis({
      ...all,
      sentinels: [...place.nodes],
      name: place.name,
      role: 'master',
      sentinelRetryStrategy: retryMs,
      // A Sentinel that stands still is passed over like one that is gone.
      sentinelCommandTimeout: CONNECT_MS,
      ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
      ...(isTls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {})
    })
  )
}

function openCluster(
  nodes: readonly { readonly host: string; readonly port: number }[],
  role: RedisRole,
  redisOptions: LinkOptions,
  retryMs: (attempt: number) => number
): Cluster {
  const { enableOfflineQueue = true, ...each } = redisOptions
  return new Cluster([...nodes], {
    redisOptions: each,
    enableOfflineQueue,
    clusterRetryStrategy: retryMs,
    // Its own rounds go on for ever where one is under way when the link is ended.
    slotsRefreshInterval: 0,
    slotsRefreshTimeout: COMMAND_MS,
    // ioredis tries again by way of any node, and what was sent in order arrives in another: the caller does it better.
    ...(role === 'commands' ? { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 } : {})
  })
}

function optionsOf(role: RedisRole): LinkOptions {
  const all = {
    replyMapping: 'legacy' as const,
    connectTimeout: CONNECT_MS,
    disconnectTimeout: DISCONNECT_MS,
    keepAlive: 5_000,
    noDelay: true
  }
  if (role === 'commands') {
    return {
      ...all,
      // A command that cannot go now fails now: its caller holds it in an outbox or goes another way.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_MS,
      // Answered by a master that is none any more: away from it; the caller sends again.
      reconnectOnError: isReadOnly
    }
  }
  if (role === 'blocking') {
    // Sent again by itself, to the master that there is then: nobody above holds what a worker has done.
    const reconnectOnError = (thrown: Error) => (isReadOnly(thrown) ? 2 : false)
    return { ...all, maxRetriesPerRequest: null, reconnectOnError }
  }
  return { ...all, autoResubscribe: true, maxRetriesPerRequest: null }
}

function isReadOnly(thrown: Error): boolean {
  return thrown.message.startsWith('READONLY')
}
