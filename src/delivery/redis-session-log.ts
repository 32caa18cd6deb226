import { randomBytes } from 'node:crypto'
import type { HandlerId } from '../call/ids.ts'
import { Fault } from '../operations/errors.ts'
import type { Stop } from '../operations/lifecycle.ts'
import type { Metrics } from '../operations/metrics.ts'
import { onOtherServer, type RedisLink } from '../operations/redis.ts'
import { generationOf } from '../pop/revision.ts'
import type { LogEntry, LogHead, LogSlice, ScreenEvent, SessionLog } from '../pop/session-log.ts'
import { LastPlaces } from './last-places.ts'
import { Outbox } from './outbox.ts'
import { SOCKET_LIMITS } from './protocol-limits.ts'
import { RecentAppends } from './recent-appends.ts'
import { APPEND, ATTACH, READ, RENEW } from './session-log-scripts.ts'

const LOG_TTL_S = 86_400
/** A repeat of an event can come as late as this: a restart within the hour re-appends the pops of open calls. */
const GUARD_TTL_S = 14_400
const RENEW_AT_ONCE = 200

/** An entry of a handler's log that has just been written or rung for. */
export interface FreshEntry {
  readonly handler: HandlerId
  readonly epoch: string
  readonly entry: LogEntry
}

interface Append {
  readonly handler: HandlerId
  readonly eventId: string
  readonly receivedAt: number
  readonly ev: ScreenEvent
  /** Made once for all handlers of an event. */
  readonly json: string
  /** Of a repeat: the log that had it. One that is another by now has had its snapshot instead. */
  readonly hadBy?: string
}

interface LogScripts {
  callboxAppend(...args: (string | number)[]): Promise<[number, number?, string?, string?]>
  callboxAttach(...args: (string | number)[]): Promise<[string, string, string, string]>
  callboxRead(...args: (string | number)[]): Promise<[string, string, string, string[]]>
  callboxRenew(...args: (string | number)[]): Promise<[number]>
}

interface Parts {
  readonly redis: RedisLink
  readonly keyPrefix: string
  readonly node: string
  readonly maxPending: number
  /** An entry for a socket of this node, straight from the script's answer: no doorbell needed. */
  readonly onFresh: (fresh: FreshEntry) => void
  readonly metrics: Metrics
  readonly monotonicMs?: () => number
}

/**
 * The session logs in Redis. An append that Redis does not take waits in the outbox and goes again under the same
 * event id, in order for each handler; the script makes a repeat nothing. What Redis took and then lost, because it
 * came back without its last second, goes again too.
 */
export class RedisSessionLog implements SessionLog {
  readonly #parts: Parts
  readonly #redis: RedisLink & LogScripts
  readonly #outbox: Outbox<Append>
  readonly #recent: RecentAppends<Append>
  readonly #places = new LastPlaces()
  /** Those that wait to go again: a link that breaks and comes back must not put them there once more each time. */
  readonly #goAgain = new Set<Append>()
  readonly #stopAgain: Stop
  /** Epochs for logs that have none yet, each offered once: a log that was lost must be told from its successor. */
  readonly #epochPrefix = randomBytes(9).toString('base64url')
  #epochs = 0

