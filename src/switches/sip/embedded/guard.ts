import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { Fault } from '../../../operations/errors.ts'
import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import { type Rate, TokenBucket } from '../../../operations/token-bucket.ts'
import { carriesEmergency, isMarkedEmergency, mayBeEmergency } from '../emergency.ts'
import { type TrunkMatch, type TrunkTable, toAddress } from '../trunk-table.ts'
import { detached } from './detached-text.ts'
import type { FastRequest } from './fast-request.ts'
import { takesOverloadControl, withOverload } from './overload-control.ts'
import { PeerLoad } from './peer-load.ts'
import { RecentKeys } from './recent-keys.ts'
import { parseVia } from './via.ts'

type SipBudgets = 'callsPerSecond' | 'pingsPerSecond' | 'badPerSecond' | 'maxLoopDelayMs' | 'maxDialogs'

interface Parts {
  readonly sip: Pick<Config['sip'], SipBudgets>
  readonly trunks: readonly TrunkConfig[]
  readonly table: TrunkTable
  /** Transactions the core holds now. */
  readonly transactions: () => number
  /** Whether the answer to another INVITE can be kept only by forgetting one. */
  readonly areAnswersFull: () => boolean
  readonly loopDelayMs: () => number
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** Why a request is not taken; a label of `gw_sip_refused_total`. */
export type Overload = 'peer-rate' | 'total-rate' | 'loop-delay' | 'transactions' | 'answers' | 'ping-rate'

/** 503 and when to come back; from a redirect trunk 302 to its default, because there it is the caller's own leg. */
export interface Refusal {
  readonly reason: Overload
  readonly status: 302 | 503
  readonly header: string
}

/** What is done with a broken message: answered, answered and not remembered, or neither. */
export type BadAnswer = 'answer' | 'answer-only' | 'silence'

const REPORT_MS = 1_000
/** More peers than any config names; beyond it, and after a while of silence, a peer starts anew. */
const MAX_PEERS = 20_000
const IDLE_MS = 60_000
/** Refused calls are known again for 16 to 32 s: longer than a switch repeats one over UDP. */
const REFUSED_TURN_MS = 16_000
const MAX_REFUSED = 50_000
const RETRY_MOST_SECONDS = 8

/**
 * What we take when more comes than we were built for. Only the first request of a call and pings are ever refused:
 * whatever belongs to a call we have passes, because to refuse it makes more work, not less. A call that may be to 999
 * is never refused here, only counted; a 101 call over a budget gets 503 and Retry-After before anything is kept of it.
 */
export class Guard {
  readonly #parts: Parts
  readonly #total: TokenBucket
  readonly #peers = new Map<string, PeerLoad>()
  readonly #refused = new RecentKeys(MAX_REFUSED)
  readonly #emergencyPeers: ReadonlySet<string>
  #turnAt: number
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    const { sip, trunks, clock } = parts
    const now = clock.monotonicMs()
    this.#total = new TokenBucket({ perSecond: sip.callsPerSecond, burst: sip.callsPerSecond }, now)
    this.#turnAt = now + REFUSED_TURN_MS
    this.#emergencyPeers = new Set(trunks.filter(carriesEmergency).flatMap(({ peers }) => peers.map(toAddress)))
  }

  start(): void {
    this.#stop = interval(() => this.#endSecond(), REPORT_MS)
  }

  stop(): void {
    this.#stop()
  }

