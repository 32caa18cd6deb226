import type { LineHour, LineWaiting, Wallboard } from '../pop/board.ts'
import { PANEL_TITLES } from './panel-words.ts'
import { toTimer } from './times.ts'

/** `watch`: not as it should be. `act`: somebody must do something now. `unknown`: could not be counted. */
export type Mark = 'fine' | 'watch' | 'act' | 'unknown'

/** One part of the wall: a figure, what it means in words, and what is to be known beside it. */
export interface Tile {
  readonly figure: string
  readonly unit?: string
  readonly says: string
  readonly details: readonly string[]
  readonly mark: Mark
  /** By time, the oldest first; undefined: nothing to show for that step. */
  readonly chart?: Chart
}

export interface Chart {
  readonly values: readonly (number | undefined)[]
  /** A line across. */
  readonly limit?: number
  /** The top, where that is no matter of the values. */
  readonly top?: number
  /** What it shows and of when, in words. */
  readonly label: string
}

type Known<Part> = Part extends { readonly kind: 'counted'; readonly value: infer T } ? T : never

/** Never a number: what could not be counted is no nought. */
export const NOT_COUNTED: Tile = {
  figure: 'Could not be counted',
  says: 'The record does not answer',
  details: [],
  mark: 'unknown'
}

/** The tile of a part that was counted, or that it was not. */
export function tileOf<Part extends { readonly kind: 'counted' | 'not-counted' }>(
  part: Part,
  to: (value: Known<Part>) => Tile
): Tile {
  if (part.kind === 'counted') return to((part as unknown as { readonly value: Known<Part> }).value)
  const why = (part as unknown as { readonly why: string }).why
  return why === 'record.away' ? NOT_COUNTED : { ...NOT_COUNTED, says: `Fault ${why}` }
}

interface WaitingAt {
  /** How long ago it was counted: whoever waited then waits longer now. */
  readonly agedMs: number
  readonly limitMs: number | undefined
  /** Of the same line; undefined where that could not be counted. */
  readonly hour: LineHour | undefined
}

export function waitingTile(line: LineWaiting | undefined, { agedMs, limitMs, hour }: WaitingAt): Tile {
  const { waiting = 0, unheard = 0, longestWaitMs } = line ?? {}
  const longestMs = longestWaitMs === undefined ? undefined : longestWaitMs + agedMs
  const isLate = limitMs !== undefined && longestMs !== undefined && longestMs > limitMs
  return {
    figure: String(waiting),
    says: longestMs === undefined ? 'Nobody waits' : `Longest ${toTimer(0, longestMs)}${isLate ? ', too long' : ''}`,
    details: [
      ...(unheard === 0 ? [] : [`${unheard} more may be over`]),
      ...(hour === undefined ? [] : [`${hour.offered} came in the last hour`])
    ],
    mark: isLate ? 'act' : 'fine',
    ...(hour === undefined ? {} : { chart: offeredChart(hour) })
  }
}

function offeredChart({ steps }: LineHour): Chart {
  return { values: steps.map(({ offered }) => offered), label: 'Calls that came, by five minutes of the last hour' }
}

export function inTimeTile(line: LineHour | undefined, { withinMs, percent }: Wallboard['target']): Tile {
  const { inTime = 0, late = 0, unknown = 0, steps = [] } = line ?? {}
  const counted = inTime + late
  const share = toShare(inTime, late)
  const chart: Chart = {
    values: steps.map(step => toShare(step.inTime, step.late)),
    ...{ limit: percent, top: 100 },
    label: `Percent within ${withinMs / 1000} s, by five minutes of the last hour`
  }
  const details = unknown === 0 ? [] : [`${unknown} more: not known how they ended`]
  if (share === undefined) return { figure: 'No calls', says: 'None in the last hour', details, mark: 'fine', chart }
  const isBelow = inTime * 100 < percent * counted
  return {
    figure: String(share),
    unit: '%',
    says: isBelow ? `Below ${percent} %` : `At or over ${percent} %`,
    details: [`${inTime} of ${counted} in the last hour`, ...details],
    mark: isBelow ? 'watch' : 'fine',
    chart
  }
}

export function meanWaitTile(line: LineHour | undefined): Tile {
  const { answered = 0, offered = 0, meanWaitMs, steps = [] } = line ?? {}
  const chart: Chart = {
    values: steps.map(step => (step.meanWaitMs === undefined ? undefined : step.meanWaitMs / 1000)),
    label: 'Mean wait in seconds, by five minutes of the last hour'
  }
  if (meanWaitMs === undefined) {
    const says = offered === 0 ? 'No call in the last hour' : `${offered} came in the last hour`
    return { figure: 'None answered', says, details: [], mark: 'fine', chart }
  }
  return {
    figure: toTimer(0, meanWaitMs),
    says: `${answered} answered`,
    details: [],
    mark: 'fine',
    chart
  }
}

