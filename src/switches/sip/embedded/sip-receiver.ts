import { randomBytes } from 'node:crypto'
import type { EventId } from '../../../call/ids.ts'
import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { type Clock, interval, ReleaseStack } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { CallPorts, FindDialogs } from '../../switch-driver.ts'
import { TrunkTable } from '../trunk-table.ts'
import { AnswerCache } from './answer-cache.ts'
import { matchOf, readDialogMemories } from './dialog-memory.ts'
import { checkRequest, METHODS } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import type { AddressedFlow, Flow, FlowTo, Sender } from './flow.ts'
import { GatewayCore } from './gateway-core.ts'
import { Guard } from './guard.ts'
import { HeldRequests } from './held-requests.ts'
import { LoopDelay } from './loop-delay.ts'
import { OwnRequests } from './own-requests.ts'
import { parseWire } from './parse-wire.ts'
import type { PeerLinks } from './peer-links.ts'
import { answerKey, ReplyPath } from './reply-path.ts'
import { SipCalls } from './sip-calls.ts'
import { statelessAnswer } from './stateless-answer.ts'
import { answerPort } from './via.ts'

interface Parts extends CallPorts {
  readonly sip: Config['sip']
  readonly trunks: readonly TrunkConfig[]
  /** Dialogs of other nodes; without it only those of this one are known. */
  readonly findDialogs?: FindDialogs
  /** Whether another node may have dialogs on its own disk that the record does not know of yet. */
  readonly isRecordBehind?: () => boolean
  /** What To-tags are made with: the same at all gateways that a switch may ask. */
  readonly tagSecret?: Buffer
  /** Ways to peers whose request is not at hand; without them no call is answered a second time. */
  readonly flowTo?: FlowTo
  readonly links?: Pick<PeerLinks, 'note'>
  /** How long messages lie with the kernel before they come here. */
  readonly unreadMs?: () => number
  /** Each request of a peer, by its address. */
  readonly onHeard?: (peer: string, isPing: boolean) => void
  readonly isDraining: () => boolean
  readonly makeEventId: (now: number) => EventId
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

const SWEEP_MS = 10_000
/** Answers kept for 32 s, to INVITE and to the rest each: 3,000 calls/s. */
const MAX_ANSWERS = 100_000
/** Keeps nothing: for what is answered but cannot be told from another request. */
const NO_MEMORY = { remember() {} } as const

/**
 * From the bytes of one message to its answer and its event, whatever brought the bytes: parser, edge checks, answer
 * cache, sip.js' core, the calls. Nothing a peer sends may throw out of `receive`.
 */
export class SipReceiver {
  readonly #parts: Parts
  readonly #cache: AnswerCache
  readonly #core: GatewayCore
  readonly #calls: SipCalls
  readonly #requests: OwnRequests
  readonly #guard: Guard
  readonly #held: HeldRequests | undefined
  readonly #loopDelay: LoopDelay
  readonly #releases = new ReleaseStack()
  /** For answers without a transaction. */
  readonly #toTag = randomBytes(8).toString('hex')
  /** The way back of the request the core is at. */
  #path: ReplyPath | undefined