  constructor(parts: Parts) {
    this.#parts = parts
    parts.redis.defineCommand('callboxAppend', { numberOfKeys: 4, lua: APPEND })
    parts.redis.defineCommand('callboxAttach', { numberOfKeys: 1, lua: ATTACH })
    parts.redis.defineCommand('callboxRead', { numberOfKeys: 2, lua: READ })
    parts.redis.defineCommand('callboxRenew', { numberOfKeys: 1, lua: RENEW })
    this.#redis = parts.redis as RedisLink & LogScripts
    this.#outbox = new Outbox<Append>({
      send: appends => this.#appendAll(appends),
      laneOf: append => append.handler,
      isMadeIdle,
      max: parts.maxPending,
      onPending: count => parts.metrics.outboxPending.set({ what: 'session-log' }, count)
    })
    this.#recent = new RecentAppends(parts.monotonicMs ?? (() => performance.now()))
    this.#stopAgain = onOtherServer(parts.redis, () => this.#again(this.#recent.list()))
  }

  async append(handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number): Promise<void> {
    if (this.#outbox.isFull()) throw new Fault('queue.outbox-full', { count: this.#outbox.pending })
    const json = JSON.stringify(ev)
    await Promise.all(handlers.map(handler => this.#outbox.add({ handler, eventId, receivedAt, ev, json })))
  }

  async head(handler: HandlerId): Promise<LogHead> {
    const [epoch, seq, eventId] = await this.#redis.hmget(this.#key(handler, 'meta'), 'epoch', 'seq', 'eventId')
    return toHead(epoch ?? '', seq ?? '0', eventId ?? '')
  }

  /** Makes this node the one whose sockets hold the handler. Answers the log's head and the node that had them before. */
  async attach(handler: HandlerId): Promise<{ readonly head: LogHead; readonly before: string }> {
    const [epoch, seq, eventId, before] = await this.#redis.callboxAttach(
      this.#key(handler, 'meta'),
      this.#makeEpoch(),
      this.#parts.node,
      LOG_TTL_S
    )
    return { head: toHead(epoch, seq, eventId), before }
  }

  /** The node whose sockets hold the handler; empty when none does. */
  async holder(handler: HandlerId): Promise<string> {
    return (await this.#redis.hget(this.#key(handler, 'meta'), 'node')) ?? ''
  }

  /** `max` of 0 asks only whether the log still goes on from the cursor. */
  async readAfter(handler: HandlerId, cursor: LogHead, max: number): Promise<LogSlice> {
    const [epoch, seq, eventId, lines] = await this.#redis.callboxRead(
      this.#key(handler, 'log'),
      this.#key(handler, 'meta'),
      cursor.epoch,
      cursor.seq,
      max
    )
    const head = toHead(epoch, seq, eventId)
    if (head.epoch !== cursor.epoch || cursor.seq > head.seq) return { kind: 'rolled-back', head }
    if (head.seq === cursor.seq) {
      // The usual answer of a check; also when the list itself has outlived its time.
      return isOther(head.eventId, cursor) ? { kind: 'rolled-back', head } : { kind: 'entries', entries: [], head }
    }
    const entries = lines.flatMap(line => toEntry(line) ?? [])
    const [first] = entries
    if (first === undefined || first.seq > cursor.seq + 1) return { kind: 'too-old', head }
    if (first.seq === cursor.seq && isOther(first.eventId, cursor)) return { kind: 'rolled-back', head }
    return { kind: 'entries', entries: entries.filter(entry => entry.seq > cursor.seq).slice(0, max), head }
  }

  /**
   * Makes these logs other ones, once for each node that is `without`: they may lack what it had still to say, so that
   * nobody goes on from where they were, and every screen is shown afresh. Rejects when Redis does not answer.
   */
  async renew(handlers: readonly HandlerId[], without: string): Promise<void> {
    for (let at = 0; at < handlers.length; at += RENEW_AT_ONCE) {
      const some = handlers.slice(at, at + RENEW_AT_ONCE)
      const keys = some.map(handler => this.#key(handler, 'meta'))
      await Promise.all(keys.map(key => this.#redis.callboxRenew(key, this.#makeEpoch(), without, LOG_TTL_S)))
    }
  }

  /** The last `max` entries, oldest first. */
  async tail(handler: HandlerId, max: number): Promise<readonly LogEntry[]> {
    const list = await this.#redis.lrange(this.#key(handler, 'log'), -max, -1)
    return list.flatMap(line => toEntry(line) ?? [])
  }

  /** True when every message is in its log. */
  stop(): boolean {
    this.#stopAgain()
    const hasSaidAll = this.#outbox.pending === 0
    this.#outbox.stop()
    return hasSaidAll
  }

  /**
   * Replicas follow a moment later, so that a server in another's place may lack what that one had taken. It goes again
   * under the same event ids: whatever of it the log has, it takes for the repeat that it is.
   */
  #again(appends: readonly Append[]): void {
    for (const append of appends) {
      if (this.#outbox.isFull()) return
      if (this.#goAgain.has(append)) continue
      this.#goAgain.add(append)
      const done = () => void this.#goAgain.delete(append)
      // Rejects at the stop alone, when nobody is left to be told.
      this.#outbox.add(append).then(done, done)
    }
  }

  /** All on one connection in order; each that arrived counts, and those that did not go again with the rest. */
  async #appendAll(appends: readonly Append[]): Promise<void> {
    const settled = await Promise.allSettled(appends.map(append => this.#append(append)))
    const broken = settled.find(result => result.status === 'rejected')
    if (broken !== undefined) throw broken.reason
  }

  async #append(append: Append): Promise<void> {
    const { handler, eventId, receivedAt, ev, json } = append
    const { node, keyPrefix, onFresh } = this.#parts
    const answer = await this.#redis.callboxAppend(
      this.#key(handler, 'log'),
      this.#key(handler, 'meta'),
      this.#key(handler, `seen:${eventId}`),
      this.#key(handler, `last:${'call' in ev ? ev.call : ''}`),
      eventId,
      receivedAt,
      json,
      this.#makeEpoch(),
      SOCKET_LIMITS.logMaxEvents,
      LOG_TTL_S,
      GUARD_TTL_S,
      node,
      channelPrefix(keyPrefix),
      encodeURIComponent(handler),
      append.hadBy ?? '',
      mayComeAgain(ev) ? 1 : 0,
      // Panels have revisions of their own.
      'call' in ev && ev.type !== 'call.panel' ? ev.rev : ''
    )
    const [isNew, seq, epoch, holder] = answer
    if (isNew !== 1 || seq === undefined || epoch === undefined) return
    const hasLost = this.#places.wentBack(handler, { epoch, seq })
    if (hasLost) this.#again(this.#recent.list().filter(recent => recent.handler === handler))
    this.#recent.note({ ...append, hadBy: epoch })
    // Nobody's: the log is a new one (Redis lost the old), and a session here must learn it.
    const isOurs = holder === node || holder === ''
    if (isOurs) onFresh({ handler, epoch, entry: { seq, eventId, receivedAt, ev } })
  }

  #makeEpoch(): string {
    this.#epochs += 1
    return `${this.#epochPrefix}.${this.#epochs.toString(36)}`
  }

  #key(handler: HandlerId, what: string): string {
    // Encoded, because a handler's name from elsewhere may hold anything, braces and spaces too.
    return `${this.#parts.keyPrefix}:session:{${encodeURIComponent(handler)}}:${what}`
  }
}

/**
 * A gateway that died may have popped a call that nobody has recorded, and its switch offers it to another: when every
 * screen has been shown afresh without it, what that one says of it is no repeat.
 */
function mayComeAgain(ev: ScreenEvent): boolean {
  return 'call' in ev && (ev.type === 'call.panel' || generationOf(ev.rev) === 1)
}

/** While Redis is away only the last word on a call matters: no screen has to show again what has left it since. */
function isMadeIdle({ ev }: Append, { ev: later }: Append): boolean {
  const isOfCard = ev.type === 'call.pop' || ev.type === 'call.state'
  // What comes later may be the repeat of something older.
  if (!isOfCard || !('call' in later) || ev.call !== later.call || ev.rev >= later.rev) return false
  return later.type === 'call.gone' || (later.type === 'call.state' && ev.type === 'call.state')
}

/** The channels nodes ring each other on; one for each node. */
export function channelPrefix(keyPrefix: string): string {
  return `${keyPrefix}:node:`
}

/** A doorbell as the script publishes it: handler, epoch, entry. Undefined when it is none. */
export function readDoorbell(message: string): FreshEntry | undefined {
  const [handler = '', epoch = ''] = message.split(' ', 2)
  try {
    const entry = toEntry(message.slice(handler.length + epoch.length + 2))
    return handler === '' || entry === undefined ? undefined : { handler: decodeURIComponent(handler), epoch, entry }
  } catch {
    // Of another version, or from elsewhere: whoever it was for reads the log with the next check.
    return undefined
  }
}

function toEntry(line: string): LogEntry | undefined {
  const [seq = '', eventId = '', receivedAt = ''] = line.split(' ', 3)
  const json = line.slice(seq.length + eventId.length + receivedAt.length + 3)
  if (json === '') return undefined
  return { seq: Number(seq), eventId, receivedAt: Number(receivedAt), ev: JSON.parse(json) as ScreenEvent }
}

/** Another event stands where the reader's last one was. */
function isOther(eventId: string | undefined, cursor: LogHead): boolean {
  return eventId !== undefined && cursor.eventId !== undefined && eventId !== cursor.eventId
}

function toHead(epoch: string, seq: string, eventId: string): LogHead {
  return { epoch, seq: Number(seq), ...(eventId === '' ? {} : { eventId }) }
}
