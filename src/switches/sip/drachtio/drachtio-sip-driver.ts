import type Srf from 'drachtio-srf'
import type { EventId } from '../../../call/ids.ts'
import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { type Clock, interval, ReleaseStack, within } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { CallPorts, DriverState, FindDialogs, SwitchDriver, TakeEvent } from '../../switch-driver.ts'
import { matchOf, readDialogMemories } from '../embedded/dialog-memory.ts'
import { CAPABILITIES, METHODS } from '../embedded/edge.ts'
import type { FastRequest } from '../embedded/fast-request.ts'
import { Guard } from '../embedded/guard.ts'
import { HeldRequests } from '../embedded/held-requests.ts'
import { LoopDelay } from '../embedded/loop-delay.ts'
import { TrunkTable } from '../trunk-table.ts'
import { DrachtioCalls } from './drachtio-calls.ts'
import { answer, type Exchange } from './drachtio-exchange.ts'
import { DrachtioLink, type DrachtioServer } from './drachtio-link.ts'
import { readRequest } from './drachtio-request.ts'
import { forgetInvite, withoutCopies } from './srf-inside.ts'

interface Parts extends Omit<CallPorts, 'take'> {
  readonly sip: Config['sip']
  readonly servers: readonly DrachtioServer[]
  readonly secret: string
  readonly trunks: readonly TrunkConfig[]
  /** The dialogs of other gateways at the same servers, in the record. */
  readonly findDialogs?: FindDialogs
  /** Whether another node may have dialogs on its own disk that the record does not know of yet. */
  readonly isRecordBehind?: () => boolean
  readonly onHeard?: (peer: string, isPing: boolean) => void
  readonly makeEventId: (now: number) => EventId
  /** Whenever `state()` says something new. */
  readonly onState: (state: DriverState) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

const DRAIN_MS = 3_000
const SWEEP_MS = 10_000
/** What an operator reads of a server that does not serve. */
const WORDS = {
  connecting: 'has not answered yet',
  away: 'is away: start it, or correct its address',
  silent: 'is connected and does not answer: restart it',
  refused: 'does not take our secret: compare sip.drachtio.secretFile with its admin secret'
} as const

/**
 * The same calls through a drachtio-server that a force runs in front (drachtio-srf): it owns sockets, transactions and
 * dialogs, here is who may speak, what a request means and what is answered. Nothing it hands over may throw back into
 * the library, which would end the process.
 */
export class DrachtioSipDriver implements SwitchDriver {
  readonly name = 'sip'
  readonly #parts: Parts
  readonly #trunks: TrunkTable
  readonly #loopDelay: LoopDelay
  readonly #guard: Guard
  readonly #releases = new ReleaseStack()
  readonly #links: readonly DrachtioLink[]
  readonly #held: HeldRequests | undefined
  readonly #restored: Readonly<Record<string, unknown>>[] = []
  #calls: DrachtioCalls | undefined
  #isDraining = false
  #isStopped = true

  constructor(parts: Parts) {
    this.#parts = parts
    const table = new TrunkTable(parts.trunks)
    const loopDelay = new LoopDelay({ clock: parts.clock, limitMs: parts.sip.maxLoopDelayMs })
    this.#trunks = table
    this.#loopDelay = loopDelay
    const transactions = () => this.#calls?.size ?? 0
    // Answers are kept by the server, not by us.
    const areAnswersFull = () => false
    this.#guard = new Guard({ ...parts, table, transactions, areAnswersFull, loopDelayMs: () => loopDelay.ms })
    const { findDialogs: find } = parts
    const onBug = (thrown: unknown) => this.#onBug(thrown)
    this.#held = find === undefined ? undefined : new HeldRequests({ ...parts, find, areTagsOurs: false, onBug })
    this.#links = parts.servers.map(
      server =>
        new DrachtioLink({
          server,
          secret: parts.secret,
          log: parts.log,
          onRequest: (req, res, link) => this.#safely(() => this.#onRequest({ req, res, link })),
          onOver: (message, reason) => this.#safely(() => this.#onOver(message, reason)),
          onLost: link => this.#safely(() => this.#calls?.onLost(link)),
          onState: () => parts.onState(this.state())
        })
    )
  }

