import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Log } from '../operations/log.ts'
import type { LogHead } from '../pop/session-log.ts'
import type { HandlerSession } from './handler-session.ts'
import type { RedisSessionLog } from './redis-session-log.ts'

interface Parts {
  readonly sessionLog: () => Pick<RedisSessionLog, 'readAfter' | 'attach'>
  /** Whether this node still holds the session. */
  readonly isHere: (session: HandlerSession) => boolean
  readonly snapshotTexts: (session: HandlerSession, head: LogHead) => Promise<readonly string[]>
  readonly log: Log
}

/** Entries read from a log at once: what they need is in memory only until the socket has them. */
const LOG_PAGE = 16

/** Brings a session up to where its log is: the doorbells only ring, the log is the truth. */
export class LogFollower {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether the log goes on from a cursor. False too when it cannot be read now: a snapshot asks nothing of Redis. */
  async goesOn(handler: HandlerId, cursor: LogHead, head: LogHead): Promise<boolean> {
    // The usual case: nothing has come since the cut.
    if (cursor.seq === head.seq && cursor.eventId !== undefined && cursor.eventId === head.eventId) return true
    try {
      return (await this.#parts.sessionLog().readAfter(handler, cursor, 0)).kind === 'entries'
    } catch {
      // Its link has told that Redis is away.
      return false
    }
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

  /** Page by page, as there is room for them; the log keeps the rest better than we could. */
  async #follow(session: HandlerSession): Promise<void> {
    const { sessionLog, isHere, snapshotTexts } = this.#parts
    const { handler } = session
    for (;;) {
      await session.room()
      if (!isHere(session)) return
      const slice = await sessionLog().readAfter(handler, session.cursor, LOG_PAGE)
      if (!isHere(session)) return
      if (slice.kind !== 'entries') break
      // What finds no room is read again when there is.
      for (const entry of slice.entries) session.take(slice.head.epoch, entry)
      if (session.cursor.seq >= slice.head.seq) return session.isPartial ? this.#complete(session) : undefined
    }
    const { head } = await sessionLog().attach(handler)
    const texts = await snapshotTexts(session, head)
    if (isHere(session)) session.moveTo(head, texts)
  }

  /** The record was away when its snapshot was made: what only the record knew is shown as soon as it answers. */
  async #complete(session: HandlerSession): Promise<void> {
    const texts = await this.#parts.snapshotTexts(session, session.cursor)
    if (this.#parts.isHere(session) && !session.isPartial) session.moveTo(session.cursor, texts)
  }
}
