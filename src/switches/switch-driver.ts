import type { CallEvent } from '../call/call-event.ts'

/**
 * Takes one event into the gateway. Resolves `durable` when the journal holds it (or `received` where the trunk
 * chose not to wait), `refused` when we cannot take the call; only then may the driver answer its switch.
 * Never rejects: a driver must not have to guess.
 */
export type TakeEvent = (event: CallEvent) => Promise<Taken>
export type Taken = 'durable' | 'received' | 'ignored' | 'refused'

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