  /** Of the servers we know only where to reach them, not where they listen for switches. */
  get port(): number {
    return 0
  }

  /** down: no server serves. retrying: some do, and `why` says which do not. */
  state(): DriverState {
    if (this.#isStopped) return { state: 'down', why: this.#isDraining ? 'stopping' : 'not started' }
    const away = this.#links.filter(link => link.state !== 'up')
    if (away.length === 0) return { state: 'up' }
    const said = away.map(({ name, state }) => `drachtio at ${name} ${state === 'up' ? '' : WORDS[state]}`)
    const serving = this.#links.length - away.length
    const why = `${said.join('; ')} (${serving} of ${this.#links.length} serve)`
    return { state: serving === 0 ? 'down' : 'retrying', why }
  }

  /** Dialogs of calls taken up from the record, at the start or from another node. */
  restore(dialogs: readonly Readonly<Record<string, unknown>>[]): void {
    if (this.#calls === undefined) this.#restored.push(...dialogs)
    else for (const stored of dialogs) this.#restoreOne(this.#calls, stored)
  }

  /** Resolves at once: a server that is away is no reason not to start, it is tried until it is there. */
  async start(take: TakeEvent): Promise<void> {
    const { sip, servers } = this.#parts
    this.#calls = new DrachtioCalls({
      ...this.#parts,
      take,
      trunks: this.#trunks,
      host: sip.advertisedHost ?? servers[0]?.host ?? '127.0.0.1',
      maxDialogs: sip.maxDialogs,
      isDraining: () => this.#isDraining,
      read: exchange => this.#read(exchange),
      readMessage: raw => this.#readMessage(raw),
      safely: run => this.#safely(run),
      onBug: thrown => this.#onBug(thrown)
    })
    for (const stored of this.#restored.splice(0)) this.#restoreOne(this.#calls, stored)
    this.#isStopped = false
    const stopSweep = interval(() => this.#safely(() => this.#calls?.sweep()), SWEEP_MS)
    this.#releases.push('sweep', stopSweep)
    this.#loopDelay.start()
    this.#releases.push('loop delay', () => this.#loopDelay.stop())
    this.#guard.start()
    this.#releases.push('guard', () => this.#guard.stop())
    for (const link of this.#links) {
      link.start()
      this.#releases.push(`drachtio at ${link.name}`, () => link.stop())
    }
  }

  drain(): void {
    this.#isDraining = true
  }

  async stop(): Promise<void> {
    this.#isDraining = true
    await within(DRAIN_MS, this.#calls?.settled() ?? Promise.resolve())
    this.#isStopped = true
    await this.#releases.release()
  }

  #restoreOne(calls: DrachtioCalls, stored: Readonly<Record<string, unknown>>): void {
    for (const memory of readDialogMemories(stored)) {
      const match = matchOf(this.#parts.trunks, memory)
      if (match !== undefined) calls.restore(memory, match)
    }
  }

  #onRequest(exchange: Exchange): void {
    const calls = this.#calls
    const { source, raw } = exchange.req
    if (source !== 'network') {
      const bye = this.#readMessage(raw)
      if (bye !== undefined) calls?.onServerBye(bye)
      return
    }
    const request = this.#read(exchange)
    if (request === undefined || calls === undefined) return
    // The parent's type says string; a first request has none.
    const toTag = request.toTag as string | undefined
    if (toTag === undefined && !calls.isKnown(request) && this.#isOverBudget(request, exchange)) return
    if (request.method === 'OPTIONS') this.#answerOptions(exchange)
    else if (toTag !== undefined) this.#onInside(calls, request, exchange)
    else if (request.method === 'INVITE') calls.onInvite(request, exchange)
    else if (request.method !== 'ACK') answer(exchange, request.method === 'REFER' ? 603 : 481)
  }

  /** Its call may be another gateway's, which is gone or beside us; then the record knows it. */
  #onInside(calls: DrachtioCalls, request: FastRequest, exchange: Exchange): void {
    const isLost = request.method !== 'ACK' && !calls.isKnown(request)
    const isHeld =
      isLost &&
      this.#held?.hold(request, {
        goOn: stored => {
          if (stored !== undefined) this.#restoreOne(calls, stored)
          calls.onInside(request, exchange)
        },
        notNow: () => answer(exchange, 500, { headers: ['Retry-After: 1'] })
      })
    if (isHeld !== true) calls.onInside(request, exchange)
  }

