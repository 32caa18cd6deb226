import { randomBytes } from 'node:crypto'
import type { HandlerId } from '../call/ids.ts'
import { Fault } from '../operations/errors.ts'
import type { Stop } from '../operations/lifecycle.ts'
import type { Metrics } from '../operations/metrics.ts'
import { onOtherServer, type RedisLink } from '../operations/redis.ts'
import { generationOf } from '../pop/revision.ts'
import type { LogEntry, LogHead, LogSlice, ScreenEvent, SessionLog } from '../pop/session-log.ts'
import { LastPlaces } from './last-places.ts'
import { channelPrefix, type FreshEntry, toEntry } from './log-doorbell.ts'
import { Outbox } from './outbox.ts'
import { SOCKET_LIMITS } from './protocol-limits.ts'
import { RecentAppends } from './recent-appends.ts'
import { APPEND, ATTACH, READ, RENEW } from './session-log-scripts.ts'

const LOG_TTL_S = 86_400
/** The repeat of a pop can come as late as this: a restart appends the pops of open calls again. */
const GUARD_TTL_S = 14_400
/**
 * Of what a screen takes twice without harm, since its revision says that it is old: long enough for all that goes again
 * after a failover (recent-appends.ts). There is most of it, and each guard is a key.
 */
const SHORT_GUARD_TTL_S = 1_800
const RENEW_AT_ONCE = 200
/** In one script: a server does nothing else meanwhile. */
const APPENDS_AT_ONCE = 16

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
  callboxAppend(...args: (string | number)[]): Promise<[epoch: string, node: string, seqs: number[]]>
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
    parts.redis.defineCommand('callboxAppend', { lua: APPEND })
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

  /** Of one handler. All on one connection in order; those that did not arrive go again, and all that came after them. */
  async #appendAll(appends: readonly Append[]): Promise<void> {
    const sent: Promise<void>[] = []
    for (let at = 0; at < appends.length; at += APPENDS_AT_ONCE) {
      sent.push(this.#appendSome(appends.slice(at, at + APPENDS_AT_ONCE)))
    }
    const settled = await Promise.allSettled(sent)
    const broken = settled.find(result => result.status === 'rejected')
    if (broken !== undefined) throw broken.reason
  }

  async #appendSome(appends: readonly Append[]): Promise<void> {
    const { node, keyPrefix } = this.#parts
    const handler = appends[0]?.handler ?? ''
    const keys = appends.flatMap(({ eventId, ev }) => [
      this.#key(handler, `seen:${eventId}`),
      this.#key(handler, `last:${'call' in ev ? ev.call : ''}`)
    ])
    const [epoch, holder, seqs] = await this.#redis.callboxAppend(
      keys.length + 2,
      this.#key(handler, 'log'),
      this.#key(handler, 'meta'),
      ...keys,
      this.#makeEpoch(),
      SOCKET_LIMITS.logMaxEvents,
      LOG_TTL_S,
      GUARD_TTL_S,
      node,
      channelPrefix(keyPrefix),
      encodeURIComponent(handler),
      ...appends.flatMap(toArguments)
    )
    for (const [at, append] of appends.entries()) {
      const seq = seqs[at] ?? 0
      if (seq !== 0) this.#appended(append, { epoch, seq, holder })
    }
  }

  #appended(
    append: Append,
    { epoch, seq, holder }: { readonly epoch: string; readonly seq: number; readonly holder: string }
  ): void {
    const { handler, eventId, receivedAt, ev } = append
    const hasLost = this.#places.wentBack(handler, { epoch, seq })
    if (hasLost) this.#again(this.#recent.list().filter(recent => recent.handler === handler))
    this.#recent.note({ ...append, hadBy: epoch })
    // Nobody's: the log is a new one (Redis lost the old), and a session here must learn it.
    const isOurs = holder === this.#parts.node || holder === ''
    if (isOurs) this.#parts.onFresh({ handler, epoch, entry: { seq, eventId, receivedAt, ev } })
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

/** As the script has them of each entry. */
function toArguments({ eventId, receivedAt, ev, json, hadBy = '' }: Append): (string | number)[] {
  // Panels have revisions of their own.
  const rev = 'call' in ev && ev.type !== 'call.panel' ? ev.rev : ''
  const isRevised = ev.type === 'call.panel' || ev.type === 'call.state'
  return [eventId, receivedAt, json, hadBy, mayComeAgain(ev) ? 1 : 0, rev, isRevised ? SHORT_GUARD_TTL_S : GUARD_TTL_S]
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

/** Another event stands where the reader's last one was. */
function isOther(eventId: string | undefined, cursor: LogHead): boolean {
  return eventId !== undefined && cursor.eventId !== undefined && eventId !== cursor.eventId
}

function toHead(epoch: string, seq: string, eventId: string): LogHead {
  return { epoch, seq: Number(seq), ...(eventId === '' ? {} : { eventId }) }
}
