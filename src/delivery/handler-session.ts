import type { HandlerId } from '../call/ids.ts'
import type { LogEntry, LogHead, ScreenEvent } from '../pop/session-log.ts'
import type { SocketLimits } from './protocol-limits.ts'
import { UnackedMarks } from './unacked-marks.ts'
import { type OutgoingMessage, WaitingMessages } from './waiting-messages.ts'

/** What a session tells its socket to do; a session itself touches no wire. */
export interface Wire {
  /** JSON text of one message; `onTaken` when the network has it. */
  send(text: string, onTaken?: () => void): void
  /** What was sent goes to the network now, and not only at the end of this turn of the loop. */
  flush(): void
  close(code: number, text: string): void
  /** As `close`; a network that takes nothing is cut off soon after. */
  cut(code: number, text: string): void
  /** Bytes written and not yet taken by the network. */
  unsentBytes(): number
}

interface Parts {
  readonly session: string
  readonly handler: HandlerId
  readonly wire: Wire
  readonly cursor: LogHead
  readonly limits: SocketLimits
  readonly now: () => number
  readonly monotonicMs: () => number
  readonly onSent: (ev: ScreenEvent, receivedAt: number, path: 'log' | 'direct') => void
  /** A newer message took the place of one that a slow network had not taken. */
  readonly onMerged?: (type: ScreenEvent['type']) => void
}

/** A handler's messages that wait for a slow socket; what else comes stays in the log until they have left. */
const MAX_WAITING = 2_000
/** A burst may fill what a socket is allowed; a network that has not made room by then is too slow. */
const FULL_MS = 2_000
const MAX_DIRECT_IDS = 2_000
/** Pops a session remembers having sent; older ones it asks the cards for. */
const MAX_POPS_KNOWN = 1_000
const MAX_OWED = 20_000
/** Entries sent last whose event ids are remembered: what Redis may lose in a restart is less. */
const MAX_RECENT = 256

/**
 * One handler's live socket as the log sees it: a cursor that only ever moves by one. Entries above it are asked for,
 * entries at or below it were sent, or wait for a network that is slow.
 */
export class HandlerSession {
  readonly session: string
  readonly handler: HandlerId
  readonly #parts: Parts
  readonly #limits: SocketLimits
  /** With the event id of the last entry: a log that lost its end and grew again has another there. */
  #cursor: LogHead
  /** The last entry that left; below the cursor when some wait. */
  #sentSeq: number
  readonly #unacked: UnackedMarks
  readonly #waiting = new WaitingMessages()
  /** Since when more would wait than there is room for; monotonic ms. */
  #fullAt: number | undefined
  /** Let go of: nothing more is kept for it. */
  #isOver = false
  readonly #popsSent = new Set<string>()
  /** Acknowledgements and paints that may still come. */
  #owed = 0
  readonly #directIds = new Set<string>()
  /** While the log is read, and before the welcome has gone, doorbells only say that there is more. */
  isCatchingUp = true
  /** Its last snapshot lacks what other nodes hold, because the record did not answer. */
  isPartial = false
  /** A doorbell rang meanwhile: what it said may have come after the reading. */
  mustReadAgain = false
  readonly #recent = new Map<number, string>()
  #onRoom: (() => void) | undefined

  constructor(parts: Parts) {
    this.session = parts.session
    this.handler = parts.handler
    this.#parts = parts
    this.#limits = parts.limits
    this.#cursor = parts.cursor
    this.#sentSeq = parts.cursor.seq
    this.#unacked = new UnackedMarks(parts.cursor.seq)
  }

  get cursor(): LogHead {
    return this.#cursor
  }

  /** Another log, or this one too far on: its snapshot, and from there on. */
  moveTo(cursor: LogHead, snapshot: readonly string[]): void {
    this.#cursor = cursor
    this.#sentSeq = cursor.seq
    this.#unacked.reset(cursor.seq)
    this.#waiting.clear()
    this.#recent.clear()
    for (const text of snapshot) this.#write({ kind: 'text', text })
  }

