import { connect, type Socket } from 'node:net'
import { after, interval, type Stop } from '../../../operations/lifecycle.ts'
import { encodeFrame, FrameDecoder } from './eisec-frame.ts'
import type { EisecLimits, EisecSite } from './eisec-limits.ts'
import { type Pdu, parsePdu, printPdu } from './eisec-pdu.ts'

/*
 *   connecting ─▶ logging-on ─ LA ──────────────▶ asking-polls ─ TA, TJ ─▶ ready
 *                     │  └──── LG, with a new password ─▶ changing ─ PA, PJ ─▶ asking-polls
 *                     └─ LJ ─▶ over        any state: silence, LO, an end of the connection ─▶ over
 */
type LinkState = 'connecting' | 'logging-on' | 'changing' | 'asking-polls' | 'ready' | 'over'

/** `rejected`: with the digit of LJ. */
export type LinkEnd =
  | { readonly kind: 'rejected'; readonly reason: number }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'stopped' }

export type Answer = Extract<Pdu, { type: 'QP' | 'QN' }>

export interface LinkParts {
  readonly site: EisecSite
  readonly user: string
  readonly password: string
  /** What the password is changed to where only grace log-ons are left. */
  readonly newPassword?: string
  readonly limits: EisecLimits
  readonly onReady: () => void
  /** Only so many log-ons are left before the password must have been changed. */
  readonly onGrace: (left: number) => void
  /** The new password is sent when this has resolved: whoever logs on next must know that it may be in force. */
  readonly beforeChange: () => Promise<void>
  /** Undefined: it is in force; else the digit of PJ. */
  readonly onChanged: (rejected: number | undefined) => void
  readonly onAnswer: (answer: Answer) => void
  /** What came in was ignored. */
  readonly onBad: (what: 'frame' | 'pdu' | 'unexpected', reason: string) => void
  /** TJ: nothing tells a dead link from a quiet one but the deadlines of requests. */
  readonly onNoPolling: (reason: number) => void
  /** Once. */
  readonly onEnd: (end: LinkEnd) => void
}

/** A peer that sends this much rubbish in a row is not EISEC. */
const MAX_BAD_IN_A_ROW = 20
/** Unread requests: 16 and some polls are less than this. */
const MAX_UNSENT_BYTES = 16_384
const GOODBYE_MS = 500

