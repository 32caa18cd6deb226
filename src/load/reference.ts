import { startSippServer } from '../simulator/sipp-server.ts'
import { CallBook, type Sender } from './call-book.ts'
import { Latency, type LatencyFigures } from './latency.ts'
import type { LoadOptions } from './load-options.ts'
import { planCalls } from './plan.ts'
import { SippLoad } from './sipp-load.ts'
import type { Site } from './site.ts'

const SECONDS = 3
const RING_MS = 50
const LINE_ONLY = { emergency: 1, withLocation: 0, withheld: 0, abandoned: 1, repeat: 0, ringAll: 0 } as const

/**
 * The same rate for a moment into a SIPp that answers by itself: what of a latency is the machine and the generator. Our
 * own figures are read beside it, and a reference that is another one after the run says that the machine was.
 */
export async function measureReference(options: LoadOptions, site: Site): Promise<LatencyFigures> {
  const { cps, acks, seed, transport } = options
  const server = await startSippServer(transport === 'tcp' ? 'tcp' : 'udp')
  try {
    // It knows INVITE, ACK and BYE: calls that nobody answers, on one trunk.
    const { ringLeg: _, ...plain } = site
    const made = planCalls({
      ...{ calls: cps * SECONDS, mix: { name: 'reference', ...LINE_ONLY }, desks: 1, holdMs: RING_MS, acks, seed }
    })
    const plan = made.map(call => ({ ...call, ringMs: RING_MS }))
    const sender: Sender = { plan, rate: { calls: cps, periodMs: 1_000 } }
    const book = new CallBook({ site: plain, senders: [sender] })
    const load = new SippLoad({
      ...{ ...sender, site: plain, to: { host: '127.0.0.1', port: server.port }, from: undefined, tls: undefined },
      transport: transport === 'tcp' ? 'tcp' : 'udp',
      onLine: line => book.onSipp(0, line)
    })
    await load.run()
    const latency = new Latency()
    for (const call of book.calls) {
      latency.add(call.answeredAt === undefined ? undefined : call.answeredAt - book.dueAt(call))
    }
    return latency.figures()
  } finally {
    await server.stop()
  }
}
