import type { CallEvent, OfferedEvent } from '../call/call-event.ts'
import type { DeviceId, SwitchCallId } from '../call/ids.ts'

/**
 * Takes one event into the gateway. Resolves `durable` when the journal holds it (or `received` where the trunk
 * chose not to wait), `refused` when we cannot take the call; only then may the driver answer its switch. `elsewhere`:
 * this node stood still, and the offer it reads now another one has taken: the switch has its answer from there.
 * Never rejects: a driver must not have to guess.
 */
export type TakeEvent = (event: CallEvent) => Promise<Taken>
export type Taken = 'durable' | 'received' | 'ignored' | 'refused' | 'elsewhere'

/**
 * Which handler's device a call should go to, where a switch asks us (mode `redirect`); undefined: nobody in
 * particular. The driver keeps the time: an answer that comes late is not used.
 */
export type ChooseDevice = (offered: OfferedEvent) => Promise<DeviceId | undefined>

/**
 * The dialogs of open calls by the switch's names for them, as the drivers of other nodes wrote them into the record;
 * a call that nobody has is left out. Rejects when the record cannot be asked.
 */
export type FindDialogs = (
  switchCallIds: readonly SwitchCallId[]
) => Promise<ReadonlyMap<SwitchCallId, Readonly<Record<string, unknown>>>>

/**
 * Whose the call is that a switch calls by this name. `shared`: ours, but another gateway has had it too, and may have
 * answered its switch as we did. `elsewhere`: another one has it now.
 */
export type WhoseCall = (named: Pick<CallEvent, 'trunk' | 'switchCallId'>) => 'ours' | 'shared' | 'elsewhere'

/** What the calls of a driver need of the gateway. */
export interface CallPorts {
  readonly take: TakeEvent
  /** Only for trunks that ask us where a call should go. */
  readonly chooseDevice?: ChooseDevice
  /** Without it every call is ours. */
  readonly whoseCall?: WhoseCall
}

export interface DriverState {
  readonly state: 'up' | 'retrying' | 'down'
  /** In words an operator can act on; absent when up. */
  readonly why?: string
}

/** One switch protocol: wire in, CallEvents out. `start` listens or connects, `stop` is idempotent. */
export interface SwitchDriver {
  readonly name: string
  start(take: TakeEvent): Promise<void>
  /** No new calls from now on; open dialogs are left as they are, for the switch's own routing to go on. */
  stop(): Promise<void>
  state(): DriverState
}
