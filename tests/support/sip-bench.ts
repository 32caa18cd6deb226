import { mock } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import type { CallEvent } from '../../src/call/call-event.ts'
import { makeEventId } from '../../src/call/ids.ts'
import type { Config, TrunkConfig } from '../../src/operations/config-schema.ts'
import { silentLog } from '../../src/operations/log.ts'
import { type Metrics, makeMetrics } from '../../src/operations/metrics.ts'
import type { AddressedFlow } from '../../src/switches/sip/embedded/flow.ts'
import { SipReceiver } from '../../src/switches/sip/embedded/sip-receiver.ts'
import type { ChooseDevice, FindDialogs, Taken, WhoseCall } from '../../src/switches/switch-driver.ts'
import { type Answer, parseAnswer } from './sip-text.ts'

export const SIP_CONFIG: Config['sip'] = {
  driver: 'embedded',
  host: '127.0.0.1',
  port: 0,
  udpMaxBytes: 16_384,
  tcpMaxBytes: 65_536,
  maxHeaders: 200,
  maxConnections: 100,
  maxConnectionsPerPeer: 100,
  messageMs: 10_000,
  handshakeMs: 5_000,
  idleMs: 60_000,
  maxDialogs: 1_000,
  callsPerSecond: 100_000,
  pingsPerSecond: 100_000,
  badPerSecond: 100_000,
  maxLoopDelayMs: 600_000
}

const number = (digits: string, line: string) => ({
  number: digits,
  line,
  force: 'tvp',
  route: 'primary' as const,
  acdQueue: `tvp-${line}`
})

export const EMERGENCY_ROW = number('999', '999')

/** One switch at 192.0.2.1 that opens event legs, and one at 192.0.2.2 that forks the ringing to us. */
export const EVENT_TRUNK: TrunkConfig = {
  id: 'event-switch',
  peers: ['192.0.2.1'],
  mode: 'event-leg',
  separateDialog: true,
  answer: 'durable',
  sendsReason: false,
  ddiFrom: ['request-uri', 'to'],
  networkNumberFrom: ['p-asserted-identity'],
  presentationNumberFrom: ['from'],
  headers: [],
  deviceFrom: ['header:X-Device'],
  callsPerSecond: 100_000,
  burst: 100_000,
  numbers: [EMERGENCY_ROW, number('101', '101')]
}
export const RING_TRUNK: TrunkConfig = {
  ...EVENT_TRUNK,
  id: 'ring-switch',
  peers: ['192.0.2.2'],
  mode: 'ring-leg',
  separateDialog: false,
  sendsReason: true
}

interface BenchOptions {
  readonly trunks?: readonly TrunkConfig[]
  readonly sip?: Partial<Config['sip']>
  /** What the gateway says to each event; `durable` at once unless the test wants otherwise. */
  readonly take?: (event: CallEvent) => Promise<Taken>
  readonly chooseDevice?: ChooseDevice
  readonly whoseCall?: WhoseCall
  /** The record, asked for dialogs of other nodes. */
  readonly findDialogs?: FindDialogs
  readonly tagSecret?: Buffer
  readonly restored?: readonly Readonly<Record<string, unknown>>[]
  /** How long messages lie with the kernel. */
  readonly unreadMs?: () => number
}

export interface Bench {
  readonly receiver: SipReceiver
  readonly metrics: Metrics
  /** Every event the calls gave, in order. */
  readonly events: CallEvent[]
  /** Every answer sent, in order, with the port it went to. */
  readonly answers: Answer[]
  readonly drain: () => void
  /** From now on every answer fails on its way out, or no longer. */
  readonly breakSending: (isBroken: boolean) => void
  /** Sends one message and resolves to the answers it had at once. */
  say(text: string | Buffer, from?: Partial<From>): Promise<Answer[]>
  /** Lets time pass for every timer and for the clock; resolves to the answers of that while. */
  pass(ms: number): Promise<Answer[]>
  /** How often the last-resort catch of the receive path was needed. */
  faults(): Promise<number>
}

interface From {
  readonly address: string
  readonly port: number
  readonly isReliable: boolean
}

interface Test {
  teardown(run: () => unknown): unknown
}

/** The whole receive path without sockets, with time in the test's hand. */
export function makeBench(
  t: Test,
  {
    trunks = [EVENT_TRUNK, RING_TRUNK],
    sip,
    take,
    chooseDevice,
    whoseCall,
    findDialogs,
    tagSecret,
    restored,
    unreadMs
  }: BenchOptions = {}
): Bench {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.UTC(2026, 2, 3, 12) })
  const metrics = makeMetrics()
  const events: CallEvent[] = []
  const answers: Answer[] = []
  let isDraining = false
  let isBroken = false
  const receiver = new SipReceiver({
    sip: { ...SIP_CONFIG, ...sip },
    trunks,
    take: event => {
      events.push(event)
      return take === undefined ? Promise.resolve('durable') : take(event)
    },
    ...(chooseDevice === undefined ? {} : { chooseDevice }),
    ...(whoseCall === undefined ? {} : { whoseCall }),
    ...(findDialogs === undefined ? {} : { findDialogs }),
    ...(tagSecret === undefined ? {} : { tagSecret }),
    ...(unreadMs === undefined ? {} : { unreadMs }),
    flowTo: ({ port, transport }) => flow(port, transport !== 'udp'),
    isDraining: () => isDraining,
    makeEventId,
    log: silentLog,
    metrics,
    clock: { now: () => Date.now(), monotonicMs: () => Date.now() }
  })
  for (const dialog of restored ?? []) receiver.restore(dialog)
  receiver.start()
  t.teardown(async () => {
    await receiver.stop()
    mock.timers.reset()
  })
  const flow = (port: number, isReliable: boolean): AddressedFlow => ({
    transport: isReliable ? 'tcp' : 'udp',
    isReliable,
    local: { host: '127.0.0.1', port: 5060 },
    send: bytes => {
      if (isBroken) throw new Error('no way out')
      answers.push({ ...parseAnswer(bytes), port })
    },
    toPort: other => flow(isReliable ? port : other, isReliable)
  })
  const since = async (from: number) => {
    await tick()
    return answers.slice(from)
  }
  return {
    receiver,
    metrics,
    events,
    answers,
    drain: () => {
      isDraining = true
    },
    breakSending: broken => {
      isBroken = broken
    },
    say: (text, { address = '192.0.2.1', port = 5060, isReliable = false } = {}) => {
      const before = answers.length
      const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
      receiver.receive(bytes, { address, port }, flow(port, isReliable))
      return since(before)
    },
    pass: ms => {
      const before = answers.length
      passTime(ms)
      return since(before)
    },
    faults: async () => (await metrics.sipReceiveFaults.get()).values[0]?.value ?? 0
  }
}

/** In small steps: the faked clock stands still while one step's timers run. */
export function passTime(ms: number): void {
  const step = ms > 120_000 ? 10_000 : 100
  for (let left = ms; left > 0; left -= step) mock.timers.tick(Math.min(step, left))
}
