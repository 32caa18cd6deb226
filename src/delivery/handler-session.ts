import type { HandlerId } from '../call/ids.ts'
import type { LogEntry, LogHead, ScreenEvent } from '../pop/session-log.ts'
import type { SocketLimits } from './protocol-limits.ts'

/** What a session tells its socket to do; a session itself touches no wire. */
export interface Wire {
  /** JSON text of one message. */
  send(text: string): void
  close(code: number, text: string): void
  /** Bytes written and not yet taken by the network. */
  unsentBytes(): number
}

/** A handler's messages that wait for a slow socket; more, and the client is closed and gets a snapshot. */
const MAX_WAITING = 2_000
const MAX_DIRECT_IDS = 2_000
/** Pops a session remembers having sent; older ones it asks the cards for. */
const MAX_POPS_KNOWN = 5_000
const MAX_OWED = 20_000
/** Entries sent last whose event ids are remembered: what Redis may lose in a restart is less. */
const MAX_RECENT = 256

/**
 * One handler's live socket as the log sees it: a cursor that only ever moves by one. Entries above it are asked for,
 * entries at or below it were sent.
 */
export class HandlerSession {
  readonly session: string
  readonly handler: HandlerId
  readonly #wire: Wire
  readonly #now: () => number
  readonly #onSent: (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => void
  readonly #limits: SocketLimits
  /** With the event id of the last entry: a log that lost its end and grew again has another there. */
  #cursor: LogHead
  #acked: number
  #ackedAt: number
  #waiting: LogEntry[] = []
  readonly #popsSent = new Set<string>()
  /** Acknowledgements and paints that may still come. */
  #owed = 0
  readonly #directIds = new Set<string>()
  /** While the log is read, and before the welcome has gone, doorbells only say that there is more. */
  isCatchingUp = true
  /** A doorbell rang meanwhile: what it said may have come after the reading. */
  mustReadAgain = false
  readonly #recent = new Map<number, string>()

  constructor(parts: {
    session: string
    handler: HandlerId
    wire: Wire
    cursor: LogHead
    limits: SocketLimits
    now: () => number
    onSent: (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => void
  }) {
    this.session = parts.session
    this.handler = parts.handler
    this.#wire = parts.wire
    this.#cursor = parts.cursor
    this.#limits = parts.limits
    this.#now = parts.now
    this.#onSent = parts.onSent
    this.#acked = parts.cursor.seq
    this.#ackedAt = parts.now()
  }

  get cursor(): LogHead {
    return this.#cursor
  }

  /** A new log, or a snapshot sent: from here on. */
  moveTo(cursor: LogHead): void {
    this.#cursor = cursor
    this.#acked = cursor.seq
    this.#ackedAt = this.#now()
    this.#waiting = []
    this.#recent.clear()
  }

  /**
   * `gap`: entries between are missing, read the log. `other-log`: the epoch is another one, or another event stands
   * where one was sent, because Redis came back without its last second.
   */
  take(epoch: string, entry: LogEntry): 'taken' | 'repeat' | 'gap' | 'other-log' {
    if (epoch !== this.#cursor.epoch) return 'other-log'
    if (entry.seq <= this.#cursor.seq) return this.#isAsSent(entry) ? 'repeat' : 'other-log'
    if (entry.seq > this.#cursor.seq + 1) return 'gap'
    this.#cursor = { epoch, seq: entry.seq, eventId: entry.eventId }
    this.#recent.set(entry.seq, entry.eventId)
    this.#recent.delete(entry.seq - MAX_RECENT)
    this.#write(entry)
    return 'taken'
  }

  /** Past the log, because Redis does not answer: no sequence, the cursor stays. Sent once. */
  sendDirect(eventId: string, ev: ScreenEvent, receivedAt: number): void {
    if (this.#directIds.has(eventId)) return
    if (this.#directIds.size >= MAX_DIRECT_IDS) this.#directIds.clear()
    this.#directIds.add(eventId)
    this.#send({ eventId, ev, receivedAt }, undefined)
    this.#onSent(ev, receivedAt, 'direct')
  }

  /** True when it acknowledges something new. */
  ack(seq: number): boolean {
    if (seq <= this.#acked || seq > this.#cursor.seq) return false
    this.#acked = seq
    this.#ackedAt = this.#now()
    return true
  }

  hasSent(popId: string): boolean {
    return this.#popsSent.has(popId)
  }

  /** What the client must send by the protocol is bounded by what it was sent: true while it owes an answer. */
  takeOwed(): boolean {
    if (this.#owed === 0) return false
    this.#owed -= 1
    return true
  }

  /** Called often: writes what waited for a slow network, and says when the client is too slow to keep. */
  tick(): 'fine' | 'too-slow' {
    this.#drain()
    if (this.#wire.unsentBytes() > this.#limits.closeOverBytes || this.#waiting.length > MAX_WAITING) return 'too-slow'
    const isBehind = this.#acked < this.#cursor.seq - this.#waiting.length
    if (!isBehind) this.#ackedAt = this.#now()
    return this.#now() - this.#ackedAt > this.#limits.closeUnackedMs ? 'too-slow' : 'fine'
  }

  /** A message that has no place in the log: a snapshot, an answer, a heartbeat. */
  sendText(text: string): void {
    this.#wire.send(text)
  }

  close(code: number, text: string): void {
    this.#wire.close(code, text)
  }

  #isAsSent({ seq, eventId }: LogEntry): boolean {
    const sent = seq === this.#cursor.seq ? this.#cursor.eventId : this.#recent.get(seq)
    return sent === undefined || sent === eventId
  }

  #write(entry: LogEntry): void {
    if (this.#waiting.length === 0 && this.#wire.unsentBytes() <= this.#limits.mergeOverBytes) this.#sendEntry(entry)
    else this.#waiting.push(entry)
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.#wire.unsentBytes() <= this.#limits.mergeOverBytes) {
      const next = this.#waiting.shift()
      if (next !== undefined) this.#sendEntry(next)
    }
  }

  #sendEntry(entry: LogEntry): void {
    this.#send(entry, entry.seq)
    this.#onSent(entry.ev, entry.receivedAt, 'log')
  }

  #send({ eventId, ev, receivedAt }: Pick<LogEntry, 'eventId' | 'ev' | 'receivedAt'>, seq: number | undefined): void {
    const ts = this.#now()
    const sinceOfferedMs = Math.max(0, Math.round((ts - receivedAt) * 10) / 10)
    this.#owed = Math.min(this.#owed + 1, MAX_OWED)
    if (ev.type === 'call.pop') {
      // One acknowledgement and one paint.
      this.#owed += 1
      if (this.#popsSent.size >= MAX_POPS_KNOWN) this.#popsSent.clear()
      this.#popsSent.add(ev.data.popId)
    }
    const stamped = ev.type === 'call.gone' ? ev : { ...ev, data: { ...ev.data, sinceOfferedMs } }
    this.#wire.send(JSON.stringify({ t: 'ev', ...(seq === undefined ? {} : { seq }), eventId, ts, ev: stamped }))
  }
}
