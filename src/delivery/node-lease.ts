import { Fault, reasonOf } from '../operations/errors.ts'
import { type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { Rounds } from '../operations/rounds.ts'

/** `live`: holds its lease. `lapsed`: its lease ran out. `left`: it gave the lease back. */
export type NodeState = 'live' | 'lapsed' | 'left'

export interface NodeRow {
  readonly node: string
  readonly siteGroup: string
  readonly isDraining: boolean
  readonly state: NodeState
  /** Since its last renewal. */
  readonly silentMs: number
  /** When its lease runs out or ran out, the same to all who ask. */
  readonly leaseEnd: string
}

export interface Renewal {
  /** Our own lease had run out before this: others may have adopted our calls. */
  readonly hadLapsed: boolean
  readonly nodes: readonly NodeRow[]
}

/** What one node makes of the table of nodes. */
export interface NodeJudgement {
  /** Nodes whose calls are to be adopted. */
  readonly gone: readonly string[]
  /** Those of them that said no good-bye. */
  readonly unheard: readonly string[]
  /** Of each of these a name for this death: one that was taken for dead, and lived, may die another time. */
  readonly deaths: readonly string[]
  /** One that has not left has missed a renewal: it may have calls on its own disk that the record does not know of. */
  readonly isOneSilent: boolean
  /** Live nodes beside us. */
  readonly beside: readonly string[]
  /** Whether anybody else may hold a call: live, or gone and not adopted yet. */
  readonly hasOthers: boolean
  /** Groups of which every node is gone without having said good-bye. */
  readonly lostSites: readonly string[]
}

interface Parts {
  readonly node: string
  readonly renew: (isDraining: boolean) => Promise<Renewal>
  readonly leave: () => Promise<void>
  readonly onNodes: (judged: NodeJudgement) => void
  /** Others may have taken us for dead. */
  readonly onLapsed: () => void
  /** The lease is held, or cannot be renewed. */
  readonly onState: (isHeld: boolean) => void
  readonly log: Log
  readonly clock: Clock
}

/** By PostgreSQL's clock, because no two machines' own agree. */
export const LEASE_MS = 4_000
export const RENEW_EVERY_MS = 1_000
/** Nobody who can reach the record is silent for so long. */
export const SILENT_MS = 2 * RENEW_EVERY_MS
/** Half a lease: whoever stood still for longer may have been adopted. */
export const STANDSTILL_MS = LEASE_MS / 2

/**
 * Who is gone. A node that gave its lease back is, at once. One whose lease ran out is only when we have renewed ours
 * without a break for a whole lease (`isSteady`): when PostgreSQL was away, everybody's ran out, and the first to come
 * back must not adopt the calls of the living.
 */
export function judgeNodes(nodes: readonly NodeRow[], self: string, isSteady: boolean): NodeJudgement {
  const others = nodes.filter(({ node }) => node !== self)
  const isGone = ({ state }: NodeRow) => state === 'left' || (state === 'lapsed' && isSteady)
  const mine = nodes.find(({ node }) => node === self)
  const living = new Set(others.filter(each => !isGone(each)).map(each => each.siteGroup))
  if (mine !== undefined) living.add(mine.siteGroup)
  const unheard = others.filter(({ state, siteGroup }) => state === 'lapsed' && isSteady && !living.has(siteGroup))
  const silent = others.filter(each => isGone(each) && each.state === 'lapsed')
  return {
    gone: others.filter(isGone).map(({ node }) => node),
    unheard: silent.map(({ node }) => node),
    deaths: silent.map(({ node, leaseEnd }) => `${node}:${leaseEnd}`),
    isOneSilent: others.some(({ state, silentMs }) => state !== 'left' && silentMs > SILENT_MS),
    beside: others.filter(({ state }) => state === 'live').map(({ node }) => node),
    hasOthers: others.length > 0,
    lostSites: [...new Set(unheard.map(({ siteGroup }) => siteGroup))]
  }
}

/** Our place among the gateways of one record: a lease that is renewed every second, and what the others' leases say. */
export class NodeLease {
  readonly #parts: Parts
  #isDraining = false
  #isStopped = false
  readonly #renewals = new Rounds(() => this.#renewOnce())
  #renewedAt = Number.NEGATIVE_INFINITY
  /** Monotonic ms since when each renewal has come in time. */
  #steadySince = Number.POSITIVE_INFINITY
  #isHeld = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Takes the lease. Rejects as the record does. */
  async start(): Promise<void> {
    await this.#renew()
    this.#stop = interval(() => {
      if (this.#renewals.current === undefined) void this.renew()
    }, RENEW_EVERY_MS)
  }

  /**
   * Now; resolves also when the record does not answer. A renewal under way may have read the table before what whoever
   * asks has heard of, so that another one follows it, for all who ask meanwhile.
   */
  renew(): Promise<void> {
    return this.#renewals.ask()
  }

  /** The others see that no new calls come here. */
  drain(): Promise<void> {
    this.#isDraining = true
    return this.renew()
  }

  /** Gives the lease back, after everything we know is in the record: others adopt what is open at once. */
  async stop(): Promise<void> {
    this.#stop()
    this.#isStopped = true
    await this.#renewals.current
    // Without the record the lease runs out by itself.
    await this.#parts.leave().catch(thrown => this.#parts.log.debug('node.leave', { reason: reasonOf(thrown) }))
  }

  /** Never rejects. */
  async #renewOnce(): Promise<void> {
    if (this.#isStopped) return
    await this.#renew().catch(thrown => this.#failed(thrown))
  }

  async #renew(): Promise<void> {
    const { node, renew, clock, onNodes, onLapsed, onState } = this.#parts
    const askedAt = clock.monotonicMs()
    const { hadLapsed, nodes } = await renew(this.#isDraining)
    const isFirst = this.#renewedAt === Number.NEGATIVE_INFINITY
    if (isFirst || hadLapsed || askedAt - this.#renewedAt > LEASE_MS) this.#steadySince = askedAt
    // From before the question: PostgreSQL counts from somewhere in between.
    this.#renewedAt = askedAt
    if (!this.#isHeld) onState(true)
    this.#isHeld = true
    if (hadLapsed && !isFirst) onLapsed()
    onNodes(judgeNodes(nodes, node, askedAt - this.#steadySince >= LEASE_MS))
  }

  #failed(thrown: unknown): void {
    const { clock, onState, log } = this.#parts
    if (clock.monotonicMs() - this.#renewedAt <= LEASE_MS || !this.#isHeld) return
    this.#isHeld = false
    this.#steadySince = Number.POSITIVE_INFINITY
    log.fault('node.lease', new Fault('node.lease-lost', {}, thrown))
    onState(false)
  }
}
