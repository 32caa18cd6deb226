import type { CallEvent } from '../../src/call/call-event.ts'
import { makeEventId } from '../../src/call/ids.ts'
import type { Config, TrunkConfig } from '../../src/operations/config-schema.ts'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { type Log, silentLog } from '../../src/operations/log.ts'
import { type Metrics, makeMetrics } from '../../src/operations/metrics.ts'
import { EmbeddedSipDriver } from '../../src/switches/sip/embedded/embedded-sip-driver.ts'
import type { Taken } from '../../src/switches/switch-driver.ts'
import { EVENT_TRUNK, SIP_CONFIG } from './sip-bench.ts'
import type { SipClient } from './sip-client.ts'
import { type Answer, invite, makeBranch, makeDialog, request, toTagOf } from './sip-text.ts'

interface Test {
  teardown(run: () => unknown): unknown
}

interface DriverOptions {
  readonly sip?: Partial<Config['sip']>
  readonly trunks?: readonly Partial<TrunkConfig>[]
  readonly take?: (event: CallEvent) => Promise<Taken>
  /** Dialogs of an earlier process. */
  readonly restored?: readonly Readonly<Record<string, unknown>>[]
  readonly log?: Log
  readonly onMessagesLost?: () => void
}

export interface RunningDriver {
  readonly driver: EmbeddedSipDriver
  readonly events: CallEvent[]
  readonly metrics: Metrics
  /** `gw_sip_refused_total` of one reason. */
  refused(reason: string): Promise<number>
  /** `gw_sip_connections` of all transports. */
  connections(): Promise<number>
}

/** The embedded driver with real sockets on loopback and a journal that takes everything. */
export async function startDriver(
  t: Test,
  { sip = {}, trunks = [{}], take, restored = [], log, onMessagesLost }: DriverOptions = {}
): Promise<RunningDriver> {
  const metrics = makeMetrics()
  const events: CallEvent[] = []
  const driver = new EmbeddedSipDriver({
    sip: { ...SIP_CONFIG, ...sip },
    trunks: trunks.map(trunk => ({ ...EVENT_TRUNK, peers: ['127.0.0.1', '::1'], ...trunk })),
    makeEventId,
    log: log ?? silentLog,
    ...(onMessagesLost === undefined ? {} : { onMessagesLost }),
    metrics,
    clock: systemClock
  })
  driver.restore(restored)
  await driver.start(event => {
    events.push(event)
    return take === undefined ? Promise.resolve('durable') : take(event)
  })
  t.teardown(() => driver.stop())
  const refused = async (reason: string) => {
    const { values } = await metrics.sipRefused.get()
    return values.find(value => value.labels['reason'] === reason)?.value ?? 0
  }
  const connections = async () => {
    const { values } = await metrics.sipConnections.get()
    return values.reduce((sum, { value }) => sum + value, 0)
  }
  return { driver, events, metrics, refused, connections }
}

/** A whole call from INVITE to the answer of its BYE; resolves to the Contact and the body of the 200. */
export async function callThrough(
  client: SipClient,
  sentBy: string,
  over: { uri?: string; headers?: Record<string, string> } = {}
): Promise<{ status: number; contact: string; body: string }> {
  const dialog = makeDialog()
  const via = () => `SIP/2.0/${sentBy};branch=${makeBranch()};rport`
  await client.send(invite(dialog, { via: via(), ...over }))
  const up = await answerTo(client, dialog.callId, 'INVITE')
  const answer = { status: up.status, contact: up.headers.get('contact')?.[0] ?? '', body: up.body }
  if (up.status !== 200) return answer
  const known = { ...dialog, toTag: toTagOf(up) }
  await client.send(request({ dialog: known, method: 'ACK', via: via() }))
  await client.send(request({ dialog: known, method: 'BYE', cseq: 2, via: via() }))
  const bye = await answerTo(client, dialog.callId, 'BYE')
  return { ...answer, status: bye.status }
}

/** A 200 that is sent again, because the machine had no time for the ACK, answers nothing else. */
async function answerTo(client: SipClient, callId: string, method: string): Promise<Answer> {
  for (;;) {
    const answer = await client.next()
    const { headers } = answer
    const isOf = headers.get('call-id')?.[0] === callId && headers.get('cseq')?.[0]?.endsWith(` ${method}`) === true
    // A request that could not be read is answered without these.
    if (isOf || !headers.has('call-id')) return answer
  }
}

export interface GoodSwitch {
  /** Ends after the call that is under way; resolves to how many went through and the slowest INVITE in ms. */
  stop(): Promise<{ readonly calls: number; readonly slowestMs: number }>
}

/** A switch that does nothing wrong, beside others that do: one call after the other on a connection of its own. */
export function keepCalling(client: SipClient, sentBy: string): GoodSwitch {
  let isOver = false
  const calling = (async () => {
    let [calls, slowestMs] = [0, 0]
    while (!isOver) {
      const began = performance.now()
      const { status } = await callThrough(client, sentBy)
      if (status !== 200) throw new Error(`a good call was answered ${status}`)
      calls += 1
      slowestMs = Math.max(slowestMs, performance.now() - began)
      await new Promise(done => setImmediate(done))
    }
    return { calls, slowestMs }
  })()
  // It is awaited by `stop`; a test that fails before has its own fault to tell.
  calling.catch(() => {})
  return {
    stop: () => {
      isOver = true
      return calling
    }
  }
}
