import type { Call } from '../call/call.ts'
import { type FaultCode, faultCode } from '../operations/errors.ts'
import { after, type Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { Lookup, Outcome } from './lookup.ts'
import type { LookupWatch } from './lookup-watch.ts'

export interface Answer {
  readonly lookup: Lookup
  readonly outcome: Outcome<unknown>
  readonly tookMs: number
}

interface Parts {
  readonly lookups: readonly Lookup[]
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly watch?: Pick<LookupWatch, 'note'>
}

/**
 * Asks every source at once, each with its own deadline, and hands each answer over as it lands. Resolves when all
 * have been handed over; rejects only when handing over does.
 */
export async function runLookups(
  { lookups, clock, log, metrics, watch }: Parts,
  call: Call,
  onAnswer: (answer: Answer) => Promise<void>
): Promise<void> {
  const each = async (lookup: Lookup) => {
    const startedAt = clock.monotonicMs()
    const outcome = await askWithin(lookup, call, thrown =>
      log.fault('lookup.failed', thrown, { source: lookup.name, callId: call.callId })
    )
    metrics.lookups.inc({ lookup: lookup.name, outcome: outcome.kind })
    watch?.note(lookup.name, outcome.kind)
    await onAnswer({ lookup, outcome, tookMs: clock.monotonicMs() - startedAt })
  }
  const settled = await Promise.allSettled(lookups.map(each))
  const broken = settled.find(result => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

/** The deadline holds whether or not the lookup heeds its signal; what it says later is dropped. */
async function askWithin(lookup: Lookup, call: Call, onFault: (thrown: unknown) => void): Promise<Outcome<unknown>> {
  const abort = new AbortController()
  let stop = () => {}
  const late = new Promise<Outcome<unknown>>(resolve => {
    stop = after(lookup.deadlineMs, () => {
      resolve({ kind: 'late' })
      abort.abort()
    })
  })
  // In a function of its own, so that what it throws before its first await is its panel's fault too.
  const ask = async () => lookup.ask(call, abort.signal)
  const asked = ask().catch((thrown: unknown): Outcome<unknown> => {
    if (abort.signal.aborted) return { kind: 'late' }
    onFault(thrown)
    return { kind: 'failed', fault: (faultCode(thrown) ?? 'lookup.failed') satisfies FaultCode }
  })
  const outcome = await Promise.race([asked, late])
  stop()
  return outcome
}
