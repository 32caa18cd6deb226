import { toHtmlText } from './markup.ts'

/** One line; a point without a value is a gap. The order gives colour and dash, so that it can be told apart on paper. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [number, number | undefined])[]
}

export interface Axis {
  readonly title: string
  readonly min: number
  readonly max: number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
  readonly isLog?: boolean
}

export interface Chart {
  readonly title: string
  /** What a reader who cannot see it should know. */
  readonly says: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** Lines over the whole width or height, as a goal or the end of the warm-up. */
  readonly marks?: readonly { readonly on: 'x' | 'y'; readonly at: number; readonly label: string }[]
}

const SIZE = { width: 760, height: 300, left: 64, right: 16, top: 14, bottom: 46 } as const
const LINES = 6

/** A chart as one SVG that needs nothing from outside: colours and dashes are classes of the page's own style. */
export function toChart({ title, says, x, y, series, marks = [] }: Chart): string {
  const toX = scale(x, SIZE.left, SIZE.width - SIZE.right)
  const toY = scale(y, SIZE.height - SIZE.bottom, SIZE.top)
  const [right, bottom] = [SIZE.width - SIZE.right, SIZE.height - SIZE.bottom]
  const parts = [
    ...y.ticks.map(({ at, label }) => {
      const py = px(toY(at))
      return `<line class="grid" x1="${SIZE.left}" x2="${right}" y1="${py}" y2="${py}"/><text class="tick end" x="${SIZE.left - 6}" y="${px(toY(at) + 4)}">${toHtmlText(label)}</text>`
    }),
    ...x.ticks.map(({ at, label }) => {
      const at2 = px(toX(at))
      return `<line class="grid" x1="${at2}" x2="${at2}" y1="${SIZE.top}" y2="${bottom}"/><text class="tick middle" x="${at2}" y="${bottom + 16}">${toHtmlText(label)}</text>`
    }),
    `<text class="axis middle" x="${(SIZE.left + right) / 2}" y="${SIZE.height - 8}">${toHtmlText(x.title)}</text>`,
    `<text class="axis middle" transform="translate(14 ${(SIZE.top + bottom) / 2}) rotate(-90)">${toHtmlText(y.title)}</text>`,
    ...marks.map(mark => toMark(mark, toX, toY)),
    ...series.map(({ points }, at) => toLine(points, at, toX, toY))
  ]
  const id = title.toLowerCase().replace(/[^a-z]+/g, '-')
  return `<figure class="chart"><figcaption>${toHtmlText(title)}</figcaption>
<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="${id}-says"><desc id="${id}-says">${toHtmlText(`${title}. ${says}`)}</desc>
${parts.join('\n')}
</svg>
${toLegend(series)}</figure>`
}

function toLegend(series: readonly Series[]): string {
  const items = series.map(({ name }, at) => {
    const line = `<svg class="sample" viewBox="0 0 34 10" aria-hidden="true"><line class="series s${at % LINES}" x1="1" x2="33" y1="5" y2="5"/></svg>`
    return `<li>${line}${toHtmlText(name)}</li>`
  })
  return `<ul class="legend">${items.join('')}</ul>`
}

function toLine(
  points: Series['points'],
  at: number,
  toX: (value: number) => number,
  toY: (value: number) => number
): string {
  let path = ''
  let isOpen = false
  let alone = ''
  for (const [index, [x, y]] of points.entries()) {
    if (y === undefined) isOpen = false
    else {
      const isAlone = !isOpen && points[index + 1]?.[1] === undefined
      if (isAlone) alone += `<circle class="dot s${at % LINES}" cx="${px(toX(x))}" cy="${px(toY(y))}" r="2.5"/>`
      path += `${isOpen ? 'L' : 'M'}${px(toX(x))} ${px(toY(y))}`
      isOpen = true
    }
  }
  return `<path class="series s${at % LINES}" d="${path}"/>${alone}`
}

function toMark(
  { on, at, label }: NonNullable<Chart['marks']>[number],
  toX: (value: number) => number,
  toY: (value: number) => number
): string {
  const [right, bottom] = [SIZE.width - SIZE.right, SIZE.height - SIZE.bottom]
  if (on === 'y') {
    const py = px(toY(at))
    return `<line class="mark" x1="${SIZE.left}" x2="${right}" y1="${py}" y2="${py}"/><text class="tick" x="${SIZE.left + 6}" y="${px(toY(at) - 4)}">${toHtmlText(label)}</text>`
  }
  const at2 = px(toX(at))
  return `<line class="mark" x1="${at2}" x2="${at2}" y1="${SIZE.top}" y2="${bottom}"/><text class="tick" x="${px(toX(at) + 4)}" y="${SIZE.top + 11}">${toHtmlText(label)}</text>`
}

/** What is outside stands on the edge. */
function scale({ min, max, isLog = false }: Axis, from: number, to: number): (value: number) => number {
  const of = (value: number) => (isLog ? Math.log10(Math.max(value, 1e-9)) : value)
  const span = of(max) - of(min) || 1
  return value => from + ((of(Math.min(max, Math.max(min, value))) - of(min)) / span) * (to - from)
}

function px(value: number): string {
  return (Math.round(value * 10) / 10).toString()
}

/** From 0 to a little over the greatest, in steps people count by. */
export function countAxis(title: string, values: readonly (number | undefined)[]): Axis {
  const most = Math.max(1, ...values.map(value => value ?? 0))
  const power = 10 ** Math.floor(Math.log10(most / 4 || 1))
  const step = Math.max(1, [1, 2, 5, 10].map(each => each * power).find(each => most / each <= 5) ?? power * 10)
  // A line on the upper edge would look cut off.
  const steps = Math.max(1, Math.ceil((most * 1.05) / step))
  return { title, min: 0, max: steps * step, ticks: ticksOf(steps, step) }
}

function ticksOf(steps: number, step: number): Axis['ticks'] {
  return Array.from({ length: steps + 1 }, (_, at) => ({ at: at * step, label: (at * step).toLocaleString('en-GB') }))
}

/** Decades of ms around what there is, with 2 and 5 between where there are few. */
export function msAxis(title: string, values: readonly (number | undefined)[]): Axis {
  const known = values.filter(value => value !== undefined && value > 0) as number[]
  const least = 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(...known, 1_000))))
  const most = Math.max(least * 10, ...known)
  const decades = Math.log10(most / least)
  const marks = [1, 2, 5].filter(each => each === 1 || decades <= 3.5)
  const ticks: { at: number; label: string }[] = []
  let max = least
  for (let power = least; max < most; power *= 10) {
    for (const each of marks) {
      if (max >= most) break
      max = each * power
      ticks.push({ at: max, label: max >= 10_000 ? `${(max / 1_000).toLocaleString('en-GB')} s` : round(max) })
    }
  }
  return { title, min: least, max, ticks, isLog: true }
}

function round(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-GB')
}

/** Seconds of a run. */
export function secondsAxis(values: readonly number[]): Axis {
  const [min, max] = [Math.min(0, ...values), Math.max(1, ...values) + 1]
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600].find(each => (max - min) / each <= 12) ?? 7_200
  const ticks: { at: number; label: string }[] = []
  for (let at = Math.ceil(min / step) * step; at <= max; at += step) ticks.push({ at, label: String(at) })
  return { title: 'seconds since the figures began', min, max, ticks }
}
