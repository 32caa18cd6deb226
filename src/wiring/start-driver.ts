import type { CallRegistry } from '../call/call-registry.ts'
import { DeviceChooser } from '../pop/device-chooser.ts'
import { findDialogs } from '../records/dialogs.ts'
import type { TakeEvent } from '../switches/switch-driver.ts'
import type { Base } from './base.ts'
import { makeSipDriver, type SipDriver, toPartState } from './make-sip-driver.ts'
import type { Stores } from './open-stores.ts'
import type { Alarms } from './start-alarms.ts'
import type { Delivery } from './start-delivery.ts'
import type { Nodes } from './start-nodes.ts'
import type { QuietWatch } from './start-quiet.ts'
import { makeSwitches, type Switches } from './start-switches.ts'
import type { TestLine } from './start-synthetic.ts'
import { makeWhoseCall } from './whose-call.ts'

interface DriverPorts {
  readonly registry: CallRegistry
  readonly nodes: Nodes
  readonly delivery: Delivery
  readonly test: TestLine | undefined
  readonly quiet: Pick<QuietWatch, 'heard'>
  readonly alarms: Pick<Alarms, 'causes' | 'forWatches'>
}

/** The switches: those that are attached by SIP, and those that have a link of their own. */
export interface Drivers {
  readonly driver: SipDriver
  readonly switches: Switches
}

export function makeDrivers(base: Base, stores: Stores, ports: DriverPorts): Drivers {
  const { registry, alarms } = ports
  const { onLinkGap } = alarms.forWatches
  return { driver: makeDriver(base, stores, ports), switches: makeSwitches(base, { registry, onLinkGap }) }
}

/** Calls come in from now on. */
export async function startDrivers({ health }: Base, { driver, switches }: Drivers, take: TakeEvent): Promise<void> {
  await driver.start(take)
  health.set('sip', toPartState(driver.state()))
  await switches.start(take)
}

/** No new calls from now on: their switches go to the next gateway. */
export function drainDrivers({ driver, switches }: Drivers): void {
  driver.drain()
  switches.drain()
}

/** The SIP driver with what it asks the rest of the gateway. */
function makeDriver(base: Base, { pool }: Stores, ports: DriverPorts): SipDriver {
  const { registry, nodes, delivery, test, quiet, alarms } = ports
  const { clock } = base
  const desks = new DeviceChooser({ signOns: () => delivery.signOns.all(), calls: () => registry.calls(), clock })
  const isRecordBehind = () => nodes.watch.isRecordBehind()
  return makeSipDriver(base, {
    chooseDevice: async offered => desks.choose(offered),
    whoseCall: makeWhoseCall({ registry, hasOthers: () => nodes.hasOthers(), isRecordBehind }),
    findDialogs: names => findDialogs(pool, names),
    isRecordBehind,
    onHeard: quiet.heard,
    onMessagesLost: () => alarms.causes.onMessagesLost(),
    ...(test === undefined ? {} : { testTrunk: test.trunk })
  })
}
