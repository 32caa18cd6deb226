/** Rows of one file whose keys are remembered: 16 bytes each, so that a file of a million takes 32 MB. */
export const MAX_KEYS = 8_000_000
const FIRST_SLOTS = 1 << 15
const LOAD = 0.6

/**
 * How often a key was met, by 52 bits of a hash of it, in flat arrays. Two keys with the same hash (1 in 9,000 files of
 * a million rows has such a pair) make one of them look like the second of its kind, which loses no row.
 */
export class RepeatedKeys {
  #hashes = new Float64Array(FIRST_SLOTS)
  #counts = new Uint16Array(FIRST_SLOTS)
  #size = 0

  /** 1 for the first, 2 for the second …; undefined where the file has more keys than are remembered. */
  count(key: string): number | undefined {
    if (this.#size >= this.#hashes.length * LOAD) {
      if (this.#size >= MAX_KEYS) return undefined
      this.#grow()
    }
    const hash = hashOf(key)
    const at = this.#slotOf(hash)
    if (this.#counts[at] === 0) {
      this.#hashes[at] = hash
      this.#size += 1
    }
    const count = Math.min((this.#counts[at] ?? 0) + 1, 0xffff)
    this.#counts[at] = count
    return count
  }

  #slotOf(hash: number): number {
    const mask = this.#hashes.length - 1
    let at = hash & mask
    while (this.#counts[at] !== 0 && this.#hashes[at] !== hash) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const [hashes, counts] = [this.#hashes, this.#counts]
    this.#hashes = new Float64Array(hashes.length * 2)
    this.#counts = new Uint16Array(hashes.length * 2)
    for (const [from, hash] of hashes.entries()) {
      if (counts[from] === 0) continue
      const at = this.#slotOf(hash)
      this.#hashes[at] = hash
      this.#counts[at] = counts[from] ?? 0
    }
  }
}

/** Two FNV-1a hashes with different beginnings, 26 bits of each. */
function hashOf(key: string): number {
  let [one, other] = [0x811c9dc5, 0x9747b28c]
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at)
    one = Math.imul(one ^ code, 0x01000193)
    other = Math.imul(other ^ code, 0x85ebca6b)
  }
  other ^= other >>> 13
  return (one >>> 6) * 67_108_864 + (other >>> 6)
}
