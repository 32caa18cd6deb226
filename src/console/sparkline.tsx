import type { Chart } from './wallboard-words.ts'

const WIDTH = 240
const HEIGHT = 48
const GAP = 4
/** A nought is a bar, too: a step with nothing to show has none. */
const LEAST = 2

/** Bars of the last hour, and a line where a limit is; said in words to a reader. */
export function Sparkline({ chart }: { chart: Chart }) {
  const { values, limit, label } = chart
  const known = values.flatMap(value => (value === undefined ? [] : [value]))
  const top = chart.top ?? Math.max(1, limit ?? 0, ...known)
  const toY = (value: number) => HEIGHT - Math.max(LEAST, (Math.min(value, top) / top) * HEIGHT)
  const step = WIDTH / Math.max(1, values.length)
  const words = values.map(value => (value === undefined ? 'none' : String(Math.round(value)))).join(', ')
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img">
      <title>{`${label}: ${words}`}</title>
      <path class="ground" d={`M0 ${HEIGHT}H${WIDTH}`} />
      {values.map((value, at) =>
        value === undefined ? null : (
          <rect
            key={at}
            x={at * step + GAP / 2}
            y={toY(value)}
            width={step - GAP}
            height={HEIGHT - toY(value)}
            data-over={limit !== undefined && isOver(value, limit, chart.top)}
          />
        )
      )}
      {limit !== undefined && <path class="limit" d={`M0 ${toY(limit)}H${WIDTH}`} />}
    </svg>
  )
}

/** A share must be at least the limit, a count at most. */
function isOver(value: number, limit: number, top: number | undefined): boolean {
  return top === undefined ? value > limit : value < limit
}