/** One connection to one site, from its log-on to its end. */
export class EisecLink {
  readonly #parts: LinkParts
  readonly #decoder = new FrameDecoder()
  #state: LinkState = 'connecting'
  #socket: Socket | undefined
  #badInARow = 0
  #stopStep: Stop = () => {}
  #stopPolls: Stop = () => {}
  #stopSilence: Stop = () => {}

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  start(): void {
    const { site, user, password, limits } = this.#parts
    const socket = connect({ ...site, noDelay: true, keepAlive: true })
    this.#socket = socket
    this.#within(limits.connectMs, 'no connection in time')
    socket.on('connect', () => {
      this.#become('logging-on')
      this.#within(limits.logOnMs, 'no answer to the log-on')
      this.#send({ type: 'LR', user, password })
    })
    socket.on('data', chunk => this.#receive(chunk))
    socket.on('error', thrown => this.#end({ kind: 'lost', why: thrown.message }))
    socket.on('close', () => this.#end({ kind: 'lost', why: 'the connection was closed' }))
  }

  /** False when nothing can be asked now. */
  ask(request: number, telephone: string): boolean {
    return this.isReady && this.#send({ type: 'NQ', request, telephone })
  }

  /** Ends it for a reason of ours. */
  drop(why: string): void {
    this.#end({ kind: 'lost', why })
  }

  /** Logs off; resolves when the connection is gone. */
  async stop(): Promise<void> {
    const socket = this.#socket
    const hadLogOn = this.#state !== 'connecting' && this.#state !== 'over'
    if (hadLogOn) this.#send({ type: 'LO' })
    this.#become('over')
    this.#stopTimers()
    if (socket === undefined || socket.closed) return
    await new Promise<void>(done => {
      const stop = after(GOODBYE_MS, () => socket.destroy())
      socket.once('close', () => {
        stop()
        done()
      })
      if (hadLogOn) socket.end()
      else socket.destroy()
    })
    this.#parts.onEnd({ kind: 'stopped' })
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'over') return
    this.#heard()
    for (const decoded of this.#decoder.push(chunk)) {
      if (decoded.kind === 'bad') this.#bad('frame', decoded.reason)
      else {
        const read = parsePdu(decoded.body)
        if (read.kind === 'bad') this.#bad('pdu', read.reason)
        else this.#take(read.pdu)
      }
    }
  }

  #take(pdu: Pdu): void {
    this.#badInARow = 0
    if (this.#state === 'over' || pdu.type === 'PO') return
    if (pdu.type === 'LO') this.#end({ kind: 'lost', why: 'the service logged us off' })
    else if (this.#state === 'logging-on') this.#takeLogOn(pdu)
    else if (this.#state === 'changing' && (pdu.type === 'PA' || pdu.type === 'PJ')) {
      this.#parts.onChanged(pdu.type === 'PA' ? undefined : pdu.reason)
      this.#askPolls()
    } else if (this.#state === 'asking-polls' && (pdu.type === 'TA' || pdu.type === 'TJ')) {
      if (pdu.type === 'TA') this.#startPolls()
      else this.#parts.onNoPolling(pdu.reason)
      this.#become('ready')
      this.#stopStep()
      this.#parts.onReady()
    } else if (this.#state === 'ready' && (pdu.type === 'QP' || pdu.type === 'QN')) this.#parts.onAnswer(pdu)
    else this.#parts.onBad('unexpected', pdu.type)
  }

  #takeLogOn(pdu: Pdu): void {
    const { newPassword, onGrace, onBad } = this.#parts
    if (pdu.type === 'LJ') this.#end({ kind: 'rejected', reason: pdu.reason })
    else if (pdu.type === 'LA') this.#askPolls()
    else if (pdu.type === 'LG') {
      onGrace(pdu.left)
      if (newPassword === undefined) this.#askPolls()
      else void this.#change(newPassword)
    } else onBad('unexpected', pdu.type)
  }

  /** What cannot be kept is not sent: the password stays, and the next log-on tries again. */
  async #change(to: string): Promise<void> {
    const { password, limits, beforeChange } = this.#parts
    this.#become('changing')
    this.#within(limits.logOnMs, 'no answer to the new password')
    try {
      await beforeChange()
      if (this.#state === 'changing') this.#send({ type: 'PC', from: password, to })
    } catch {
      // The one who was to keep it has said why.
      if (this.#state === 'changing') this.#askPolls()
    }
  }

  #askPolls(): void {
    const { limits } = this.#parts
    this.#become('asking-polls')
    this.#within(limits.logOnMs, 'no answer to the poll time')
    this.#send({ type: 'TS', seconds: limits.pollSeconds })
  }

  #startPolls(): void {
    const { limits } = this.#parts
    this.#stopPolls = interval(() => this.#send({ type: 'PO' }), limits.pollSendMs)
    this.#stopSilence = after(limits.silentMs, () => this.#end({ kind: 'lost', why: 'it fell silent' }))
    this.#heard = () => {
      this.#stopSilence()
      this.#stopSilence = after(limits.silentMs, () => this.#end({ kind: 'lost', why: 'it fell silent' }))
    }
  }

  /** Nothing to do where nobody polls. */
  #heard: () => void = () => {}

  #bad(what: 'frame' | 'pdu', reason: string): void {
    this.#badInARow += 1
    this.#parts.onBad(what, reason)
    if (this.#badInARow >= MAX_BAD_IN_A_ROW) this.#end({ kind: 'lost', why: 'it sends what cannot be read' })
  }

  #send(pdu: Pdu): boolean {
    const frame = encodeFrame(printPdu(pdu))
    const socket = this.#socket
    if (frame === undefined || socket === undefined || this.#state === 'over') return false
    if (socket.writableLength > MAX_UNSENT_BYTES) {
      this.#end({ kind: 'lost', why: 'it does not read' })
      return false
    }
    socket.write(frame)
    return true
  }

  #within(ms: number, why: string): void {
    this.#stopStep()
    this.#stopStep = after(ms, () => this.#end({ kind: 'lost', why }))
  }

  #become(state: LinkState): void {
    if (this.#state !== 'over') this.#state = state
  }

  #end(end: LinkEnd): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#stopTimers()
    this.#socket?.destroy()
    this.#parts.onEnd(end)
  }

  #stopTimers(): void {
    this.#stopStep()
    this.#stopPolls()
    this.#stopSilence()
  }
}
