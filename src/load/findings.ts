import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { type BookedCall, type CallBook, lacksPop } from './call-book.ts'
import { Latency } from './latency.ts'
import type { LoadOptions } from './load-options.ts'
import type { Mix } from './mix.ts'
import type { Asked, Environment, Generator, LoadReport, Second } from './report.ts'
import type { SippEnd } from './sipp-load.ts'
import { accountFor, addTimes, makeStages, timesOf } from './stages.ts'

const MISSING_SHOWN = 20
const MB = 1024 * 1024

/** Everything that follows from the book of calls. The warm-up is in the accounts and the seconds, not in the stages. */
export function fromBook(
  book: CallBook,
  warmUpSeconds: number
): Pick<LoadReport, 'accounts' | 'missing' | 'stages' | 'seconds' | 'mix'> {
  const stages = makeStages()
  const seconds = new Map<number, { offered: number; popped: number; lost: number; pop: Latency; panels: Latency }>()
  const startsAt = Math.min(...book.schedules.map(schedule => schedule.dueAt(0))) + warmUpSeconds * 1_000
  for (const call of book.calls) {
    const dueAt = book.dueAt(call)
    const times = timesOf(call, dueAt)
    const at = Math.floor((dueAt - startsAt) / 1_000)
    if (dueAt >= startsAt) addTimes(stages, times)
    const second = seconds.get(at) ?? { offered: 0, popped: 0, lost: 0, pop: new Latency(), panels: new Latency() }
    seconds.set(at, second)
    second.offered += 1
    if (call.pops.size > 0) second.popped += 1
    if (lacksPop(call)) second.lost += 1
    if ('pop' in times) second.pop.add(times.pop)
    if ('panels' in times) second.panels.add(times.panels)
  }
  return {
    accounts: { ...accountFor(book) },
    missing: book.calls
      .filter(lacksPop)
      .slice(0, MISSING_SHOWN)
      .map(call => toMissing(call, (book.dueAt(call) - startsAt) / 1_000)),
    stages: Object.fromEntries(Object.entries(stages).map(([stage, latency]) => [stage, latency.figures()])),
    seconds: [...seconds].sort(([one], [other]) => one - other).map(([at, second]) => toSecond(at, second)),
    mix: toMixSeen(book.calls)
  }
}

function toMissing({ sender, place, planned, pops }: BookedCall, second: number) {
  const { isAbandoned, desks } = planned
  const without = `rings at ${desks.length} desks, no pop at ${desks.length - pops.size} of them`
  const kind = isAbandoned ? 'given up' : desks.length > 1 ? without : 'answered'
  return { sender, place, dueAtSecond: Math.round(second * 10) / 10, line: planned.line, kind }
}

function toSecond(
  at: number,
  {
    offered,
    popped,
    lost,
    pop,
    panels
  }: { offered: number; popped: number; lost: number; pop: Latency; panels: Latency }
): Second {
  const [p50, p99, max, panelsP99] = [pop.at(50), pop.at(99), pop.at(100), panels.at(99)]
  return {
    ...{ at, offered, popped, lost },
    ...(p50 === undefined ? {} : { p50 }),
    ...(p99 === undefined ? {} : { p99 }),
    ...(max === undefined ? {} : { max }),
    ...(panelsP99 === undefined ? {} : { panelsP99 })
  }
}

function toMixSeen(calls: readonly BookedCall[]): Record<string, number> {
  const count = (is: (call: BookedCall['planned']) => boolean) =>
    calls.reduce((sum, { planned }) => sum + (is(planned) ? 1 : 0), 0)
  return {
    'to 999': count(({ line }) => line === '999'),
    'to 101': count(({ line }) => line === '101'),
    'with a location': count(({ location }) => location !== undefined),
    'number withheld': count(({ isWithheld }) => isWithheld),
    'given up before an answer': count(({ isAbandoned }) => isAbandoned),
    'from a number that rang just before': count(({ isRepeat }) => isRepeat),
    'at three desks at once': count(({ desks }) => desks.length > 1)
  }
}

export function toAsked(options: LoadOptions, mix: Mix): Asked {
  const { cps, seconds, warmUpSeconds, handlers, acks, holdMs, transport, targets, seed, judge, p99Ms } = options
  return {
    ...{ cps, seconds, warmUpSeconds, mix, handlers, acks, holdMs, transport, seed, judge, p99Ms },
    targets: targets.map(({ url }) => url),
    isOwn: targets.length === 0
  }
}

export function toEnvironment(
  versions: { readonly kit: string; readonly gateways: readonly string[]; readonly sipp: string },
  loadAverageBefore: number,
  stealPercent: number
): Environment {
  const [cpu] = cpus()
  return {
    ...{ kit: versions.kit, gateways: [...versions.gateways], sipp: versions.sipp, node: process.versions.node },
    system: `${type()} ${release()} ${arch()}`,
    cpus: cpus().length,
    cpuModel: cpu?.model.trim() ?? 'unknown',
    memoryMb: Math.round(totalmem() / MB),
    loadAverageBefore: round(loadAverageBefore),
    loadAverageAfter: round(loadavg()[0] ?? 0),
    stealPercent: round(stealPercent)
  }
}

/** All senders together: the worst of their shares, the sum of the rest. */
export function toGenerator(
  book: CallBook,
  ends: readonly SippEnd[],
  options: LoadOptions,
  planned: number
): Generator {
  const shares = book.schedules.map(schedule => schedule.offeredShare() ?? 0)
  const share = Math.min(...shares)
  const last = (of: 'failed' | 'retransmissions' | 'watchdog') =>
    ends.reduce((sum, { seconds }) => sum + (seconds.at(-1)?.[of] ?? 0), 0)
  return {
    planned,
    offered: book.calls.length,
    offeredPerSecond: Math.round(options.cps * share * 100) / 100,
    offeredShare: Math.round(share * 1e5) / 1e5,
    scheduleMovedMs: round(Math.max(0, ...book.schedules.map(schedule => schedule.movedMs()))),
    mostAtOnce: Math.max(0, ...ends.flatMap(({ seconds }) => seconds.map(({ current }) => current))),
    limit: Math.min(...ends.map(({ limit }) => limit)),
    ...{ failed: last('failed'), retransmissions: last('retransmissions'), watchdog: last('watchdog') },
    exitCode: Math.max(...ends.map(({ exitCode }) => exitCode)),
    unexpected: ends.flatMap(({ errors }) => errors)
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
