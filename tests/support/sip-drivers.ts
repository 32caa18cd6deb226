import type { CallEvent } from '../../src/call/call-event.ts'
import { makeEventId } from '../../src/call/ids.ts'
import type { Config, TrunkConfig } from '../../src/operations/config-schema.ts'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { type Log, silentLog } from '../../src/operations/log.ts'
import { type Metrics, makeMetrics } from '../../src/operations/metrics.ts'
import { DrachtioSipDriver } from '../../src/switches/sip/drachtio/drachtio-sip-driver.ts'
import { EmbeddedSipDriver } from '../../src/switches/sip/embedded/embedded-sip-driver.ts'
import type { DriverState, SwitchDriver, Taken } from '../../src/switches/switch-driver.ts'
import { ADMIN_SECRET } from './drachtio-server.ts'
import { EVENT_TRUNK, RING_TRUNK, SIP_CONFIG } from './sip-bench.ts'
import { ASKING_PEER, EVENT_PEER, RING_PEER, type SipDriverBench } from './switch-call.ts'
import { until } from './until.ts'

/** The two trunks of the unit tests, at loopback addresses. */
export const LOOPBACK_TRUNKS: readonly TrunkConfig[] = [
  { ...EVENT_TRUNK, peers: [EVENT_PEER] },
  { ...RING_TRUNK, peers: [RING_PEER] },
  {
    ...EVENT_TRUNK,
    id: 'asking-switch',
    peers: [ASKING_PEER],
    mode: 'redirect',
    separateDialog: false,
    redirect: { budgetMs: 300, defaultTarget: 'sip:queue@192.0.2.9' },
    numbers: [{ number: '101', line: '101', force: 'tvp', route: 'primary' }]
  }
]
const SIP = { ...SIP_CONFIG, udpMaxBytes: 65_535 }

interface Test {
  teardown(run: () => unknown): unknown
}

export async function embeddedBench(t: Test): Promise<SipDriverBench> {
  const { parts, bench } = prepare()
  const driver = new EmbeddedSipDriver({ sip: SIP, ...parts })
  await driver.start(bench.onEvent)
  t.teardown(() => driver.stop())
  return { ...bench, name: 'embedded', port: driver.port, drain: () => driver.stop() }
}

export interface DrachtioBench extends SipDriverBench {
  readonly driver: DrachtioSipDriver
  /** Each change of its state, in order. */
  readonly states: readonly DriverState[]
}

export interface DrachtioBenchOptions {
  readonly sipPort: number
  readonly adminPorts: readonly number[]
  readonly secret?: string
  readonly log?: Log
  readonly restored?: readonly Readonly<Record<string, unknown>>[]
  readonly sip?: Partial<Config['sip']>
  /** Servers of a test that never answer. */
  readonly isExpectedUp?: boolean
}

/** A driver beside a server that is there already. */
export async function drachtioBench(
  t: Test,
  {
    sipPort,
    adminPorts,
    secret = ADMIN_SECRET,
    log = silentLog,
    restored = [],
    sip = {},
    isExpectedUp = true
  }: DrachtioBenchOptions
): Promise<DrachtioBench> {
  const { parts, bench } = prepare()
  const states: DriverState[] = []
  const driver = new DrachtioSipDriver({
    ...parts,
    ...{ sip: { ...SIP, ...sip }, secret, log },
    servers: adminPorts.map(port => ({ host: '127.0.0.1', port })),
    onState: state => states.push(state)
  })
  driver.restore(restored)
  await driver.start(bench.onEvent)
  t.teardown(() => driver.stop())
  if (isExpectedUp) await until(() => whyNotUp(driver))
  return { ...bench, name: 'drachtio', port: sipPort, drain: () => driver.stop(), driver, states }
}

export function whyNotUp(driver: SwitchDriver): string {
  const { state, why } = driver.state()
  return state === 'up' ? '' : `${state}: ${why}`
}

function prepare() {
  const metrics: Metrics = makeMetrics()
  const events: CallEvent[] = []
  let answer: (event: CallEvent) => Promise<Taken> = async () => 'durable'
  let choose: () => Promise<string | undefined> = async () => undefined
  const bench = {
    events,
    onEvent: (event: CallEvent) => {
      events.push(event)
      return answer(event)
    },
    take: (next: (event: CallEvent) => Promise<Taken>) => {
      answer = next
    },
    choose: (next: () => Promise<string | undefined>) => {
      choose = next
    },
    faults: async () => (await metrics.sipReceiveFaults.get()).values[0]?.value ?? 0
  }
  const chooseDevice = () => choose()
  return {
    parts: { trunks: LOOPBACK_TRUNKS, makeEventId, chooseDevice, log: silentLog, metrics, clock: systemClock },
    bench
  }
}
