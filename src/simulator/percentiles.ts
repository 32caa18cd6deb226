/**
 * Latencies in milliseconds with what was lost counted as infinite, so that a percentile cannot look good while
 * calls go missing.
 */
export class Percentiles {
  readonly #values: number[] = []

  add(ms: number): void {
    this.#values.push(ms)
  }

  addLost(): void {
    this.#values.push(Number.POSITIVE_INFINITY)
  }

  get count(): number {
    return this.#values.length
  }

  /** All of them, as they came. */
  get values(): readonly number[] {
    return this.#values
  }

  get lost(): number {
    return this.#values.filter(value => value === Number.POSITIVE_INFINITY).length
  }

  /** The value that `percent` of all do not exceed (nearest rank); NaN when there is none. */
  at(percent: number): number {
    const sorted = [...this.#values].sort((one, other) => one - other)
    const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
    return sorted[rank - 1] ?? Number.NaN
  }
}

/** `1.2` or `lost`, as a table shows it. */
export function inMs(value: number): string {
  if (Number.isNaN(value)) return '–'
  return value === Number.POSITIVE_INFINITY ? 'lost' : value.toFixed(1)
}
