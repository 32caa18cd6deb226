import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, interval, type Stop, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { RedisLink } from '../operations/redis.ts'
import { inSlices } from '../operations/slices.ts'
import type { Board } from '../pop/board.ts'
import type { LogHead, ScreenEvent } from '../pop/session-log.ts'
import { HandlerSession, type Wire } from './handler-session.ts'
import { channelPrefix, type FreshEntry, readDoorbell } from './log-doorbell.ts'
import { LogFollower } from './log-follower.ts'
import type { OtherCards, Snapshot } from './other-cards.ts'
import type { Hello } from './protocol.ts'
import { CLOSE, SOCKET_LIMITS, type SocketLimits } from './protocol-limits.ts'
import type { RedisSessionLog } from './redis-session-log.ts'
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
  /** All cards a handler's screen must show now: this node's own, and what is known of others'. */
  readonly snapshot: (handler: HandlerId, others: OtherCards | undefined) => Snapshot
  /** What other nodes hold of a handler's calls; bounded in time. Undefined where there is no other node. */
  readonly others?: (handler: HandlerId) => Promise<OtherCards | undefined>
  /** Fences this node when it stood still: true, and nothing may go out. */
  readonly check?: () => boolean
  /** What a supervisor's screen shows beside; undefined for everybody else. */
  readonly board?: (handler: HandlerId) => Board | undefined
  readonly onSent: (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => void
  /** A screen took nothing any more, or never said that it did: its pops are to be offered elsewhere. */
  readonly onSlow?: (handler: HandlerId) => void
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
/** A tick that comes this late says more of this process than of its clients: their words are still to be read. */
const LATE_TICK_MS = 1_000
/** Redis has this long when a client says hello; then it is shown what this node knows. */
const ATTACH_MS = 1_000

/** Which session of this node holds which handler; brings each entry of a log to it once and in order. */
export class Hub {
  readonly #parts: Parts
  readonly #limits: SocketLimits
  readonly #follower: LogFollower
  readonly #sessions = new Map<HandlerId, HandlerSession>()
  /** Handlers whose session is being opened; true when another node said meanwhile that it has them. */
  readonly #opening = new Map<HandlerId, boolean>()
  #stops: Stop[] = []
  #localEpochs = 0
  #tickedAt = 0
  #isTicking = false
  /** Where the round that finds missed doorbells has come to. */
  #round: Iterator<HandlerSession> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#limits = parts.limits ?? SOCKET_LIMITS
    this.#follower = new LogFollower({
      sessionLog: parts.sessionLog,
      isHere: session => this.#sessions.get(session.handler) === session,
      snapshotTexts: async (session, head) =>
        this.#snapshotTexts(session, head, await this.#parts.others?.(session.handler)),
      log: parts.log
    })
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
    this.#tickedAt = this.#parts.clock.monotonicMs()
    this.#stops = [
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
    const resumed = canResume && (await this.#follower.goesOn(handler, toHead(resume), head))
    // After the log's head is known: what happens from then on follows by itself.
    const others = resumed ? undefined : await this.#parts.others?.(handler)
    this.#parts.metrics.resumes.inc({ result: resume === undefined ? 'first' : resumed ? 'resumed' : 'snapshot' })
    const opened = new HandlerSession({
      session,
      handler,
      wire,
      cursor: resumed && resume !== undefined ? toHead(resume) : head,
      limits: this.#limits,
      now: () => this.#parts.clock.now(),
      monotonicMs: () => this.#parts.clock.monotonicMs(),
      onSent: this.#parts.onSent,
      onMerged: type => this.#parts.metrics.merged.inc({ type })
    })
    this.#replace(handler)
    this.#sessions.set(handler, opened)
    if (this.#opening.get(handler) === true) this.#checkHolder(handler)
    this.#opening.delete(handler)
    if (resumed) return { session: opened, resumed }
    return { session: opened, resumed, snapshot: this.#snapshotTexts(opened, head, others) }
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
    if (this.#parts.check?.() === true) return
    const session = this.#sessions.get(handler)
    if (session === undefined) return
    if (session.isCatchingUp) {
      session.mustReadAgain = true
      return
    }
    const taken = session.take(epoch, entry)
    if (taken === 'gap') this.#parts.metrics.gaps.inc()
    if (taken !== 'taken' && taken !== 'repeat') this.catchUp(session)
  }

  sendDirect(handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number): void {
    if (this.#parts.check?.() === true) return
    for (const handler of handlers) this.#sessions.get(handler)?.sendDirect(eventId, ev, receivedAt)
  }

  /** Reads what the log has above the session's cursor; a log that is another one becomes a snapshot. */
  catchUp(session: HandlerSession): void {
    this.#follower.catchUp(session)
  }

  checkAll(): void {
    this.#inSlices(session => this.catchUp(session))
  }

  /** Without Redis the client still gets its cards, under an epoch that no log has: the real one follows. */
  async #attach(handler: HandlerId, session: string): Promise<LogHead> {
    const attached = await within(
      ATTACH_MS,
      this.#parts
        .sessionLog()
        .attach(handler)
        // Its link has told that Redis is away; here it only means that there is no log to go on from.
        .catch(() => undefined)
    )
    if (attached === undefined) return { epoch: this.#localEpoch(), seq: 0 }
    const { before, head } = attached
    if (before !== '' && before !== this.#parts.node) this.#tellReplaced(before, handler, session)
    return head
  }

  /** That of no log: no gateway goes on from it, and the next hello gets a snapshot. */
  #localEpoch(): string {
    return `local-${this.#parts.node}-${++this.#localEpochs}`
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

  #snapshotTexts(session: HandlerSession, head: LogHead, others: OtherCards | undefined): readonly string[] {
    const { handler } = session
    const { cards, isPart, left } = this.#parts.snapshot(handler, others)
    session.isPartial = isPart
    session.noteShown(cards.map(({ pop }) => pop.popId))
    // Whoever was shown less than all must not go on from there, here or at a gateway that cannot know.
    const shown = session.isPartial ? { ...head, epoch: this.#localEpoch() } : head
    const isPartial = others !== undefined && others.recorded === undefined
    return toSnapshotTexts(cards, shown, { board: this.#parts.board?.(handler), isPartial, left })
  }

  #tick(): void {
    this.#checkSome()
    const now = this.#parts.clock.monotonicMs()
    const isLate = now - this.#tickedAt > LATE_TICK_MS
    this.#tickedAt = now
    if (isLate || this.#isTicking) return
    this.#isTicking = true
    this.#inSlices(session => {
      if (session.tick() === 'too-slow') this.#letGo(session)
    }).finally(() => {
      this.#isTicking = false
    })
  }

  /** Each session comes round once in CHECK_MS, so that no moment has to read all logs. */
  #checkSome(): void {
    for (let left = Math.ceil((this.#sessions.size * TICK_MS) / CHECK_MS); left > 0; left--) {
      this.#round ??= this.#sessions.values()
      const next = this.#round.next()
      if (next.done === true) this.#round = undefined
      else this.catchUp(next.value)
    }
  }

  /** At once: until a network that takes nothing has closed, nothing more must pile up for it. */
  #letGo(session: HandlerSession): void {
    this.leave(session)
    session.cut(CLOSE.tooSlow.code, CLOSE.tooSlow.text)
    this.#parts.onSlow?.(session.handler)
  }

  #inSlices(run: (session: HandlerSession) => void): Promise<void> {
    return inSlices(this.#sessions.values(), run)
  }
}

/** As the client named it: the last event it holds. */
function toHead({ epoch, seq, eventId }: NonNullable<Hello['resume']>): LogHead {
  return { epoch, seq, ...(eventId === undefined ? {} : { eventId }) }
}
