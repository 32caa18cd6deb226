import { Latency } from '../../src/load/latency.ts'
import { MIXES } from '../../src/load/mix.ts'
import type { LoadReport } from '../../src/load/report.ts'
import { type Findings, judge } from '../../src/load/verdict.ts'

/** A stage whose calls took these times. */
export function figures(...ms: readonly (number | undefined)[]) {
  const latency = new Latency()
  for (const each of ms) latency.add(each)
  return latency.figures()
}

/** A run at which nothing went wrong, but for what is given. */
export function findings(over: Partial<Findings> = {}): Findings {
  return {
    schema: 'callbox-load/1',
    startedAt: '2026-03-03T12:00:00.000Z',
    asked: {
      ...{ cps: 100, seconds: 2, warmUpSeconds: 1, mix: MIXES.day, handlers: 40, acks: 'at-once', holdMs: 2_000 },
      ...{ transport: 'udp', targets: [], isOwn: true, seed: 7, judge: 'goals', p99Ms: 250 }
    },
    environment: {
      ...{ kit: '1.0.0', gateways: ['1.0.0'], sipp: 'SIPp v3.6.1', node: '24.0.0', system: 'Linux 6 x64' },
      ...{ cpus: 2, cpuModel: 'CPU', memoryMb: 8_000, loadAverageBefore: 0.2, loadAverageAfter: 1, stealPercent: 0 }
    },
    accounts: {
      ...{ offered: 300, answered: 300, refused: 0, unanswered: 0, lost: 0, withoutPanels: 0 },
      ...{ doubled: 0, wrong: 0, passedOn: 0, acked: 300, taken: 0, strangers: 0 }
    },
    missing: [],
    generator: {
      ...{
        planned: 300,
        offered: 300,
        offeredPerSecond: 100,
        offeredShare: 1,
        scheduleMovedMs: 0,
        mostAtOnce: 200,
        limit: 1_000
      },
      ...{ failed: 0, retransmissions: 0, watchdog: 0, exitCode: 0, unexpected: [] }
    },
    stages: { answered: figures(2, 3), pop: figures(4, 6), panels: figures(8, 20), acked: figures(4, 6) },
    seconds: [-1, 0, 1].map(at => ({ at, offered: 100, popped: 100, lost: 0, p50: 4, p99: 6, max: 6, panelsP99: 20 })),
    mix: { 'to 999': 130, 'to 101': 170 },
    processes: [
      { name: 'gateway', processes: 1, cpuSeconds: 1, cpuPercent: 30, memoryMbMost: 200, memoryMbEnd: 190 },
      { name: 'SIPp', processes: 1, cpuSeconds: 0.2, cpuPercent: 6, memoryMbMost: 8, memoryMbEnd: 8 }
    ],
    gauges: [
      {
        where: 'http://127.0.0.1:8080',
        seconds: [0, 1, 2, 3].map(at => ({
          ...{ at, liveCalls: 200, journalPending: 2, outboxPending: 0, loopDelayMs: 12, heapMb: 80 }
        })),
        growth: { acked: 300, undeliverable: 0, refused: 0, overBudget: 0, jobWaitMs: 2, jobMs: 6, journalMs: 3 },
        cpuSeconds: 1,
        memoryMbMost: 200
      }
    ],
    lostLinks: 0,
    ...over
  }
}

export function report(over: Partial<Findings> = {}): LoadReport {
  const found = findings(over)
  return { ...found, verdict: judge(found) }
}