  /**
   * `gap`: entries between are missing, read the log. `full`: the same, when there is room again. `other-log`: the
   * epoch is another one, or another event stands where one was sent, because Redis came back without its last second.
   */
  take(epoch: string, entry: LogEntry): 'taken' | 'repeat' | 'gap' | 'full' | 'other-log' {
    if (epoch !== this.#cursor.epoch) return 'other-log'
    if (entry.seq <= this.#cursor.seq) return this.#isAsSent(entry) ? 'repeat' : 'other-log'
    if (entry.seq > this.#cursor.seq + 1) return 'gap'
    if (this.#isFull()) return 'full'
    this.#cursor = { epoch, seq: entry.seq, eventId: entry.eventId }
    this.#recent.set(entry.seq, entry.eventId)
    this.#recent.delete(entry.seq - MAX_RECENT)
    this.#write({ kind: 'event', ...entry })
    return 'taken'
  }

  /** These pops are in a snapshot that goes to it: their acknowledgement may come, whichever node keeps their cards. */
  noteShown(popIds: readonly string[]): void {
    for (const popId of popIds) this.#notePop(popId)
  }

  /** Past the log, because Redis does not answer: no sequence, the cursor stays. Sent once, and again by the log. */
  sendDirect(eventId: string, ev: ScreenEvent, receivedAt: number): void {
    if (this.#directIds.has(eventId) || this.#isFull()) return
    if (this.#directIds.size >= MAX_DIRECT_IDS) this.#directIds.clear()
    this.#directIds.add(eventId)
    this.#write({ kind: 'event', seq: undefined, eventId, ev, receivedAt })
  }

  /** True when it acknowledges something new. */
  ack(seq: number): boolean {
    return seq <= this.#sentSeq && this.#unacked.ack(seq)
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

  /** Resolves at once unless it is full; then when nothing waits for the network any more. */
  room(): Promise<void> {
    if (this.#isOver || !this.#isFull()) return Promise.resolve()
    return new Promise(resolve => {
      this.#onRoom = resolve
    })
  }

  /** Called often: says when the client is too slow to keep. */
  tick(): 'fine' | 'too-slow' {
    this.#drain()
    const now = this.#parts.monotonicMs()
    if (!this.#isFull()) this.#fullAt = undefined
    else if (now - (this.#fullAt ?? now) > FULL_MS) return 'too-slow'
    return this.#unacked.oldestMs(now) > this.#limits.closeUnackedMs ? 'too-slow' : 'fine'
  }

  close(code: number, text: string): void {
    this.#parts.wire.close(code, text)
  }

  /** The client takes nothing, or never says that it did: let go of it and of all that waits for it. */
  cut(code: number, text: string): void {
    this.#isOver = true
    this.#waiting.clear()
    this.#tellRoom()
    this.#parts.wire.cut(code, text)
  }

  #notePop(popId: string): void {
    if (this.#popsSent.size >= MAX_POPS_KNOWN) this.#popsSent.clear()
    this.#popsSent.add(popId)
  }

  #isAsSent({ seq, eventId }: LogEntry): boolean {
    const sent = seq === this.#cursor.seq ? this.#cursor.eventId : this.#recent.get(seq)
    return sent === undefined || sent === eventId
  }

  #write(message: OutgoingMessage): void {
    if (this.#isOver) return
    const { wire, onMerged } = this.#parts
    if (this.#waiting.size === 0 && wire.unsentBytes() <= this.#limits.mergeOverBytes) {
      this.#send(message)
      return
    }
    if (this.#waiting.push(message) && message.kind === 'event') onMerged?.(message.ev.type)
  }

  #isFull(): boolean {
    const bytes = this.#waiting.bytes + this.#parts.wire.unsentBytes()
    const isFull = bytes > this.#limits.closeOverBytes || this.#waiting.size >= MAX_WAITING
    if (isFull) this.#fullAt ??= this.#parts.monotonicMs()
    return isFull
  }

  #drain(): void {
    while (this.#parts.wire.unsentBytes() <= this.#limits.mergeOverBytes) {
      const next = this.#waiting.shift()
      if (next === undefined) {
        this.#tellRoom()
        return
      }
      this.#send(next)
    }
  }

  #tellRoom(): void {
    const tell = this.#onRoom
    this.#onRoom = undefined
    tell?.()
  }

  #send(message: OutgoingMessage): void {
    if (message.kind === 'text') {
      this.#toWire(message.text)
      return
    }
    const { eventId, ev, receivedAt, seq } = message
    const ts = this.#parts.now()
    const sinceOfferedMs = Math.max(0, Math.round((ts - receivedAt) * 10) / 10)
    this.#owe(ev)
    const stamped = ev.type === 'call.gone' ? ev : { ...ev, data: { ...ev.data, sinceOfferedMs } }
    this.#toWire(JSON.stringify({ t: 'ev', ...this.#place(seq), eventId, ts, ev: stamped }))
    // Nothing else of this turn stands before a pop.
    if (ev.type === 'call.pop') this.#parts.wire.flush()
    this.#parts.onSent(ev, receivedAt, seq === undefined ? 'direct' : 'log')
  }

  /** `after` where entries between were replaced by newer ones: what the client has is whole all the same. */
  #place(seq: number | undefined): object {
    if (seq === undefined) return {}
    const after = this.#sentSeq
    this.#sentSeq = seq
    this.#unacked.sent(seq, this.#parts.monotonicMs())
    return after === seq - 1 ? { seq } : { seq, after }
  }

  /** One acknowledgement, and of a pop one paint. */
  #owe(ev: ScreenEvent): void {
    this.#owed = Math.min(this.#owed + (ev.type === 'call.pop' ? 2 : 1), MAX_OWED)
    if (ev.type !== 'call.pop') return
    this.#notePop(ev.data.popId)
  }

  /** When the network has taken the last that went before something had to wait, the rest goes on at once. */
  #toWire(text: string): void {
    const { wire } = this.#parts
    const isFull = wire.unsentBytes() + text.length > this.#limits.mergeOverBytes
    if (isFull) wire.send(text, () => this.#drain())
    else wire.send(text)
  }
}
