import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import Type, { type Static } from 'typebox'

/** A time in ms, or `lost`: what never came is later than any number. */
export const Ms = Type.Union([Type.Number(), Type.Literal('lost')])
export type Ms = Static<typeof Ms>

/** One stage of many calls. */
export const LatencyFigures = Type.Object({
  count: Type.Integer(),
  lost: Type.Integer(),
  p50: Type.Optional(Ms),
  p90: Type.Optional(Ms),
  p99: Type.Optional(Ms),
  p999: Type.Optional(Ms),
  max: Type.Optional(Ms),
  /** For the curve: percent and ms. */
  curve: Type.Array(Type.Tuple([Type.Number(), Ms]))
})
export type LatencyFigures = Static<typeof LatencyFigures>

const MAX_US = 600_000_000
/** Three digits from 1 µs to 10 minutes. */
const RANGE = { lowest: 1, highest: MAX_US, figures: 3 } as const
const CURVE = [0, 10, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99, 99.995, 99.999, 100] as const

/** HdrHistogram (Node's own), and beside it how many never came, so that losing calls cannot look fast. */
export class Latency {
  readonly #histogram: RecordableHistogram = createHistogram(RANGE)
  #lost = 0

  /** `undefined`: it never came. */
  add(ms: number | undefined): void {
    if (ms === undefined) this.#lost += 1
    else this.#histogram.record(Math.min(MAX_US, Math.max(1, Math.round(ms * 1_000))))
  }

  get count(): number {
    return this.#histogram.count + this.#lost
  }

  get lost(): number {
    return this.#lost
  }

  /** What `percent` of all do not exceed, by nearest rank; undefined when there is nothing. */
  at(percent: number): Ms | undefined {
    const { count } = this
    if (count === 0) return undefined
    const rank = Math.max(1, Math.ceil((percent / 100) * count - 1e-9))
    const came = this.#histogram.count
    if (rank > came) return 'lost'
    return toThreeDigits(this.#histogram.percentile(Math.min(100, (100 * rank) / came)) / 1_000)
  }

  figures(): LatencyFigures {
    const [p50, p90, p99, p999, max] = [50, 90, 99, 99.9, 100].map(percent => this.at(percent))
    return {
      count: this.count,
      lost: this.#lost,
      ...(p50 === undefined ? {} : { p50 }),
      ...(p90 === undefined ? {} : { p90 }),
      ...(p99 === undefined ? {} : { p99 }),
      ...(p999 === undefined ? {} : { p999 }),
      ...(max === undefined ? {} : { max }),
      curve: CURVE.flatMap((percent): [number, Ms][] => {
        const ms = this.at(percent)
        return ms === undefined ? [] : [[percent, ms]]
      })
    }
  }
}

/** Whether it is over the limit; `lost` is over any. */
export function isOver(ms: Ms | undefined, limitMs: number): boolean {
  return ms === 'lost' || (ms ?? 0) > limitMs
}

/** The histogram keeps no more, and answers the upper end of what it cannot tell apart. */
function toThreeDigits(ms: number): number {
  return Number(ms.toPrecision(3))
}
