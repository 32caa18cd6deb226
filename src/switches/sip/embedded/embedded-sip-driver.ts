import { randomBytes } from 'node:crypto'
import type { EventId } from '../../../call/ids.ts'
import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { after, type Clock, interval, ReleaseStack, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { DriverState, SwitchDriver, TakeEvent } from '../../switch-driver.ts'
import { TrunkTable } from '../trunk-table.ts'
import { AnswerCache } from './answer-cache.ts'
import { readDialogMemory } from './dialog-memory.ts'
import { checkRequest, METHODS } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import { GatewayCore, statelessAnswer } from './gateway-core.ts'
import { type AddressedFlow, listenTcp, listenUdp } from './listeners.ts'
import { parseWire } from './parse-wire.ts'
import { answerKey, ReplyPath } from './reply-path.ts'
import { SipCalls } from './sip-calls.ts'
import { answerPort } from './via.ts'

interface Parts {
  readonly sip: Config['sip']
  readonly trunks: readonly TrunkConfig[]
  readonly makeEventId: (now: number) => EventId
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

const SWEEP_MS = 10_000
/** Answers kept for 32 s: 1,000 calls/s with an INVITE and a BYE each, and room beside it. */
const MAX_ANSWERS = 100_000
const DRAIN_MS = 3_000

/**
 * The SIP stack in this process (docs/decisions/0004): our sockets, framing, parser, edge checks and answer cache
 * around sip.js' transactions and dialogs. Nothing a peer sends may throw out of `#onBytes`.
 */
export class EmbeddedSipDriver implements SwitchDriver {
  readonly name = 'sip'
  readonly #parts: Parts
  readonly #trunks: TrunkTable
  readonly #cache: AnswerCache
  readonly #releases = new ReleaseStack()
  /** For answers without a transaction. */
  readonly #toTag = randomBytes(8).toString('hex')
  readonly #restored: Readonly<Record<string, unknown>>[] = []
  #core: GatewayCore | undefined
  #calls: SipCalls | undefined
  #path: ReplyPath | undefined
  #isDraining = false
  #state: DriverState = { state: 'down', why: 'not started' }
  #port = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#trunks = new TrunkTable(parts.trunks)
    this.#cache = new AnswerCache({ clock: parts.clock, max: MAX_ANSWERS })
  }

  /** The port listened on, which differs from the configured one when that is 0. */
  get port(): number {
    return this.#port
  }

  state(): DriverState {
    return this.#state
  }

  /** Dialogs of the calls that were open before a restart; before `start`. */
  restore(dialogs: readonly Readonly<Record<string, unknown>>[]): void {
    this.#restored.push(...dialogs)
  }

  async start(take: TakeEvent): Promise<void> {
    const { sip, log, metrics } = this.#parts
    const onBytes = (bytes: Buffer, from: { address: string; port: number }, flow: AddressedFlow) =>
      this.#onBytes(bytes, from, flow)
    const isPeer = (address: string) => this.#trunks.isPeer(address)
    const listen = { isPeer, onBytes, log, metrics }
    this.#cache.start()
    this.#releases.push('answer cache', () => this.#cache.stop())
    const tcp = await listenTcp({ ...listen, limits: sip })
    this.#releases.push('sip over tcp', tcp.stop)
    this.#port = tcp.port
    this.#makeCore(take)
    const udp = await listenUdp({ ...listen, limits: { ...sip, port: tcp.port } })
    this.#releases.push('sip over udp', udp.stop)
    this.#releases.push(
      'sweep',
      interval(() => this.#calls?.sweep(), SWEEP_MS)
    )
    this.#state = { state: 'up' }
    log.info('sip.listening', { port: this.#port, what: 'udp and tcp' })
  }

  async stop(): Promise<void> {
    this.#isDraining = true
    this.#state = { state: 'down', why: 'stopping' }
    let giveUp: Stop = () => {}
    const late = new Promise<void>(done => {
      giveUp = after(DRAIN_MS, done)
    })
    await Promise.race([this.#calls?.settled(), late])
    giveUp()
    this.#core?.stop()
    await this.#releases.release()
  }

  #makeCore(take: TakeEvent): void {
    const { sip, makeEventId, log, metrics, clock } = this.#parts
    const host = sip.advertisedHost ?? sip.host
    const contact = `sip:callbox@${host.includes(':') ? `[${host}]` : host}:${this.#port}`
    const isDraining = () => this.#isDraining
    const core = new GatewayCore({
      contact,
      handlers: {
        onInvite: (request, server) => this.#path && calls.onInvite(request, server, this.#path),
        onUpdate: (request, server) => calls.onUpdate(request, server),
        onLostDialog: request => calls.onLostDialog(request),
        isDraining
      }
    })
    const calls = new SipCalls({
      core: () => core,
      trunks: this.#trunks,
      maxDialogs: sip.maxDialogs,
      ...{ take, makeEventId, contact, host, isDraining, log, metrics, clock }
    })
    for (const stored of this.#restored) this.#restore(calls, stored)
    this.#core = core
    this.#calls = calls
  }

  #restore(calls: SipCalls, stored: Readonly<Record<string, unknown>>): void {
    const memory = readDialogMemory(stored)
    const trunk = this.#parts.trunks.find(each => each.id === memory?.trunk)
    const number = trunk?.numbers.find(each => each.number === memory?.ddi) ?? trunk?.numbers[0]
    if (memory === undefined || trunk === undefined || number === undefined) return
    calls.restore(memory, { trunk, number, ddi: memory.ddi, isKnownNumber: true })
  }

  #onBytes(bytes: Buffer, from: { address: string; port: number }, flow: AddressedFlow): void {
    try {
      this.#receive(bytes, from, flow)
    } catch (thrown) {
      this.#parts.metrics.sipReceiveFaults.inc()
      this.#parts.log.fault('sip.receive', new Fault('sip.receive-fault', { reason: reasonOf(thrown) }, thrown))
    }
  }

  #receive(bytes: Buffer, from: { address: string; port: number }, flow: AddressedFlow): void {
    const { sip, metrics, clock } = this.#parts
    const source = { ...from, receivedAt: clock.now() }
    const parsed = parseWire(bytes, sip.maxHeaders)
    if (parsed.kind === 'keep-alive') return
    if (parsed.kind !== 'request') {
      // We send no requests, so no response is for us.
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
    const path = new ReplyPath(request, back, this.#cache)
    if (this.#wasAnswered(request, flow)) return
    if (checked.kind === 'answer') {
      metrics.sipRefused.inc({ reason: checked.reason })
      void path.send(statelessAnswer(request, checked.status, this.#toTag, checked.headers))
    } else this.#toCore(request, path)
  }

  /** A repeat over UDP of what has its final answer. */
  #wasAnswered(request: FastRequest, flow: AddressedFlow): boolean {
    if (flow.isReliable) return false
    if (request.method === 'ACK') {
      this.#cache.acknowledge(request.viaBranch)
      return false
    }
    if (request.method !== 'CANCEL' && this.#core?.hasTransaction(request.viaBranch)) return false
    return this.#cache.replay(answerKey(request))
  }

  #toCore(request: FastRequest, path: ReplyPath): void {
    const core = this.#core
    if (core === undefined) return
    if (request.method === 'CANCEL' && !core.hasTransaction(request.viaBranch) && this.#calls?.onLostCancel(request)) {
      void path.send(statelessAnswer(request, 200, this.#toTag, []))
      return
    }
    this.#path = path
    core.take(request, path)
    this.#path = undefined
  }
}
