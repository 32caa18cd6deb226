import type { CallEvent } from '../../src/call/call-event.ts'
import { CallRegistry } from '../../src/call/call-registry.ts'
import { makeEventId } from '../../src/call/ids.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import type { SwitchConfig } from '../../src/operations/switch-schema.ts'
import type { Taken } from '../../src/switches/switch-driver.ts'
import { makeBatchReader } from '../../src/switches/webhook/switch-batch.ts'
import { WebhookLink } from '../../src/switches/webhook/webhook-link.ts'

export const LINK_NOON = Date.UTC(2026, 10, 27, 12)
const readBatch = makeBatchReader()

/** A link over a registry of its own; time stands until the test moves it. `isRefused`: this event is not kept. */
export function makeWebhookBench(over: Partial<SwitchConfig> = {}, isRefused: () => boolean = () => false) {
  const registry = new CallRegistry()
  const time = { now: 0 }
  const events: CallEvent[] = []
  const gaps: (string | undefined)[] = []
  const link = new WebhookLink({
    link: {
      ...{
        id: 'acd',
        kind: 'webhook',
        secretFile: 'x',
        answer: 'durable',
        silentSeconds: 30,
        batchesPerSecond: 10_000
      },
      numbers: [{ number: '999', line: '999', force: 'tvp', route: 'primary' }],
      ...over
    },
    ...{ readBatch, registry, makeEventId, log: silentLog, metrics: makeMetrics() },
    onGap: why => void gaps.push(why),
    clock: { now: () => LINK_NOON + time.now, monotonicMs: () => time.now }
  })
  const take = async (event: CallEvent): Promise<Taken> => {
    events.push(event)
    const result = registry.apply(event)
    if (result.kind === 'ignored' && result.reason !== 'repeat-offer') return 'ignored'
    return isRefused() ? 'refused' : 'durable'
  }
  return { link, take, events, gaps, time, registry }
}
