import type { Redis } from 'ioredis'
import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { PopCard, PopEvent } from '../pop/pop.ts'
import type { LogHead } from '../pop/session-log.ts'
import { HandlerSession, type Wire } from './handler-session.ts'
import type { Hello } from './protocol.ts'
import { CLOSE, SOCKET_LIMITS } from './protocol-limits.ts'
import { channelPrefix, type FreshEntry, type RedisSessionLog, readDoorbell } from './redis-session-log.ts'
import { toSnapshotTexts } from './snapshot-texts.ts'

interface Parts {
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly node: string
  readonly keyPrefix: string
  readonly subscriber: Redis
  readonly commands: Redis
  readonly sessionLog: () => RedisSessionLog
  /** All cards a handler's screen must show now. */
  readonly snapshot: (handler: HandlerId) => readonly PopCard[]
  readonly onSent: (ev: PopEvent, receivedAt: number, path: 'log' | 'direct') => void
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
const READ_MAX = SOCKET_LIMITS.logMaxEvents

/** Which session of this node holds which handler; brings each entry of a log to it once and in order. */
export class Hub {
  readonly #parts: Parts
  readonly #sessions = new Map<HandlerId, HandlerSession>()
  #stops: Stop[] = []
  #localEpochs = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    const { subscriber, keyPrefix, node } = this.#parts
    const channel = `${channelPrefix(keyPrefix)}${node}`
    const onMessage = (_: string, message: string) => this.#onMessage(message)
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
    this.#sessions.get(handler)?.close(CLOSE.replaced.code, CLOSE.replaced.text)
    const head = await this.#attach(handler, session)
    const resume = hello.resume
    const canResume = resume !== undefined && resume.epoch === head.epoch && resume.seq <= head.seq
    const slice = canResume ? await this.#read(handler, resume) : undefined
    const resumed = slice?.kind === 'entries'
    this.#parts.metrics.resumes.inc({ result: resume === undefined ? 'first' : resumed ? 'resumed' : 'snapshot' })
    const cursor = { epoch: head.epoch, seq: resumed && resume !== undefined ? resume.seq : head.seq }
    const opened = new HandlerSession({
      session,
      handler,
      wire,
      cursor,
      now: () => this.#parts.clock.now(),
      onSent: this.#parts.onSent
    })
    this.#sessions.get(handler)?.close(CLOSE.replaced.code, CLOSE.replaced.text)
    this.#sessions.set(handler, opened)
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
    if (session === undefined || session.isCatchingUp) return
    const taken = session.take(epoch, entry)
    if (taken === 'gap') this.#parts.metrics.gaps.inc()
    if (taken === 'gap' || taken === 'other-log') this.catchUp(session)
  }

  sendDirect(handlers: readonly HandlerId[], eventId: string, ev: PopEvent, receivedAt: number): void {
    for (const handler of handlers) this.#sessions.get(handler)?.sendDirect(eventId, ev, receivedAt)
  }

  /** Reads what the log has above the session's cursor; a log that is another one becomes a snapshot. */
  catchUp(session: HandlerSession): void {
    if (session.isCatchingUp) return
    session.isCatchingUp = true
    this.#follow(session).then(
      () => {
        session.isCatchingUp = false
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
    const slice = await this.#parts.sessionLog().readAfter(handler, cursor, READ_MAX)
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

  #read(handler: HandlerId, cursor: LogHead) {
    return this.#parts
      .sessionLog()
      .readAfter(handler, cursor, READ_MAX)
      .catch(() => undefined)
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
      .publish(`${channelPrefix(keyPrefix)}${node}`, `replaced ${handler} ${session}`)
      .catch(thrown => log.debug('hub.replaced', { handler, reason: reasonOf(thrown) }))
  }

  #onMessage(message: string): void {
    const [word, handler = ''] = message.split(' ', 2)
    if (word === 'replaced' && !message.includes('{')) {
      this.#sessions.get(handler)?.close(CLOSE.replaced.code, CLOSE.replaced.text)
      return
    }
    const fresh = readDoorbell(message)
    if (fresh !== undefined) this.ring(fresh)
  }

  #snapshotTexts(handler: HandlerId, head: LogHead): readonly string[] {
    return toSnapshotTexts(this.#parts.snapshot(handler), head)
  }

  #tick(): void {
    for (const session of this.#sessions.values()) {
      if (session.tick() === 'too-slow') session.close(CLOSE.tooSlow.code, CLOSE.tooSlow.text)
    }
  }
}
