import type { CallRegistry } from '../call/call-registry.ts'
import { DeviceChooser } from '../pop/device-chooser.ts'
import { findDialogs } from '../records/dialogs.ts'
import type { Base } from './base.ts'
import { makeSipDriver, type SipDriver } from './make-sip-driver.ts'
import type { Stores } from './open-stores.ts'
import type { Delivery } from './start-delivery.ts'
import type { Nodes } from './start-nodes.ts'
import type { QuietWatch } from './start-quiet.ts'
import type { TestLine } from './start-synthetic.ts'
import { makeWhoseCall } from './whose-call.ts'

interface DriverPorts {
  readonly registry: CallRegistry
  readonly nodes: Nodes
  readonly delivery: Delivery
  readonly test: TestLine | undefined
  readonly quiet: Pick<QuietWatch, 'heard'>
  readonly causes: { onMessagesLost(): void }
}

/** The SIP driver with what it asks the rest of the gateway. */
export function makeDriver(base: Base, { pool }: Stores, ports: DriverPorts): SipDriver {
  const { registry, nodes, delivery, test, quiet, causes } = ports
  const { clock } = base
  const desks = new DeviceChooser({ signOns: () => delivery.signOns.all(), calls: () => registry.calls(), clock })
  const isRecordBehind = () => nodes.watch.isRecordBehind()
  return makeSipDriver(base, {
    chooseDevice: async offered => desks.choose(offered),
    whoseCall: makeWhoseCall({ registry, hasOthers: () => nodes.hasOthers(), isRecordBehind }),
    findDialogs: names => findDialogs(pool, names),
    isRecordBehind,
    onHeard: quiet.heard,
    onMessagesLost: () => causes.onMessagesLost(),
    ...(test === undefined ? {} : { testTrunk: test.trunk })
  })
}
