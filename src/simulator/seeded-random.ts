/** Random numbers that come again with the same seed. Not for secrets. */
export interface SeededRandom {
  /** 0 inclusive to 1 exclusive. */
  next(): number
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number
  pick<T>(from: readonly T[]): T
  /** Each as often as its weight says. */
  pickBy<T>(from: readonly T[], weightOf: (of: T) => number): T
  /** True this often, of 1. */
  chance(probability: number): boolean
}

/** Marsaglia's xorshift on 32 bits: short, fast, good enough to spread demo callers. */
export function makeSeededRandom(seed: number): SeededRandom {
  let state = Math.imul(seed | 0, 0x9e3779b1) || 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between,
    pick: from => {
      const value = from[between(0, from.length - 1)]
      if (value === undefined) throw new Error('nothing to pick from')
      return value
    },
    pickBy: (from, weightOf) => {
      let left = next() * from.reduce((sum, each) => sum + weightOf(each), 0)
      for (const each of from) {
        left -= weightOf(each)
        if (left < 0) return each
      }
      throw new Error('nothing to pick from')
    },
    chance: probability => next() < probability
  }
}
