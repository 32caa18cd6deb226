import { type DemoForce, makeAddressText, pickTown, type Spot, type Town } from './demo-places.ts'
import { FIRST_NAMES, SURNAMES } from './demo-words.ts'
import { makeSeededRandom } from './seeded-random.ts'

/** A household's person at their address; every so many of them share the address of the one before. */
export interface ResidentRow {
  readonly force: DemoForce
  readonly key: string
  readonly name: string
  readonly born: string
  readonly source: string
  readonly asOf: number
  /** Which address of the world, from 0; its text stands with the first who lives there. */
  readonly home: number
  readonly address?: { readonly text: string; readonly spot: Spot }
  readonly e164?: string
}

const DAY_MS = 86_400_000
const SOURCES = ['Crime records', 'Contact record', 'Electoral roll'] as const
const SHARES_HOME = 0.4

/**
 * Ofcom's numbers for drama beside those of the demo's own callers (07700 900xxx and 01632 960xxx), a thousand of each
 * prefix. Who comes after them has no number on record.
 */
const PREFIXES = [
  ...['+441134960', '+441144960', '+441154960', '+441164960', '+441174960', '+441184960', '+441214960'],
  ...['+441314960', '+441414960', '+441514960', '+441614960', '+441914960', '+442079460', '+443069990']
] as const

/** So many people of both forces, in their homes. */
export function* makeResidents(
  towns: readonly Town[],
  seed: number,
  now: number,
  count: number
): Generator<ResidentRow> {
  const random = makeSeededRandom(seed * 43 + 4)
  let home = -1
  let town = pickTown(towns, random)
  for (let n = 0; n < count; n++) {
    const isNew = home < 0 || !random.chance(SHARES_HOME)
    if (isNew) {
      home += 1
      town = pickTown(towns, random)
    }
    const born = new Date(Date.UTC(random.between(1932, 2010), random.between(0, 11), random.between(1, 28)))
    const snap = random.pick(town.snaps)
    const e164 = numberOf(n)
    yield {
      ...{ force: town.force, key: `P-${n + 1}`, home },
      name: `${random.pick(FIRST_NAMES)} ${random.pick(SURNAMES)}`,
      born: born.toISOString().slice(0, 10),
      source: random.pick(SOURCES),
      asOf: now - random.between(1, 1_500) * DAY_MS,
      ...(isNew ? { address: { text: makeAddressText(town, snap.street, random), spot: snap } } : {}),
      ...(e164 === undefined ? {} : { e164 })
    }
  }
}

/** One of the drama numbers of this world, from 0; undefined beyond the last. */
export function numberOf(n: number): string | undefined {
  const prefix = PREFIXES[Math.floor(n / 1_000)]
  return prefix === undefined ? undefined : `${prefix}${String(n % 1_000).padStart(3, '0')}`
}
