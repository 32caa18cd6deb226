import { readFileSync } from 'node:fs'
import type { CallEvent } from '../../src/call/call-event.ts'
import { makeEventId } from '../../src/call/ids.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { EmbeddedSipDriver } from '../../src/switches/sip/embedded/embedded-sip-driver.ts'
import { EVENT_HOST, GOOD_HOST, RING_HOST } from './fuzz-switch.ts'
import { EVENT_TRUNK, RING_TRUNK, SIP_CONFIG } from './sip-bench.ts'

/*
 * The SIP driver in a process of its own, forked by a fuzz test with --expose-gc: what would end a gateway ends this
 * process, and its parent sees it. Answers `report` with what it holds, `weigh` after the collector has run; `later` moves its clock, so that what waits for
 * hours is over.
 */

export interface FuzzReport {
  readonly heapMb: number
  readonly timers: number
  readonly held: Readonly<Record<string, number>>
  readonly receiveFaults: number
  /** Why the last-resort catch was needed, the first few times. */
  readonly why: readonly string[]
  readonly events: number
  /** Datagrams the kernel threw away because the socket was full. */
  readonly dropped: number
  /** Events of the calls whose Call-ID begins with `good-`: `offered good-7`. */
  readonly good: readonly string[]
}

/** One event in so many is not taken, as when the journal is full. */
const REFUSED_EVERY = 50

await serve()

async function serve() {
  const metrics = makeMetrics()
  const why: string[] = []
  let good: string[] = []
  let events = 0
  let aheadMs = 0
  const trunk = (id: string, host: string, like = EVENT_TRUNK) => ({ ...like, id, peers: [host] })
  const driver = new EmbeddedSipDriver({
    sip: { ...SIP_CONFIG, maxDialogs: 20_000, maxConnections: 1_000 },
    trunks: [trunk('event', EVENT_HOST), trunk('ring', RING_HOST, RING_TRUNK), trunk('good', GOOD_HOST)],
    makeEventId,
    log: {
      ...silentLog,
      fault: (event, thrown) => {
        const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.stack : String(thrown)
        if (event === 'sip.receive' && why.length < 10) why.push(String(cause))
      }
    },
    metrics,
    clock: { now: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs }
  })
  const take = async (event: CallEvent) => {
    events += 1
    if (event.switchCallId.startsWith('good-')) good.push(`${event.kind} ${event.switchCallId.split(';')[0]}`)
    else if (events % REFUSED_EVERY === 0) return 'refused' as const
    return 'durable' as const
  }
  await driver.start(take)
  const report = async (isWeighed: boolean): Promise<FuzzReport> => {
    if (isWeighed) globalThis.gc?.()
    const said = good
    good = []
    return {
      heapMb: process.memoryUsage().heapUsed / 1024 / 1024,
      timers: process.getActiveResourcesInfo().filter(name => name === 'Timeout').length,
      held: { ...driver.counts },
      receiveFaults: (await metrics.sipReceiveFaults.get()).values[0]?.value ?? 0,
      why,
      events,
      dropped: droppedAt(driver.port),
      good: said
    }
  }
  process.on('message', async (asked: { what: 'report' | 'weigh' | 'later'; ms?: number }) => {
    if (asked.what === 'later') aheadMs += asked.ms ?? 0
    process.send?.(await report(asked.what === 'weigh'))
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ port: driver.port })
}

/** Linux counts them for each socket; elsewhere nobody does. */
function droppedAt(port: number): number {
  try {
    const hex = port.toString(16).toUpperCase().padStart(4, '0')
    const lines = readFileSync('/proc/net/udp', 'utf8').split('\n')
    return Number(
      lines
        .find(line => line.includes(`:${hex} `))
        ?.trim()
        .split(/\s+/)
        .at(-1) ?? 0
    )
  } catch {
    // No such file: no such figure.
    return 0
  }
}
