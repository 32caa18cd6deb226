import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import { LEASE_MS } from '../delivery/node-lease.ts'
import type { EisecClient } from '../lookups/location/eisec/eisec-client.ts'
import { eisecNumber } from '../lookups/location/eisec/eisec-number.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'

export type OwnedClient = Pick<EisecClient, 'start' | 'stop' | 'ask' | 'state'>

interface Parts {
  readonly logOn: string
  /** Whether the log-on is ours; both reject as the record does. */
  readonly claim: () => Promise<boolean>
  readonly give: () => Promise<void>
  /** Calls to be asked about, of which `known` has no run as new. */
  readonly open: (
    known: ReadonlyMap<CallId, number>
  ) => Promise<readonly { readonly call: Call; readonly run: number }[]>
  readonly makeClient: () => OwnedClient
  /** Whether another gateway may take the log-on when we cannot say that it is ours. */
  readonly hasBeside: () => boolean
  /** The client is there, or is not any more. */
  readonly onOwner: (isOwner: boolean) => void
  readonly log: Log
  readonly clock: Pick<Clock, 'monotonicMs'>
}

const TICK_MS = 1_000
/** Calls remembered as asked about, whether that is over or not. */
const MAX_KNOWN = 5_000

/**
 * One log-on of EISEC, which one gateway has at a time: this one while the record says so. It asks about its own calls
 * and about those that other gateways have left in the record; when it dies, whoever takes the log-on finds them there.
 */
export class EisecOwner {
  readonly #parts: Parts
  /** Calls asked about and the run each was asked in. */
  readonly #known = new Map<CallId, number>()
  #client: OwnedClient | undefined
  #claimedAt = Number.NEGATIVE_INFINITY
  #isBusy = false
  #isAgain = false
  #isStopped = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get client(): OwnedClient | undefined {
    return this.#client
  }

  start(): void {
    this.#stop = interval(() => void this.look(), TICK_MS)
    void this.look()
  }

  /** Logs off and lets another gateway have the log-on. */
  async stop(): Promise<void> {
    const { give, log } = this.#parts
    this.#isStopped = true
    this.#stop()
    const wasOurs = this.#client !== undefined
    await this.#drop()
    // Without the record the node's own lease runs out.
    if (wasOurs) await give().catch(thrown => log.debug('eisec.give', { reason: reasonOf(thrown) }))
  }

  /** Of a call of this gateway; returns at once. False where another gateway has the log-on. */
  ask(call: Call): boolean {
    const telephone = eisecNumber(call)
    if (this.#client === undefined || telephone === undefined) return false
    this.#remember(call.callId, call.seq)
    this.#client.ask(call.callId, telephone)
    return true
  }

  /** The run in which a call was asked about last. */
  runOf(callId: CallId): number {
    return this.#known.get(callId) ?? 0
  }

  /** Claims the log-on or sees that it is still ours, and takes up what is in the record. One at a time; never rejects. */
  async look(): Promise<void> {
    if (this.#isBusy) {
      this.#isAgain = true
      return
    }
    this.#isBusy = true
    try {
      do {
        this.#isAgain = false
        await this.#claim()
        await this.#takeUp()
      } while (this.#isAgain && !this.#isStopped)
    } catch (thrown) {
      this.#parts.log.debug('eisec.claim', { source: this.#parts.logOn, reason: reasonOf(thrown) })
      await this.#doubt()
    } finally {
      this.#isBusy = false
    }
  }

  async #claim(): Promise<void> {
    const { claim, makeClient, onOwner, log, logOn, clock } = this.#parts
    const askedAt = clock.monotonicMs()
    const isOurs = await claim()
    if (this.#isStopped) return
    if (isOurs) this.#claimedAt = askedAt
    if (isOurs && this.#client === undefined) {
      log.info('eisec.owner', { source: logOn, state: 'taken' })
      this.#client = makeClient()
      this.#client.start()
      onOwner(true)
    } else if (!isOurs && this.#client !== undefined) {
      log.info('eisec.owner', { source: logOn, state: 'lost' })
      await this.#drop()
    }
  }

  async #takeUp(): Promise<void> {
    if (this.#client === undefined) return
    for (const { call, run } of await this.#parts.open(this.#known)) {
      const telephone = eisecNumber(call)
      this.#remember(call.callId, run)
      if (telephone !== undefined) this.#client?.ask(call.callId, telephone)
    }
  }

  /** The record does not say whose the log-on is. While there is nobody else it stays ours. */
  async #doubt(): Promise<void> {
    const { hasBeside, clock } = this.#parts
    if (this.#client === undefined || !hasBeside()) return
    if (clock.monotonicMs() - this.#claimedAt > LEASE_MS) await this.#drop()
  }

  async #drop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    this.#known.clear()
    if (client === undefined) return
    this.#parts.onOwner(false)
    await client.stop()
  }

  #remember(callId: CallId, run: number): void {
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= MAX_KNOWN && !this.#known.has(callId)) this.#known.delete(oldest)
    this.#known.set(callId, run)
  }
}
