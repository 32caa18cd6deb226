import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { RedisLink } from '../operations/redis.ts'
import type { Board } from '../pop/board.ts'
import type { PopCard } from '../pop/pop.ts'
import type { LogHead, ScreenEvent } from '../pop/session-log.ts'
import { HandlerSession, type Wire } from './handler-session.ts'
import type { Hello } from './protocol.ts'
import { CLOSE, SOCKET_LIMITS, type SocketLimits } from './protocol-limits.ts'
import { channelPrefix, type FreshEntry, type RedisSessionLog, readDoorbell } from './redis-session-log.ts'
import { toSnapshotTexts } from './snapshot-texts.ts'

interface Parts {
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly node: string
  readonly keyPrefix: string
  readonly subscriber: RedisLink
  readonly commands: RedisLink
  readonly sessionLog: () => RedisSessionLog
  /** All cards a handler's screen must show now. */
  readonly snapshot: (handler: HandlerId) => readonly PopCard[]
  /** What a supervisor's screen shows beside; undefined for everybody else. */
  readonly board?: (handler: HandlerId) => Board | undefined
  readonly onSent: (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => void
  readonly limits?: SocketLimits
}

/** What a fresh session begins with. */
export interface Opening {
  readonly session: HandlerSession
  readonly resumed: boolean
  /** Texts of what follows the welcome: the snapshot; entries follow by themselves. */
  readonly snapshot?: readonly string[]
}

/** Missed doorbells are found this often at the latest. */
const CHECK_MS = 5_000
const TICK_MS = 250
/** Redis has this long when a client says hello; then it is shown what this node knows. */
const ATTACH_MS = 1_000

/** Which session of this node holds which handler; brings each entry of a log to it once and in order. */
export class Hub {
  readonly #parts: Parts
  readonly #limits: SocketLimits
  readonly #sessions = new Map<HandlerId, HandlerSession>()
  /** Handlers whose session is being opened; true when another node said meanwhile that it has them. */
  readonly #opening = new Map<HandlerId, boolean>()
  #stops: Stop[] = []
  #localEpochs = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = parts.limits ?? SOCKET_LIMITS
  }

