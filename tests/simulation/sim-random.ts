import { makeSeededRandom, type SeededRandom } from '../../src/simulator/seeded-random.ts'
import type { RandomBytes } from './sim-process.ts'

/** Random numbers of one part of a world, apart from those of every other part. */
export interface WorldRandom extends SeededRandom, RandomBytes {
  /** Milliseconds around `typical`: mostly near it, now and then many times as long. */
  delayMs(typical: number): number
}

/** `of` names the part, so that what one part draws does not move what another gets. */
export function makeWorldRandom(seed: number, of: string): WorldRandom {
  const random = makeSeededRandom(mix(seed, of))
  // The first numbers of neighbouring seeds are neighbours.
  for (let n = 0; n < 8; n++) random.next()
  return {
    ...random,
    bytes: count => {
      const bytes = Buffer.allocUnsafe(count)
      for (let at = 0; at < count; at++) bytes[at] = Math.floor(random.next() * 256)
      return bytes
    },
    delayMs: typical => typical * (0.25 + 1.5 * random.next()) * (random.chance(0.01) ? 20 : 1)
  }
}

/** FNV-1a over the name, begun with the seed. */
function mix(seed: number, of: string): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)
  for (const letter of of) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return hash | 0
}
