import type { HandlerId } from '../../src/call/ids.ts'
import { Fault } from '../../src/operations/errors.ts'
import type { PopEvent } from '../../src/pop/pop.ts'
import type { LogEntry, LogHead, LogSlice, SessionLog } from '../../src/pop/session-log.ts'

interface Kept {
  readonly epoch: string
  seq: number
  entries: LogEntry[]
}

/** A SessionLog in memory, for unit tests. `isAway` makes it refuse. */
export class ArraySessionLog implements SessionLog {
  isAway = false
  readonly #logs = new Map<HandlerId, Kept>()
  #epochs = 0

  async append(handlers: readonly HandlerId[], eventId: string, ev: PopEvent, receivedAt: number): Promise<void> {
    if (this.isAway) throw new Fault('session-log.append-failed', {})
    for (const handler of handlers) {
      const log = this.#logs.get(handler) ?? { epoch: `e${++this.#epochs}`, seq: 0, entries: [] }
      this.#logs.set(handler, log)
      if (log.entries.some(entry => entry.eventId === eventId)) continue
      log.seq += 1
      log.entries.push({ seq: log.seq, eventId, receivedAt, ev })
    }
  }

  async head(handler: HandlerId): Promise<LogHead> {
    const log = this.#logs.get(handler)
    const last = log?.entries.at(-1)
    return { epoch: log?.epoch ?? '', seq: log?.seq ?? 0, ...(last === undefined ? {} : { eventId: last.eventId }) }
  }

  async readAfter(handler: HandlerId, cursor: LogHead, max: number): Promise<LogSlice> {
    const head = await this.head(handler)
    if (head.epoch !== cursor.epoch || cursor.seq > head.seq) return { kind: 'rolled-back', head }
    const entries = this.#logs.get(handler)?.entries ?? []
    const at = entries.find(entry => entry.seq === cursor.seq)
    if (at !== undefined && cursor.eventId !== undefined && cursor.eventId !== at.eventId) {
      return { kind: 'rolled-back', head }
    }
    const after = entries.filter(entry => entry.seq > cursor.seq)
    if (after.length < head.seq - cursor.seq) return { kind: 'too-old', head }
    return { kind: 'entries', entries: after.slice(0, max), head }
  }

  /** As when Redis came back empty. */
  lose(handler: HandlerId): void {
    this.#logs.delete(handler)
  }

  /** As when the log is cut at its start. */
  keepLast(handler: HandlerId, count: number): void {
    const log = this.#logs.get(handler)
    if (log !== undefined) log.entries = count === 0 ? [] : log.entries.slice(-count)
  }
}