  /** Peers and refused calls in memory, for tests and figures. */
  get counts() {
    return { peers: this.#peers.size, refused: this.#refused.size }
  }

  /** A request outside any dialog that is no repeat; undefined: it may go on. */
  check(request: FastRequest): Refusal | undefined {
    const { method } = request
    if (method === 'OPTIONS') return this.#checkPing(request)
    if (method !== 'INVITE' && method !== 'SUBSCRIBE') return undefined
    const match = this.#parts.table.match(request)
    return match === undefined ? undefined : this.#checkCall(request, match)
  }

  /**
   * A message the edge does not let pass. Over the peer's budget it meets silence, but for an INVITE that could be read
   * and cannot be taken as it is: its switch must hear that at once, though nothing is kept of it.
   */
  judgeBad(address: string, isReadable: boolean): BadAnswer {
    const peer = this.#peer(address)
    if (peer.takeBad(this.#parts.clock.monotonicMs())) return 'answer'
    if (isReadable) return 'answer-only'
    peer.count('unanswered')
    this.#parts.metrics.sipRefused.inc({ reason: 'bad-rate' })
    return 'silence'
  }

  /** Tells a peer that asks (RFC 7339) how much of what it sends is too much; in every answer to this request. */
  tellLoad(request: FastRequest): void {
    const vias = request.wire.get('via')
    const [top = ''] = vias ?? []
    const isAsked = /;[ \t]*oc/i.test(top) && takesOverloadControl(parseVia(top)?.params ?? {})
    if (vias === undefined || !isAsked) {
      const known = this.#peers.get(request.peer)
      // It has been replaced, or set up anew.
      if (known !== undefined && request.method === 'INVITE') known.isTold = false
      return
    }
    const peer = this.#peer(request.peer)
    peer.isTold = true
    vias[0] = withOverload(top, peer.loss, this.#parts.clock.now())
  }

  /** Pings have a budget of their own: a flood of 101 calls must not make a switch think that we are gone. */
  #checkPing(request: FastRequest): Refusal | undefined {
    const peer = this.#peer(request.peer)
    return peer.takePing(this.#parts.clock.monotonicMs()) ? undefined : this.#refuse(peer, 'ping-rate')
  }

  #checkCall(request: FastRequest, match: TrunkMatch): Refusal | undefined {
    const peer = this.#peer(request.peer)
    const isRefused = this.#refused.has(request.viaBranch)
    const reason = isRefused ? 'peer-rate' : this.#overloadFor(peer, match)
    if (reason === undefined) return undefined
    const isEmergency = mayBeEmergency(match) || isMarkedEmergency(request) || this.#isDoubtful(request, match)
    if (!isRefused) this.#parts.metrics.sipOverBudget.inc({ line: isEmergency ? '999' : match.number.line })
    if (isEmergency) {
      peer.count('taken')
      return undefined
    }
    // Its repeat over UDP must not be taken after all: the switch may have gone on with our 503.
    if (!isRefused) this.#refused.add(detached(request.viaBranch))
    return this.#refuse(peer, reason, match.trunk.redirect?.defaultTarget)
  }

  /** A number that no trunk of a peer knows, where any of its trunks carries 999. */
  #isDoubtful(request: FastRequest, { isKnownNumber }: TrunkMatch): boolean {
    return !isKnownNumber && this.#emergencyPeers.has(toAddress(request.peer))
  }

  #overloadFor(peer: PeerLoad, { trunk }: TrunkMatch): Overload | undefined {
    const { sip, clock, transactions, areAnswersFull, loopDelayMs } = this.#parts
    const now = clock.monotonicMs()
    const rate = { perSecond: trunk.callsPerSecond, burst: trunk.burst }
    if (!peer.takeCall(trunk.id, rate, now)) return 'peer-rate'
    if (!this.#total.take(now)) return 'total-rate'
    if (loopDelayMs() > sip.maxLoopDelayMs) return 'loop-delay'
    if (transactions() >= sip.maxDialogs) return 'transactions'
    return areAnswersFull() ? 'answers' : undefined
  }

  #refuse(peer: PeerLoad, reason: Overload, instead?: string): Refusal {
    peer.count('refused')
    this.#parts.metrics.sipRefused.inc({ reason })
    if (instead !== undefined) return { reason, status: 302, header: `Contact: <${instead}>` }
    const { sip, loopDelayMs } = this.#parts
    const late = Math.min(1, Math.max(0, loopDelayMs() / sip.maxLoopDelayMs - 1))
    const pressure = Math.max(peer.loss, late)
    const seconds = 1 + Math.round((RETRY_MOST_SECONDS - 1) * pressure)
    return { reason, status: 503, header: `Retry-After: ${seconds}` }
  }

  #peer(address: string): PeerLoad {
    const known = this.#peers.get(address)
    if (known !== undefined) return known
    const { sip, clock } = this.#parts
    const [oldest] = this.#peers.keys()
    if (this.#peers.size >= MAX_PEERS && oldest !== undefined) this.#peers.delete(oldest)
    const rates = { pings: twoSecondsOf(sip.pingsPerSecond), bad: twoSecondsOf(sip.badPerSecond) }
    const peer = new PeerLoad(rates, clock.monotonicMs())
    this.#peers.set(address, peer)
    return peer
  }

  #endSecond(): void {
    const now = this.#parts.clock.monotonicMs()
    if (now >= this.#turnAt) {
      this.#refused.turn()
      this.#turnAt = now + REFUSED_TURN_MS
    }
    for (const [address, peer] of this.#peers) {
      const report = peer.endSecond()
      if (report !== undefined) {
        const fault = new Fault('sip.over-budget', { ...report })
        this.#parts.log.fault('sip.over-budget', fault, { peer: address, count: report.refused })
      } else if (peer.isIdle(now, IDLE_MS)) this.#peers.delete(address)
    }
  }
}

/** A rate, of which twice as much may come at once. */
function twoSecondsOf(perSecond: number): Rate {
  return { perSecond, burst: 2 * perSecond }
}
