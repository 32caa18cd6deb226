import type { SeedResult } from './run-seed.ts'

/** What many seeds came to. */
export class SeedCounts {
  seeds = 0
  calls = 0
  accepted = 0
  virtualMs = 0
  events = 0
  readonly failed: SeedResult[] = []
  /** By kind, how often in all seeds together. */
  readonly injected = new Map<string, number>()
  /** By rule, how many seeds broke it. */
  readonly broken = new Map<string, number>()

  add(result: SeedResult): void {
    this.seeds += 1
    this.calls += result.calls
    this.accepted += result.accepted
    this.virtualMs += result.virtualMs
    this.events += result.events
    for (const [kind, count] of result.injected) this.injected.set(kind, (this.injected.get(kind) ?? 0) + count)
    for (const rule of new Set(result.breaches.map(breach => breach.rule))) {
      this.broken.set(rule, (this.broken.get(rule) ?? 0) + 1)
    }
    if (result.breaches.length > 0) this.failed.push(result)
  }

  /** As lines for people; `tookMs` is the real time it all took. */
  lines(tookMs: number): string[] {
    const hours = (this.virtualMs / 3_600_000).toFixed(1)
    const perSecond = (this.seeds / (tookMs / 1_000)).toFixed(1)
    return [
      `${this.seeds} seeds in ${(tookMs / 1_000).toFixed(0)} s (${perSecond} a second), ${hours} virtual hours`,
      `${this.calls} calls, ${this.accepted} of them answered 200, ${this.events} events`,
      ...toTable('faults injected', this.injected),
      ...(this.broken.size === 0 ? [] : toTable('seeds that broke a rule', this.broken)),
      `${this.failed.length} seeds failed`
    ]
  }
}

function toTable(title: string, counts: ReadonlyMap<string, number>): string[] {
  const rows = [...counts].sort(([, one], [, other]) => other - one)
  return [`${title}:`, ...rows.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)]
}
