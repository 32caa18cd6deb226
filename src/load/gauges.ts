import { interval, type Stop } from '../operations/lifecycle.ts'
import type { Gauges as GaugeReport } from './report.ts'

const EVERY_MS = 1_000
const ASK_MS = 900
const MB = 1024 * 1024

/** One gateway's own word on itself, each second, by `/metrics`. */
export class Gauges {
  readonly #url: string
  readonly #seconds: GaugeReport['seconds'] = []
  readonly #startedAt = performance.now()
  #first: Samples | undefined
  #last: Samples | undefined
  #memoryMost = 0
  #stopAsking: Stop = () => {}
  #asking: Promise<void> = Promise.resolve()

  constructor(url: string) {
    this.#url = url
  }

  async start(): Promise<void> {
    await this.#ask()
    this.#stopAsking = interval(() => {
      this.#asking = this.#asking.then(() => this.#ask())
    }, EVERY_MS)
  }

  async stop(): Promise<GaugeReport> {
    this.#stopAsking()
    await this.#asking
    await this.#ask()
    const [first, last] = [this.#first, this.#last]
    const known = first !== undefined && last !== undefined
    return {
      where: this.#url,
      seconds: this.#seconds,
      ...(known ? { growth: toGrowth(first, last), cpuSeconds: grew(first, last, 'process_cpu_seconds_total') } : {}),
      ...(this.#memoryMost === 0 ? {} : { memoryMbMost: this.#memoryMost })
    }
  }

  async #ask(): Promise<void> {
    const samples = await readMetrics(this.#url)
    // A gateway too busy to answer leaves a gap, which the chart shows.
    if (samples === undefined) return
    this.#first ??= samples
    this.#last = samples
    this.#memoryMost = Math.max(this.#memoryMost, Math.round(sum(samples, 'process_resident_memory_bytes') / MB))
    this.#seconds.push({
      at: Math.round((performance.now() - this.#startedAt) / 100) / 10,
      liveCalls: sum(samples, 'gw_live_calls'),
      journalPending: sum(samples, 'gw_journal_pending'),
      outboxPending: sum(samples, 'gw_outbox_pending'),
      loopDelayMs: Math.round(sum(samples, 'nodejs_eventloop_lag_p99_seconds') * 1e4) / 10,
      heapMb: Math.round(sum(samples, 'nodejs_heap_size_used_bytes') / MB)
    })
  }
}

/** Name with its labels, and value. */
export type Samples = readonly (readonly [string, number])[]

/** Undefined when nobody answers in time. */
export async function readMetrics(url: string): Promise<Samples | undefined> {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ASK_MS) })
    return answer.ok ? parseMetrics(await answer.text()) : undefined
  } catch {
    // The caller knows what that means.
    return undefined
  }
}

export function parseMetrics(text: string): Samples {
  return text.split('\n').flatMap((line): (readonly [string, number])[] => {
    const end = line.lastIndexOf(' ')
    return line === '' || line.startsWith('#') || end < 0 ? [] : [[line.slice(0, end), Number(line.slice(end + 1))]]
  })
}

/** Over all labels. */
export function sum(samples: Samples, name: string): number {
  return samples.reduce((total, [key, value]) => total + (key === name || key.startsWith(`${name}{`) ? value : 0), 0)
}

export function label(samples: Samples, name: string, of: string): string | undefined {
  const key = samples.find(([each]) => each.startsWith(`${name}{`))?.[0] ?? ''
  return new RegExp(`${of}="([^"]*)"`).exec(key)?.[1]
}

function grew(first: Samples, last: Samples, name: string): number {
  return sum(last, name) - sum(first, name)
}

function toGrowth(first: Samples, last: Samples): NonNullable<GaugeReport['growth']> {
  const of = (name: string) => grew(first, last, name)
  const mean = (key: string, name: string) => {
    const count = of(`${name}_count`)
    return count === 0 ? {} : { [key]: Math.round((of(`${name}_sum`) / count) * 1e4) / 10 }
  }
  return {
    acked: of('gw_pop_acked_total'),
    undeliverable: of('gw_pop_undeliverable_total'),
    refused: of('gw_sip_refused_total'),
    overBudget: of('gw_sip_over_budget_total'),
    datagramsLost: of('gw_sip_datagrams_lost_total'),
    ...mean('jobWaitMs', 'gw_pop_job_wait_seconds'),
    ...mean('jobMs', 'gw_pop_job_seconds'),
    ...mean('journalMs', 'gw_journal_append_seconds')
  }
}
