import type { EventId } from '../../../call/ids.ts'
import type { Config, TrunkConfig } from '../../../operations/config-schema.ts'
import { type Clock, ReleaseStack, within } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { CallPorts, DriverState, FindDialogs, SwitchDriver, TakeEvent } from '../../switch-driver.ts'
import type { FlowTo, OnBytes } from './flow.ts'
import { PeerLinks } from './peer-links.ts'
import { SipReceiver } from './sip-receiver.ts'
import { type SipPorts, SipSockets } from './sip-sockets.ts'

interface Parts extends Omit<CallPorts, 'take'> {
  readonly sip: Config['sip']
  readonly trunks: readonly TrunkConfig[]
  /** The dialogs of other nodes, in the record. */
  readonly findDialogs?: FindDialogs
  /** Whether another node may have dialogs on its own disk that the record does not know of yet. */
  readonly isRecordBehind?: () => boolean
  /** What To-tags are made with: the same at all gateways that a switch may ask. */
  readonly tagSecret?: Buffer
  readonly onHeard?: (peer: string, isPing: boolean) => void
  /** Messages came that there was no room for. */
  readonly onMessagesLost?: () => void
  readonly makeEventId: (now: number) => EventId
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

const DRAIN_MS = 3_000

/**
 * The SIP stack in this process (docs/decisions/0004): our sockets, framing, parser, edge checks and answer cache
 * around sip.js' transactions and dialogs. Here are its sockets and its life; what is received goes to SipReceiver.
 */
export class EmbeddedSipDriver implements SwitchDriver {
  readonly name = 'sip'
  readonly #parts: Parts
  readonly #releases = new ReleaseStack()
  readonly #restored: Readonly<Record<string, unknown>>[] = []
  #receiver: SipReceiver | undefined
  #isDraining = false
  #state: DriverState = { state: 'down', why: 'not started' }
  #ports: SipPorts = { sip: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The port listened on, which differs from the configured one when that is 0. */
  get port(): number {
    return this.#ports.sip
  }

  /** The ports of all transports. */
  get ports(): SipPorts {
    return this.#ports
  }

  /** What is held in memory now, for tests and figures. */
  get counts(): SipReceiver['counts'] | undefined {
    return this.#receiver?.counts
  }

  state(): DriverState {
    return this.#state
  }

  /** Dialogs of calls taken up from the record, at the start or from another node. */
  restore(dialogs: readonly Readonly<Record<string, unknown>>[]): void {
    if (this.#receiver === undefined) this.#restored.push(...dialogs)
    else for (const stored of dialogs) this.#receiver.restore(stored)
  }

  async start(take: TakeEvent): Promise<void> {
    try {
      await this.#listen(take)
    } catch (thrown) {
      this.#state = { state: 'down', why: 'did not start' }
      await this.#receiver?.stop()
      await this.#releases.release()
      throw thrown
    }
    this.#state = { state: 'up' }
  }

  drain(): void {
    this.#isDraining = true
  }

  async stop(): Promise<void> {
    this.#isDraining = true
    this.#state = { state: 'down', why: 'stopping' }
    await within(DRAIN_MS, this.#receiver?.settled() ?? Promise.resolve())
    await this.#releases.release()
  }

  async #listen(take: TakeEvent): Promise<void> {
    const onBytes: OnBytes = (bytes, from, flow) => this.#receiver?.receive(bytes, from, flow)
    const links = new PeerLinks(this.#parts.clock)
    const sockets = new SipSockets({ ...this.#parts, onBytes, links })
    const flowTo: FlowTo = way => sockets.flowTo(way)
    const state = { isDraining: () => this.#isDraining, unreadMs: () => sockets.unreadMs }
    const receiver = new SipReceiver({ ...this.#parts, take, ...state, links, flowTo })
    for (const stored of this.#restored.splice(0)) receiver.restore(stored)
    this.#receiver = receiver
    this.#releases.push('sip sockets', () => sockets.stop())
    this.#ports = await sockets.start()
    receiver.start()
    // Ends before its sockets, which its timers would still write to.
    this.#releases.push('sip calls', () => receiver.stop())
  }
}