  /** A request of a peer that is in order. What is not has its answer, or is dropped. */
  #read(exchange: Exchange): FastRequest | undefined {
    const { metrics } = this.#parts
    const { req, res, link } = exchange
    withoutCopies(res)
    const address = req.source_address
    if (!this.#trunks.isPeer(address)) {
      // The server has said 100 to an INVITE by itself; nothing more is said.
      metrics.sipRefused.inc({ reason: 'unknown-peer' })
      forgetInvite(link.srf, req)
      return undefined
    }
    this.#parts.onHeard?.(address, req.method === 'OPTIONS')
    metrics.sipReceived.inc({ method: METHODS.find(method => method === req.method) ?? 'other' })
    const read = this.#check(req.raw, address, Number(req.source_port))
    if (read?.kind === 'checked') return read.request
    metrics.sipRefused.inc({ reason: read?.reason ?? 'no-start-line' })
    // The server answered every INVITE with 100 already, so one that could be read always gets its end from us.
    const isReadable = read?.kind === 'answer' && req.method === 'INVITE' && read.status !== 400 && read.status !== 505
    const isAnswered = read?.kind === 'answer' && this.#guard.judgeBad(address, isReadable) !== 'silence'
    if (isAnswered) answer(exchange, read.status, { headers: read.headers ?? [] })
    else forgetInvite(link.srf, req)
    return undefined
  }

  /** A message that tells of a call and is not ours to answer: a CANCEL, the server's own BYE, a record. */
  #readMessage(raw: string): FastRequest | undefined {
    const read = this.#check(raw, '', 0)
    return read === undefined || read.kind === 'silence' ? undefined : read.request
  }

  /** Of a message without a byte the library keeps no raw form, whatever its types say. */
  #check(raw: string | undefined, address: string, port: number) {
    const { sip, clock } = this.#parts
    return readRequest(raw ?? '', { address, port, receivedAt: clock.now() }, sip.maxHeaders)
  }

  #isOverBudget(request: FastRequest, exchange: Exchange): boolean {
    const refusal = this.#guard.check(request)
    if (refusal === undefined) return false
    answer(exchange, refusal.status, { headers: [refusal.header] })
    return true
  }

  #answerOptions(exchange: Exchange): void {
    if (this.#isDraining) answer(exchange, 503, { headers: ['Retry-After: 30'] })
    else answer(exchange, 200, { headers: [...CAPABILITIES] })
  }

  #onOver(message: Srf.SipMessage, reason: string): void {
    const request = this.#readMessage(message.raw)
    if (request !== undefined) this.#calls?.onOver(request, /cancel/i.test(reason))
  }

  /** False when it broke off. */
  #safely(run: () => void): boolean {
    try {
      run()
      return true
    } catch (thrown) {
      this.#onBug(thrown)
      return false
    }
  }

  #onBug(thrown: unknown): void {
    this.#parts.metrics.sipReceiveFaults.inc()
    this.#parts.log.fault('sip.receive', new Fault('sip.receive-fault', { reason: reasonOf(thrown) }, thrown))
  }
}
