import type { HandlerId } from '../call/ids.ts'
import { isSynthetic } from '../call/synthetic.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { HandlerSession } from './handler-session.ts'

export interface AckParts {
  /** Into the record; `onKept` for each that is there. */
  readonly recordAck: (
    handler: HandlerId,
    popIds: readonly string[],
    at: number,
    onKept: (popId: string) => void
  ) => void
  /** Whether a pop was ever this handler's, by the cards of this node; undefined where they cannot tell. */
  readonly wasPopped: (handler: HandlerId, popId: string) => boolean | undefined
  /** Those of these pops that the record says the handler may see. Rejects as the record does. */
  readonly mayHaveSeen: (handler: HandlerId, popIds: readonly string[]) => Promise<readonly string[]>
  readonly log: Log
  readonly metrics: Metrics
}

/** Told with one heartbeat; the rest with the next. */
const KEPT_AT_ONCE = 200
/** Not told yet; what is left out comes again, and is kept already. */
const MAX_KEPT = 2_000

/**
 * What one console has acknowledged. Nobody acknowledges a pop that was another's: the record says who was shown what.
 * Each that is in the record is told to the console, which sends again what it was not told of, here or elsewhere.
 */
export class Acknowledgements {
  readonly #parts: AckParts
  readonly #session: HandlerSession
  #kept: string[] = []
  #isAsking = false

  constructor(parts: AckParts, session: HandlerSession) {
    this.#parts = parts
    this.#session = session
  }

  take(popIds: readonly string[], at: number): void {
    const asked = popIds.map(popId => ({ popId, isTheirs: this.isTheirs(popId) }))
    const those = (is: boolean | undefined) => asked.flatMap(({ popId, isTheirs }) => (isTheirs === is ? [popId] : []))
    this.#record(those(true), at)
    const unknown = those(undefined)
    // One question at a time; what is not asked now comes again.
    if (unknown.length > 0 && !this.#isAsking) this.#ask(unknown, at)
  }

  /** Undefined where only the record can tell: the pop was another node's, or of the time before a restart. */
  isTheirs(popId: string): boolean | undefined {
    const { handler } = this.#session
    return this.#session.hasSent(popId) || this.#parts.wasPopped(handler, popId)
  }

  /** In the record since this was last asked. */
  takeKept(): readonly string[] {
    return this.#kept.splice(0, KEPT_AT_ONCE)
  }

  #record(popIds: readonly string[], at: number): void {
    if (popIds.length === 0) return
    const { metrics, recordAck } = this.#parts
    const { handler } = this.#session
    if (!isSynthetic(handler)) metrics.popAcked.inc(popIds.length)
    recordAck(handler, popIds, at, popId => {
      if (this.#kept.length < MAX_KEPT) this.#kept.push(popId)
    })
  }

  #ask(popIds: readonly string[], at: number): void {
    const { handler } = this.#session
    this.#isAsking = true
    this.#parts
      .mayHaveSeen(handler, popIds)
      .then(theirs => this.#record(theirs, at))
      // The record is away, and its link has told so: they come again.
      .catch(thrown => this.#parts.log.debug('receipts.asked', { handler, reason: reasonOf(thrown) }))
      .finally(() => {
        this.#isAsking = false
      })
  }
}
