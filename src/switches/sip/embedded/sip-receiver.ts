import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { EventId } from '../../../call/ids.ts'
import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { type Clock, interval, ReleaseStack } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { ChooseDevice, TakeEvent } from '../../switch-driver.ts'
import { TrunkTable } from '../trunk-table.ts'
import { AnswerCache } from './answer-cache.ts'
import { readDialogMemory } from './dialog-memory.ts'
import { checkRequest, METHODS } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import { GatewayCore } from './gateway-core.ts'
import { Guard } from './guard.ts'
import type { AddressedFlow } from './listeners.ts'
import { LoopDelay } from './loop-delay.ts'
import { OwnRequests } from './own-requests.ts'
import { parseWire } from './parse-wire.ts'
import { answerKey, type Flow, ReplyPath } from './reply-path.ts'
import { SipCalls } from './sip-calls.ts'
import { statelessAnswer } from './stateless-answer.ts'
import { answerPort } from './via.ts'

interface Parts {
  readonly sip: Config['sip']
  /** The port our Contact names. */
  readonly port: number
  readonly trunks: readonly TrunkConfig[]
  readonly take: TakeEvent
  /** Only for trunks that ask us where a call should go. */
  readonly chooseDevice?: ChooseDevice
  readonly isDraining: () => boolean
  readonly makeEventId: (now: number) => EventId
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

const SWEEP_MS = 10_000
/** Answers kept for 32 s: 1,000 calls/s with an INVITE and a BYE each, and room beside it. */
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
  readonly #table: TrunkTable
  readonly #loopDelay: LoopDelay
  readonly #releases = new ReleaseStack()
  /** For answers without a transaction. */
  readonly #toTag = randomBytes(8).toString('hex')
  /** The way back of the request the core is at. */
  #path: ReplyPath | undefined

  constructor(parts: Parts) {
    const { sip, port, trunks, isDraining, clock } = parts
    const table = new TrunkTable(trunks)
    const loopDelay = new LoopDelay({ clock, limitMs: sip.maxLoopDelayMs })
    this.#parts = parts
    this.#table = table
    this.#cache = new AnswerCache({ clock, max: MAX_ANSWERS })
    this.#requests = new OwnRequests({ clock, onBug: thrown => this.#onBug(thrown) })
    const host = sip.advertisedHost ?? reachable(sip.host)
    const contact = `sip:callbox@${host.includes(':') ? `[${host}]` : host}:${port}`
    const core = new GatewayCore({
      contact,
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
      maxDialogs: sip.maxDialogs,
      onBug: thrown => this.#onBug(thrown),
      ...{ contact, host }
    })
    this.#core = core
    this.#calls = calls
    this.#loopDelay = loopDelay
    this.#guard = new Guard({ ...parts, table, transactions: () => core.transactions, loopDelayMs: () => loopDelay.ms })
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

  /** A dialog of a call that was open before a restart. */
  restore(stored: Readonly<Record<string, unknown>>): void {
    const memory = readDialogMemory(stored)
    const trunk = this.#parts.trunks.find(each => each.id === memory?.trunk)
    const number = trunk?.numbers.find(each => each.number === memory?.ddi) ?? trunk?.numbers[0]
    if (memory === undefined || trunk === undefined || number === undefined) return
    this.#calls.restore(memory, { trunk, number, ddi: memory.ddi, isKnownNumber: true })
  }

  receive(bytes: Buffer, from: { address: string; port: number }, flow: AddressedFlow): void {
    try {
      this.#receive(bytes, from, flow)
    } catch (thrown) {
      this.#onBug(thrown)
    }
  }

  #receive(bytes: Buffer, from: { address: string; port: number }, flow: AddressedFlow): void {
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
    const back = flow.isReliable ? flow : flow.toPort(answerPort(via, from.port))
    const isNamed = checked.kind === 'checked' || checked.isNamed
    const path = new ReplyPath(request, back, isNamed ? this.#cache : NO_MEMORY)
    if (isNamed && this.#wasAnswered(request, flow)) return
    this.#guard.tellLoad(request)
    if (checked.kind === 'answer') {
      const { status, reason, headers = [] } = checked
      metrics.sipRefused.inc({ reason })
      // An INVITE that could be read and cannot be taken as it is: its switch must hear that at once.
      const isReadable = request.method === 'INVITE' && status !== 400 && status !== 505
      if (!isReadable && !this.#guard.mayAnswerBad(from.address)) return
      void path.send(statelessAnswer({ headers: request.wire }, { status, toTag: this.#toTag, headers }))
    } else if (!this.#isOverBudget(request, back)) this.#toCore(request, path)
  }

  /** Answered without a transaction and without a memory, because both are what is short. */
  #isOverBudget(request: FastRequest, back: Flow): boolean {
    // The core's type says string; a first request has none.
    const toTag = request.toTag as string | undefined
    const isNew = toTag === undefined && !this.#core.hasTransaction(request.viaBranch) && !this.#calls.isKnown(request)
    const refusal = isNew ? this.#guard.check(request) : undefined
    if (refusal === undefined) return false
    // A caller whose switch only asks where to send the call is not turned away, but sent where it goes without us.
    const redirect = request.method === 'INVITE' ? this.#table.match(request)?.trunk.redirect : undefined
    const answer =
      redirect === undefined
        ? { status: 503, headers: [`Retry-After: ${refusal.retryAfterSeconds}`] }
        : { status: 302, headers: [`Contact: <${redirect.defaultTarget}>`] }
    const path = new ReplyPath(request, back, NO_MEMORY)
    void path.send(statelessAnswer({ headers: request.wire }, { ...answer, toTag: this.#toTag }))
    return true
  }

  /** A repeat over UDP of what has its final answer. */
  #wasAnswered(request: FastRequest, flow: AddressedFlow): boolean {
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

/** The switch must be able to send to our Contact: "every address" is none. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host
  const family = host === '::' ? 'IPv6' : 'IPv4'
  const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? [])
  const outside = addresses.find(each => each.family === family && !each.internal && !each.address.startsWith('fe80'))
  return outside?.address ?? (host === '::' ? '::1' : '127.0.0.1')
}
