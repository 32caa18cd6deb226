import { makeEventId } from '../call/ids.ts'
import type { TrunkConfig } from '../operations/config-schema.ts'
import type { PartState } from '../operations/health.ts'
import { DrachtioSipDriver } from '../switches/sip/drachtio/drachtio-sip-driver.ts'
import { EmbeddedSipDriver } from '../switches/sip/embedded/embedded-sip-driver.ts'
import type { ChooseDevice, DriverState, FindDialogs, SwitchDriver, WhoseCall } from '../switches/switch-driver.ts'
import type { Base } from './base.ts'

/** What both SIP drivers have beside the port. */
export interface SipDriver extends SwitchDriver {
  /** The port listened on; 0 where somebody else listens. */
  readonly port: number
  /** From now on new calls are refused, so that their switch goes to the next gateway; open ones go on until `stop`. */
  drain(): void
  /** Dialogs of calls from the record, before `start` and at any time after it. */
  restore(dialogs: readonly Readonly<Record<string, unknown>>[]): void
}

interface Ports {
  readonly chooseDevice: ChooseDevice
  readonly whoseCall: WhoseCall
  readonly findDialogs: FindDialogs
  readonly isRecordBehind: () => boolean
  readonly onHeard?: (peer: string, isPing: boolean) => void
  readonly onMessagesLost?: () => void
  /** Of this process's test calls to itself. */
  readonly testTrunk?: TrunkConfig
}

/** The driver the config names. */
export function makeSipDriver(base: Base, ports: Ports): SipDriver {
  const { loaded, config, log, metrics, clock, health } = base
  const { sip, trunks } = config
  const { testTrunk, ...asked } = ports
  const parts = { sip, trunks, makeEventId, ...asked, log, metrics, clock }
  if (sip.driver === 'embedded') {
    const { sessionSecret } = loaded
    return new EmbeddedSipDriver({
      ...parts,
      ...(sessionSecret === undefined ? {} : { tagSecret: sessionSecret }),
      trunks: testTrunk === undefined ? trunks : [...trunks, testTrunk]
    })
  }
  const { drachtioSecret: secret } = loaded
  if (sip.drachtio === undefined || secret === undefined) throw new Error('the config was not checked')
  return new DrachtioSipDriver({
    ...parts,
    secret,
    servers: sip.drachtio.servers,
    onState: state => health.set('sip', toPartState(state))
  })
}

/** Calls may be sent here while any way to them is open. */
export function toPartState({ state, why }: DriverState): PartState {
  return { ok: state !== 'down', ...(why === undefined ? {} : { why }) }
}