/** The emergency line's are each one too many. */
export function abandonedTile(lines: readonly LineHour[], emergency: string): Tile {
  const first = lines.find(({ line }) => line === emergency)
  const others = lines.filter(({ line }) => line !== emergency)
  const count = first?.abandoned ?? 0
  const values = first?.steps.map(({ abandoned }) => abandoned)
  return {
    figure: String(count),
    says: count === 0 ? 'No caller left' : 'See the ledger',
    details: others.map(({ line, abandoned }) => `${line}: ${abandoned}`),
    mark: count === 0 ? 'fine' : 'watch',
    ...(values === undefined ? {} : { chart: { values, label: 'Callers who left, by five minutes of the last hour' } })
  }
}

export function unackedTile({ unacked }: { readonly unacked: number }): Tile {
  return {
    figure: String(unacked),
    says: unacked === 0 ? 'All are on a screen' : 'On no screen: look now',
    details: [],
    mark: unacked === 0 ? 'fine' : 'act'
  }
}

export function consolesTile({ live, hidden, stale, gone }: Known<Wallboard['consoles']>): Tile {
  const away = hidden + stale + gone
  const all = live + away
  if (all === 0) {
    return { figure: 'Nobody there', says: 'Nobody who takes calls is signed on', details: [], mark: 'act' }
  }
  const parts = [
    [hidden, 'out of sight'],
    [stale, 'silent'],
    [gone, 'without a screen']
  ] as const
  return {
    figure: String(away),
    says: `${live} of ${all} answer`,
    details: parts.flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`])),
    mark: away === 0 ? 'fine' : live === 0 ? 'act' : 'watch'
  }
}

export function alertsTile(
  { byPriority, lastTenMinutes, mostOfOneHandler, steps }: Known<Wallboard['alerts']>,
  { perHour, flood, shares }: Wallboard['budget']
): Tile {
  const [first = 0, second = 0] = byPriority
  const urgent = first + second
  const isFlood = lastTenMinutes >= flood
  const isOver = urgent > perHour || mostOfOneHandler > perHour
  const all = byPriority.reduce((sum, count) => sum + count, 0)
  const found = byPriority.map(count => Math.round((count / Math.max(1, all)) * 100)).join('/')
  return {
    figure: String(urgent),
    says: isFlood
      ? `Flood: ${lastTenMinutes} in ten minutes`
      : isOver
        ? `Over the budget of ${perHour} an hour`
        : `Budget ${perHour} an hour`,
    details: [
      `P1/P2/P3: ${byPriority.join('/')}`,
      ...(all === 0 ? [] : [`${found} % (aim ${shares.join('/')})`]),
      ...(mostOfOneHandler === 0 ? [] : [`Most to one handler: ${mostOfOneHandler}`])
    ],
    mark: isFlood ? 'act' : isOver ? 'watch' : 'fine',
    chart: { values: steps, limit: perHour / steps.length, label: 'P1 and P2, by ten minutes of the last hour' }
  }
}

export function serviceTile({ service, processes }: Pick<Wallboard, 'service' | 'processes'>): Tile {
  const { level, why } = service
  const known = processes.kind === 'counted' ? processes.value : undefined
  const isSure = known !== undefined && known.silent === 0
  const gateways = known === undefined ? 'Other gateways: could not be counted' : toProcesses(known)
  return {
    figure: level === 0 ? (isSure ? 'Full service' : 'Level 0 here') : `Level ${level}`,
    says: why ?? (isSure ? 'Every part works' : 'Not known of every gateway'),
    details: [gateways],
    mark: level >= 4 ? 'act' : level > 0 ? 'watch' : isSure ? 'fine' : 'unknown'
  }
}

export function sourcesTile({ sources, silent }: Known<Wallboard['processes']>): Tile {
  const left = sources.filter(({ state }) => state === 'left-alone')
  const unknown = sources.filter(({ state }) => state === 'silent')
  const answering = sources.length - left.length - unknown.length
  const isSure = unknown.length === 0 && silent === 0 && sources.length > 0
  return {
    figure: sources.length === 0 ? 'Not known' : `${answering} of ${sources.length}`,
    says: left.length > 0 ? 'Failing, and left alone' : isSure ? 'Every source answers' : 'Not known of every source',
    details: [...left, ...unknown].map(
      ({ source, title, state }) => `${toTitle(source, title)}: ${state === 'silent' ? 'not known' : 'left alone'}`
    ),
    mark: left.length > 0 ? 'watch' : isSure ? 'fine' : 'unknown'
  }
}

function toProcesses({ gateways, silent, workers }: Known<Wallboard['processes']>): string {
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  return [
    many(gateways, 'gateway'),
    ...(workers === 0 ? [] : [many(workers, 'worker')]),
    ...(silent === 0 ? [] : [`${silent} not heard of`])
  ].join(', ')
}

function toTitle(source: string, title: string | undefined): string {
  if (title !== undefined) return title
  if (source === 'eisec') return 'EISEC'
  return Object.hasOwn(PANEL_TITLES, source) ? PANEL_TITLES[source as keyof typeof PANEL_TITLES] : source
}

/** Whole percent, never rounded up to the target; undefined where there was no call. */
function toShare(inTime: number, late: number): number | undefined {
  return inTime + late === 0 ? undefined : Math.floor((inTime * 100) / (inTime + late))
}
