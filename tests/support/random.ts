/** Numbers that look random and come again with the same seed (xorshift, 32 bits). */
export function makeRandom(seed: number): { below(limit: number): number; pick<T>(from: readonly T[]): T } {
  let state = seed | 0 || 1
  const below = (limit: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
  return {
    below,
    pick: from => {
      const found = from[below(from.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    }
  }
}

/** The seed of a run: `SEED` where a failure is to be seen again. */
export function runSeed(): number {
  return Number(process.env['SEED'] ?? Date.now() % 1_000_000_007)
}