  start(): void {
    const { subscriber, keyPrefix, node } = this.#parts
    const channel = `${channelPrefix(keyPrefix)}${node}`
    const onMessage = (to: string, message: string) => {
      if (to === channel) this.#onMessage(message)
    }
    const onReady = () => {
      subscriber.subscribe(channel).catch(thrown => this.#parts.log.warn('hub.subscribe', { reason: reasonOf(thrown) }))
      this.checkAll()
    }
    subscriber.on('message', onMessage)
    subscriber.on('ready', onReady)
    if (subscriber.status === 'ready') onReady()
    this.#stops = [
      interval(() => this.checkAll(), CHECK_MS),
      interval(() => this.#tick(), TICK_MS),
      () => subscriber.off('message', onMessage),
      () => subscriber.off('ready', onReady)
    ]
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  get size(): number {
    return this.#sessions.size
  }

  of(handler: HandlerId): HandlerSession | undefined {
    return this.#sessions.get(handler)
  }

  /** A client said hello. An older session of the same handler is closed, here or on the node that had it. */
  async open(hello: Hello, session: string, handler: HandlerId, wire: Wire): Promise<Opening> {
    this.#replace(handler)
    this.#opening.set(handler, false)
    const head = await this.#attach(handler, session)
    const resume = hello.resume
    const canResume = resume !== undefined && resume.epoch === head.epoch && resume.seq <= head.seq
    const slice = canResume ? await this.#read(handler, toHead(resume)) : undefined
    const resumed = slice?.kind === 'entries'
    this.#parts.metrics.resumes.inc({ result: resume === undefined ? 'first' : resumed ? 'resumed' : 'snapshot' })
    const opened = new HandlerSession({
      session,
      handler,
      wire,
      cursor: resumed && resume !== undefined ? toHead(resume) : head,
      limits: this.#limits,
      now: () => this.#parts.clock.now(),
      onSent: this.#parts.onSent
    })
    this.#replace(handler)
    this.#sessions.set(handler, opened)
    if (this.#opening.get(handler) === true) this.#checkHolder(handler)
    this.#opening.delete(handler)
    if (resumed) return { session: opened, resumed }
    return { session: opened, resumed, snapshot: this.#snapshotTexts(handler, head) }
  }

  /** The welcome has gone: what the log has above the cursor follows, and from then on each entry as it comes. */
  begin(session: HandlerSession): void {
    session.isCatchingUp = false
    this.catchUp(session)
  }

  /** The session's own socket closed. */
  leave(session: HandlerSession): void {
    if (this.#sessions.get(session.handler) === session) this.#sessions.delete(session.handler)
  }

  /** An entry of a log, from our own script's answer or another node's doorbell. */
  ring({ handler, epoch, entry }: FreshEntry): void {
    const session = this.#sessions.get(handler)
    if (session === undefined) return
    if (session.isCatchingUp) {
      session.mustReadAgain = true
      return
    }
    const taken = session.take(epoch, entry)
    if (taken === 'gap') this.#parts.metrics.gaps.inc()
    if (taken === 'gap' || taken === 'other-log') this.catchUp(session)
  }

  sendDirect(handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number): void {
    for (const handler of handlers) this.#sessions.get(handler)?.sendDirect(eventId, ev, receivedAt)
  }

  /** Reads what the log has above the session's cursor; a log that is another one becomes a snapshot. */
  catchUp(session: HandlerSession): void {
    if (session.isCatchingUp) return
    session.isCatchingUp = true
    session.mustReadAgain = false
    this.#follow(session).then(
      () => {
        session.isCatchingUp = false
        if (session.mustReadAgain) this.catchUp(session)
      },
      thrown => {
        // Redis is away; the check comes round again.
        session.isCatchingUp = false
        this.#parts.log.debug('hub.catch-up', { handler: session.handler, reason: reasonOf(thrown) })
      }
    )
  }

  checkAll(): void {
    for (const session of this.#sessions.values()) this.catchUp(session)
  }

  async #follow(session: HandlerSession): Promise<void> {
    const { handler, cursor } = session
    const slice = await this.#parts.sessionLog().readAfter(handler, cursor, this.#limits.logMaxEvents)
    if (this.#sessions.get(handler) !== session) return
    if (slice.kind === 'entries') {
      for (const entry of slice.entries) session.take(slice.head.epoch, entry)
      return
    }
    const { head } = await this.#parts.sessionLog().attach(handler)
    if (this.#sessions.get(handler) !== session) return
    session.moveTo(head)
    for (const text of this.#snapshotTexts(handler, head)) session.sendText(text)
  }

  /** Undefined when the log cannot be read now: the client gets a snapshot instead, which asks nothing of Redis. */
  #read(handler: HandlerId, cursor: LogHead) {
    return (
      this.#parts
        .sessionLog()
        .readAfter(handler, cursor, this.#limits.logMaxEvents)
        // Its link has told that Redis is away.
        .catch(() => undefined)
    )
  }

  /** Without Redis the client still gets its cards, under an epoch that no log has: the real one follows. */
  async #attach(handler: HandlerId, session: string): Promise<LogHead> {
    let stop: Stop = () => {}
    const late = new Promise<undefined>(resolve => {
      stop = after(ATTACH_MS, () => resolve(undefined))
    })
    const attached = await Promise.race([
      this.#parts
        .sessionLog()
        .attach(handler)
        // Its link has told that Redis is away; here it only means that there is no log to go on from.
        .catch(() => undefined),
      late
    ])
    stop()
    if (attached === undefined) return { epoch: `local-${this.#parts.node}-${++this.#localEpochs}`, seq: 0 }
    const { before, head } = attached
    if (before !== '' && before !== this.#parts.node) this.#tellReplaced(before, handler, session)
    return head
  }

  #tellReplaced(node: string, handler: HandlerId, session: string): void {
    const { commands, keyPrefix, log } = this.#parts
    commands
      .publish(`${channelPrefix(keyPrefix)}${node}`, `replaced ${encodeURIComponent(handler)} ${session}`)
      .catch(thrown => log.debug('hub.replaced', { handler, reason: reasonOf(thrown) }))
  }

  #replace(handler: HandlerId): void {
    this.#sessions.get(handler)?.close(CLOSE.replaced.code, CLOSE.replaced.text)
  }

  /** Another node said that it has the handler now. Said late, it is not true any more: the log knows who has them. */
  #checkHolder(handler: HandlerId): void {
    const session = this.#sessions.get(handler)
    if (session === undefined) return
    const close = () => session.close(CLOSE.replaced.code, CLOSE.replaced.text)
    this.#parts
      .sessionLog()
      .holder(handler)
      .then(node => (node === this.#parts.node ? undefined : close()), close)
  }

  #onMessage(message: string): void {
    const [word, who = ''] = message.split(' ', 2)
    if (word === 'replaced' && !message.includes('{')) {
      const handler = decodeURIComponent(who)
      if (this.#opening.has(handler)) this.#opening.set(handler, true)
      this.#checkHolder(handler)
      return
    }
    const fresh = readDoorbell(message)
    if (fresh !== undefined) this.ring(fresh)
  }

  #snapshotTexts(handler: HandlerId, head: LogHead): readonly string[] {
    return toSnapshotTexts(this.#parts.snapshot(handler), head, { board: this.#parts.board?.(handler) })
  }

  #tick(): void {
    for (const session of this.#sessions.values()) {
      if (session.tick() === 'fine') continue
      // Let go of at once: until a network that takes nothing has closed, nothing more must pile up for it.
      this.leave(session)
      session.close(CLOSE.tooSlow.code, CLOSE.tooSlow.text)
    }
  }
}

/** As the client named it: the last event it holds. */
function toHead({ epoch, seq, eventId }: NonNullable<Hello['resume']>): LogHead {
  return { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }
}
