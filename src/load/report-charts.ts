import type { LatencyFigures, Ms } from './latency.ts'
import { type Axis, countAxis, msAxis, type Series, secondsAxis, toChart } from './line-chart.ts'
import type { LoadReport, Second } from './report.ts'
import { STAGES } from './stages.ts'
import { inMs } from './verdict.ts'

/** Lines of the curve of one run, in the order of a call. */
const CURVES = ['answered', 'pop', 'panels', 'taken'] as const

/** Nines: 0, 90 %, 99 %, 99.9 % are as far from each other. */
function nines(percent: number, count: number): number {
  const most = Math.log10(Math.max(2, count))
  return percent >= 100 ? most : Math.min(most, -Math.log10(1 - percent / 100))
}

function toCurve(name: string, { curve, count, lost }: LatencyFigures): Series {
  const most = nines(100, count)
  const points = curve
    .filter(([percent]) => percent === 100 || nines(percent, count) < most)
    .map(([percent, ms]): [number, number | undefined] => [nines(percent, count), ms === 'lost' ? undefined : ms])
  const share = lost === 0 ? '' : ` (${lost} of ${count} lost: no value from there on)`
  return { name: `${name}${share}`, points }
}

function ninesAxis(counts: readonly number[]): Axis {
  const max = Math.log10(Math.max(10, ...counts))
  const marks = [0, 50, 90, 99, 99.9, 99.99, 99.999]
  const ticks = marks.map(percent => ({
    at: percent === 0 ? 0 : -Math.log10(1 - percent / 100),
    label: `${percent} %`
  }))
  return { title: 'share of calls that were no later', min: 0, max, ticks: ticks.filter(({ at }) => at <= max) }
}

/** How late which share of calls was; of several runs the pops beside each other. */
export function toCurves(
  curves: readonly { readonly name: string; readonly figures: LatencyFigures }[],
  goalMs?: number
): string {
  const series = curves.map(({ name, figures }) => toCurve(name, figures))
  const all = series.flatMap(({ points }) => points.map(([, ms]) => ms))
  return toChart({
    title: 'How late, by share of calls',
    says: curves.map(({ name, figures }) => `${name}: p50 ${inMs(figures.p50)}, p99 ${inMs(figures.p99)}.`).join(' '),
    x: ninesAxis(curves.map(({ figures }) => figures.count)),
    y: msAxis('ms, logarithmic', goalMs === undefined ? all : [...all, goalMs]),
    series,
    ...(goalMs === undefined ? {} : { marks: [{ on: 'y', at: goalMs, label: `bare pop: p99 at most ${goalMs} ms` }] })
  })
}

export function curvesOf({ stages, reference }: LoadReport): { name: string; figures: LatencyFigures }[] {
  const own = CURVES.flatMap(stage => {
    const figures = stages[stage]
    return figures === undefined || figures.count === 0 ? [] : [{ name: STAGES[stage] as string, figures }]
  })
  return reference === undefined ? own : [...own, { name: 'SIPp answering itself', figures: reference.before }]
}

export function toLatencyOverTime({ seconds }: LoadReport): string {
  const line = (name: string, of: (second: Second) => Ms | undefined): Series => ({
    name,
    points: seconds.map(second => [second.at, toNumber(of(second))])
  })
  const series = [
    line('bare pop, p50', ({ p50 }) => p50),
    line('bare pop, p99', ({ p99 }) => p99),
    line('bare pop, latest', ({ max }) => max),
    line('all panels, p99', ({ panelsP99 }) => panelsP99)
  ]
  const worst = seconds.reduce<Second | undefined>(
    (most, each) => (weight(each) > weight(most) ? each : most),
    undefined
  )
  return toChart({
    title: 'Latency over time',
    says: `The slowest second was second ${worst?.at}: its latest pop took ${inMs(worst?.max)}.`,
    x: secondsAxis(seconds.map(({ at }) => at)),
    y: msAxis(
      'ms, logarithmic',
      series.flatMap(({ points }) => points.map(([, ms]) => ms))
    ),
    series,
    marks: warmUpMark(seconds)
  })
}

export function toLoadOverTime({ seconds, gauges }: LoadReport): string {
  // The first and the last second are cut by the clock, not by the load.
  const whole = seconds.slice(1, -1)
  const live = gauges.flatMap(each => each.seconds.map(({ liveCalls }) => liveCalls))
  const series: Series[] = [
    { name: 'calls due in this second', points: whole.map(({ at, offered }) => [at, offered]) },
    { name: 'of these with their pop', points: whole.map(({ at, popped }) => [at, popped]) },
    { name: 'of these lost', points: whole.map(({ at, lost }) => [at, lost]) }
  ]
  const lost = seconds.reduce((sum, second) => sum + second.lost, 0)
  return toChart({
    title: 'Load over time',
    says: `${lost} calls lost. At most ${Math.max(0, ...live)} calls were in the gateway's memory.`,
    x: secondsAxis(seconds.map(({ at }) => at)),
    y: countAxis(
      'calls a second',
      series.flatMap(({ points }) => points.map(([, value]) => value))
    ),
    series,
    marks: warmUpMark(seconds)
  })
}

/** The gateways' own word: what waits, and how late their loops are. */
export function toGaugeCharts({ gauges, asked }: LoadReport): string {
  return gauges
    .filter(({ seconds }) => seconds.length > 2)
    .map(({ where, seconds }, at) => {
      const later = seconds.slice(1)
      const line = (name: string, of: (second: (typeof later)[number]) => number): Series => ({
        name,
        points: later.map(second => [second.at - asked.warmUpSeconds, of(second)])
      })
      const series = [
        line('delay of its event loop, p99 of each second, ms', each => each.loopDelayMs),
        line('events that wait for PostgreSQL', each => each.journalPending),
        line('appends and jobs that wait for Redis', each => each.outboxPending)
      ]
      return toChart({
        title: gauges.length === 1 ? 'What the gateway says of itself' : `What gateway ${at + 1} says of itself`,
        says: `${where}: most delay ${Math.max(...later.map(({ loopDelayMs }) => loopDelayMs))} ms.`,
        x: secondsAxis(later.map(each => each.at - asked.warmUpSeconds)),
        y: countAxis(
          'ms, or how many',
          series.flatMap(({ points }) => points.map(([, value]) => value))
        ),
        series
      })
    })
    .join('\n')
}

function warmUpMark(seconds: readonly Second[]): { on: 'x'; at: number; label: string }[] {
  return (seconds[0]?.at ?? 0) < 0 ? [{ on: 'x', at: 0, label: 'end of the warm-up' }] : []
}

function toNumber(ms: Ms | undefined): number | undefined {
  return ms === 'lost' ? undefined : ms
}

function weight(second: Second | undefined): number {
  return second?.max === 'lost' ? Number.POSITIVE_INFINITY : (second?.max ?? 0)
}
