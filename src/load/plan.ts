import { makeSeededRandom, type SeededRandom } from '../simulator/seeded-random.ts'
import type { Acks } from './load-options.ts'
import type { Mix } from './mix.ts'

export type Line = '999' | '101'

/** One call, decided before the first is placed, so that the same seed places the same calls. */
export interface PlannedCall {
  readonly line: Line
  /** Nobody answers: the caller gives up after `ringMs`. */
  readonly isAbandoned: boolean
  /** One of Ofcom's numbers for drama. */
  readonly e164: string
  readonly isWithheld: boolean
  readonly isRepeat: boolean
  readonly location: { readonly latitude: number; readonly longitude: number } | undefined
  /** Where it rings, by place in the list of desks; the first of several answers. */
  readonly desks: readonly number[]
  readonly ringMs: number
  readonly holdMs: number
}

export interface PlanParts {
  readonly calls: number
  readonly mix: Mix
  readonly desks: number
  readonly holdMs: number
  readonly acks: Acks
  readonly seed: number
}

/** Ofcom's: 07700 900000 to 900999 and 01632 960000 to 960999. */
const PREFIXES = ['+447700900', '+441632960'] as const
const NUMBERS_EACH = 1_000
/** A repeat caller is one of the last so many of their kind. */
const RECENT = 50
const RING_ALL_DESKS = 3
const RING_MS: Readonly<Record<Acks, readonly [number, number]>> = { people: [800, 2_500], 'at-once': [150, 250] }
const GIVES_UP_MS = [300, 1_500] as const
/** Around Oxford. */
const PLACE = { latitude: 51.752, longitude: -1.2577, spread: 0.2 } as const

export function planCalls({ calls, mix, desks, holdMs, acks, seed }: PlanParts): PlannedCall[] {
  const random = makeSeededRandom(seed)
  const recent: Record<'answered' | 'givenUp', string[]> = { answered: [], givenUp: [] }
  return Array.from({ length: calls }, (_, at) => {
    const line = random.chance(mix.emergency) ? '999' : '101'
    const isAbandoned = random.chance(mix.abandoned)
    const before = recent[isAbandoned ? 'givenUp' : 'answered']
    const isRepeat = before.length > 0 && random.chance(mix.repeat)
    const hasLocation = line === '999' && random.chance(mix.withLocation)
    const e164 = isRepeat ? random.pick(before) : aNumber(random, hasLocation, isAbandoned)
    before.push(e164)
    if (before.length > RECENT) before.shift()
    const isWithheld = random.chance(mix.withheld)
    const ringsAtAll = random.chance(mix.ringAll) && desks >= RING_ALL_DESKS && !isAbandoned
    const [least, most] = isAbandoned ? GIVES_UP_MS : RING_MS[acks]
    return {
      ...{ line, isAbandoned, e164, isWithheld, isRepeat },
      location: hasLocation ? aPlace(random) : undefined,
      desks: Array.from({ length: ringsAtAll ? RING_ALL_DESKS : 1 }, (_, more) => (at + more) % desks),
      ringMs: random.between(least, most),
      holdMs: random.between(Math.round(holdMs / 2), Math.round(holdMs * 1.5))
    }
  })
}

/** The longest a call of the plan can be up, ms: what the number of calls at once follows from. */
export function longestCallMs(plan: readonly PlannedCall[]): number {
  return plan.reduce((most, { ringMs, holdMs, isAbandoned }) => Math.max(most, ringMs + (isAbandoned ? 0 : holdMs)), 0)
}

/**
 * Whoever gives up comes by the trunk of ring legs, and rightly one caller at two trunks within seconds is one call to
 * the gateway (call/correlate.ts). So they have numbers of their own, the odd ones.
 */
function aNumber(random: SeededRandom, isMobile: boolean, isAbandoned: boolean): string {
  const prefix = isMobile || random.chance(0.7) ? PREFIXES[0] : PREFIXES[1]
  const digits = random.between(0, NUMBERS_EACH / 2 - 1) * 2 + (isAbandoned ? 1 : 0)
  return `${prefix}${String(digits).padStart(3, '0')}`
}

function aPlace(random: SeededRandom): { latitude: number; longitude: number } {
  const near = (middle: number) => Math.round((middle + (random.next() - 0.5) * PLACE.spread) * 1e5) / 1e5
  return { latitude: near(PLACE.latitude), longitude: near(PLACE.longitude) }
}