  constructor(parts: Parts) {
    const { sip, trunks, isDraining, clock } = parts
    const table = new TrunkTable(trunks)
    const loopDelay = new LoopDelay({ clock, limitMs: sip.maxLoopDelayMs })
    this.#parts = parts
    const cache = new AnswerCache({
      clock,
      max: MAX_ANSWERS,
      onForgotten: () => parts.metrics.sipAnswersForgotten.inc()
    })
    this.#cache = cache
    this.#requests = new OwnRequests({ clock, onBug: thrown => this.#onBug(thrown) })
    const core = new GatewayCore({
      toTag: this.#toTag,
      handlers: {
        onInvite: (request, server) => this.#path && calls.onInvite(request, server, this.#path),
        onInside: (request, server) => calls.onInside(request, server),
        onLostDialog: request => calls.onLostDialog(request),
        onLostCancel: request => calls.onLostCancel(request),
        isOwner: request => calls.isOwner(request),
        isDraining
      }
    })
    const calls = new SipCalls({
      ...parts,
      core: () => core,
      trunks: table,
      requests: this.#requests,
      pathTo: (request, memory) => {
        const flow = parts.flowTo?.(memory)
        return flow === undefined ? undefined : new ReplyPath(request, flow, cache)
      },
      maxDialogs: sip.maxDialogs,
      onBug: thrown => this.#onBug(thrown)
    })
    this.#core = core
    this.#calls = calls
    this.#loopDelay = loopDelay
    const { findDialogs: find } = parts
    const onBug = (thrown: unknown) => this.#onBug(thrown)
    this.#held = find === undefined ? undefined : new HeldRequests({ ...parts, find, areTagsOurs: true, onBug })
    this.#guard = new Guard({
      ...parts,
      table,
      transactions: () => core.transactions,
      areAnswersFull: () => cache.isFull,
      loopDelayMs: () => Math.max(loopDelay.ms, parts.unreadMs?.() ?? 0)
    })
  }

  /** What is held in memory now, for tests and figures. */
  get counts() {
    const { dialogs, transactions, ongoing } = this.#core
    return {
      legs: this.#calls.size,
      dialogs,
      transactions,
      ongoing,
      answers: this.#cache.size,
      requests: this.#requests.size
    }
  }

  /** What the guard holds of peers and of refused calls; it is forgotten after a while of silence. */
  get guarded() {
    return this.#guard.counts
  }

  start(): void {
    this.#cache.start()
    this.#releases.push('answer cache', () => this.#cache.stop())
    this.#requests.start()
    this.#releases.push('own requests', () => this.#requests.stop())
    this.#loopDelay.start()
    this.#releases.push('loop delay', () => this.#loopDelay.stop())
    this.#guard.start()
    this.#releases.push('guard', () => this.#guard.stop())
    const stopSweep = interval(() => this.#sweep(), SWEEP_MS)
    this.#releases.push('sweep', stopSweep)
    this.#calls.start()
    this.#releases.push('second answers', () => this.#calls.stop())
  }

  /** Resolves when every INVITE taken has its answer. */
  settled(): Promise<void> {
    return this.#calls.settled()
  }

  /** Dialogs are left as they are: no BYE, because the switch's own routing goes on. */
  stop(): Promise<void> {
    this.#core.stop()
    return this.#releases.release()
  }

  /** The dialogs of a call that was open before a restart, or that another node had. */
  restore(stored: Readonly<Record<string, unknown>>): void {
    for (const memory of readDialogMemories(stored)) {
      const match = matchOf(this.#parts.trunks, memory)
      if (match !== undefined) this.#calls.restore(memory, match)
    }
  }

  receive(bytes: Buffer, from: Sender, flow: AddressedFlow): void {
    try {
      this.#receive(bytes, from, flow)
    } catch (thrown) {
      this.#onBug(thrown)
    }
  }

  #receive(bytes: Buffer, from: Sender, flow: AddressedFlow): void {
    const { sip, metrics, clock } = this.#parts
    const source = { ...from, receivedAt: clock.now() }
    const parsed = parseWire(bytes, sip.maxHeaders)
    if (parsed.kind === 'keep-alive') return
    if (parsed.kind !== 'request') {
      if (parsed.kind === 'response' && this.#requests.receive(bytes)) return
      metrics.sipRefused.inc({ reason: parsed.kind === 'response' ? 'response' : parsed.fault })
      return
    }
    const checked = checkRequest(parsed.message, source, parsed.fault)
    if (checked.kind === 'silence') {
      metrics.sipRefused.inc({ reason: checked.reason })
      return
    }
    const { request, via } = checked
    metrics.sipReceived.inc({ method: METHODS.find(method => method === request.method) ?? 'other' })
    this.#parts.onHeard?.(from.address, request.method === 'OPTIONS')
    if (flow.isReliable) this.#parts.links?.note(flow, from.address, via)
    const back = flow.toPort(answerPort(via, from.port, flow.transport))
    const isNamed = checked.kind === 'checked' || checked.isNamed
    const path = new ReplyPath(request, back, isNamed ? this.#cache : NO_MEMORY)
    if (isNamed && this.#wasAnswered(request, flow)) return
    this.#guard.tellLoad(request)
    if (checked.kind === 'answer') {
      const { status, reason, headers = [] } = checked
      metrics.sipRefused.inc({ reason })
      const isReadable = request.method === 'INVITE' && status !== 400 && status !== 505
      const judged = this.#guard.judgeBad(from.address, isReadable)
      if (judged === 'silence') return
      const way = judged === 'answer' ? path : new ReplyPath(request, back, NO_MEMORY)
      void way.send(statelessAnswer({ headers: request.wire }, { status, toTag: this.#toTag, headers }))
    } else if (!this.#isOverBudget(request, back) && !this.#isHeld(request, path)) this.#toCore(request, path)
  }

  /** True while the record is asked for a dialog that this node does not have; it comes to the core afterwards. */
  #isHeld(request: FastRequest, path: ReplyPath): boolean {
    if (this.#held === undefined || !isInside(request)) return false
    if (this.#core.hasTransaction(request.viaBranch) || this.#calls.isKnown(request)) return false
    return this.#held.hold(request, {
      goOn: stored => {
        if (stored !== undefined) this.restore(stored)
        if (!this.#wasAnswered(request, path.flow)) this.#toCore(request, path)
      },
      notNow: () => {
        const way = new ReplyPath(request, path.flow, NO_MEMORY)
        const headers = ['Retry-After: 1']
        void way.send(statelessAnswer({ headers: request.wire }, { status: 500, toTag: this.#toTag, headers }))
      }
    })
  }

  /** Answered without a transaction and without a memory, because both are what is short. */
  #isOverBudget(request: FastRequest, back: Flow): boolean {
    // The core's type says string; a first request has none.
    const toTag = request.toTag as string | undefined
    const isNew = toTag === undefined && !this.#core.hasTransaction(request.viaBranch) && !this.#calls.isKnown(request)
    const refusal = isNew ? this.#guard.check(request) : undefined
    if (refusal === undefined) return false
    const { status, header } = refusal
    const path = new ReplyPath(request, back, NO_MEMORY)
    void path.send(statelessAnswer({ headers: request.wire }, { status, toTag: this.#toTag, headers: [header] }))
    return true
  }

  /** A repeat over UDP of what has its final answer. */
  #wasAnswered(request: FastRequest, flow: Flow): boolean {
    if (flow.isReliable) return false
    if (request.method === 'ACK') {
      this.#cache.acknowledge(request.viaBranch)
      return false
    }
    if (request.method !== 'CANCEL' && this.#core.hasTransaction(request.viaBranch)) return false
    return this.#cache.replay(answerKey(request))
  }

  #toCore(request: FastRequest, path: ReplyPath): void {
    this.#path = path
    try {
      this.#core.take(request, path)
    } finally {
      this.#path = undefined
    }
  }

  /** Runs in a timer, where nothing else would catch. */
  #sweep(): void {
    try {
      this.#calls.sweep()
    } catch (thrown) {
      this.#onBug(thrown)
    }
  }

  #onBug(thrown: unknown): void {
    this.#parts.metrics.sipReceiveFaults.inc()
    this.#parts.log.fault('sip.receive', new Fault('sip.receive-fault', { reason: reasonOf(thrown) }, thrown))
  }
}

/** What belongs to a dialog, or to an INVITE that was sent before; an ACK is never answered, and so never asked about. */
function isInside({ method, toTag }: FastRequest): boolean {
  // The core's type says string; a first request has none.
  return method !== 'ACK' && (method === 'CANCEL' || (toTag as string | undefined) !== undefined)
}
