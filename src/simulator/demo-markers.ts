import type { DemoData } from '../records/demo-rows.ts'
import type { Mutable } from './demo-data.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

type DemoMarker = DemoData['markers'][number]
type Known = Pick<DemoData, 'homes' | 'markers'>

const DAY_MS = 86_400_000
const GRADES = ['A1', 'B2', 'C3', 'E4'] as const

/** What warnings are of, and in which words; the last two of numbers only. */
const OF_PEOPLE = [
  ['violence', 'Has assaulted officers who came to the door.'],
  ['weapons', 'Carries a blade when out at night.'],
  ['suicide-risk', 'Has been found at the railway bridge twice.'],
  ['mental-health', 'Distrusts uniforms; a calm voice and a first name help.'],
  ['vulnerable', 'Lives alone, partly sighted, may not hear the door.'],
  ['child-at-risk', 'Child protection plan; ask who is in the house.'],
  ['domestic-abuse', 'Earlier reports by neighbours; has withdrawn statements.'],
  ['repeat-victim', 'Fourth report this year.']
] as const
const OF_ADDRESSES = [
  ['firearms', 'Shotgun certificate held at this address; cabinet in the hall.'],
  ['officer-safety', 'Attend with two; the stairs are unlit.'],
  ['dangerous-dog', 'Large dog loose in the yard.'],
  ['infection-risk', 'Needles found in the garden.']
] as const
const OF_NUMBERS = [
  ['hoax', 'Has reported incidents that were not there.'],
  ['vexatious', 'Rings many times a day about the same matter.']
] as const
const HIGH_RISK = [
  'domestic-abuse-high-risk',
  'High risk by the panel’s assessment. A silent call is a call for help.'
] as const

/** 07700 900007: at high risk, and whoever has the number must know at once. */
const AT_RISK = '+447700900007'
/** 07700 900013: more warnings than a screen shows. */
const MANY = '+447700900013'
const MANY_MARKERS = 24
/** Of so many people, addresses and numbers one has a warning; of so many people one has moved house. */
const ONE_PERSON_IN = 14
const ONE_ADDRESS_IN = 25
const ONE_NUMBER_IN = 60
const ONE_MOVED_IN = 12

/** Warnings and removals for a world that is made otherwise; by a sequence of its own, so that nothing else is another. */
export function addDemoMarkers(
  data: Pick<Mutable, 'people' | 'addresses' | 'links'>,
  seed: number,
  now: number
): Known {
  const random = makeSeededRandom(seed + 1)
  const markers: DemoMarker[] = []
  data.people.forEach(({ force }, person) => {
    if (random.between(1, ONE_PERSON_IN) === 1)
      markers.push(makeMarker(random, now, random.pick(OF_PEOPLE), { force, person }))
  })
  data.addresses.forEach(({ force }, address) => {
    if (random.between(1, ONE_ADDRESS_IN) === 1) {
      markers.push(makeMarker(random, now, random.pick(OF_ADDRESSES), { force, address }))
    }
  })
  for (const { force, e164 } of data.links) {
    if (random.between(1, ONE_NUMBER_IN) === 1)
      markers.push(makeMarker(random, now, random.pick(OF_NUMBERS), { force, e164 }))
  }
  for (const { force, person } of data.links.filter(({ e164 }) => e164 === AT_RISK)) {
    if (person !== undefined) markers.push(inForce(makeMarker(random, now, HIGH_RISK, { force, person })))
  }
  for (const { force, person } of data.links.filter(({ e164 }) => e164 === MANY)) {
    if (person === undefined) continue
    for (let n = 0; n < MANY_MARKERS; n++)
      markers.push(makeMarker(random, now, random.pick(OF_PEOPLE), { force, person }))
  }
  return { homes: makeHomes(data, random), markers }
}

/** One in five has expired, one in five is overdue for its review. */
function makeMarker(
  random: SeededRandom,
  now: number,
  [kind, text]: readonly [string, string],
  whose: Pick<DemoMarker, 'force' | 'person' | 'address' | 'e164'>
): DemoMarker {
  const madeAt = now - random.between(30, 1_500) * DAY_MS
  const isExpired = random.chance(0.2)
  const reviewAt = now + (random.chance(0.2) ? -random.between(1, 90) : random.between(10, 360)) * DAY_MS
  return {
    ...whose,
    ...{
      kind,
      text,
      source: random.pick(['Crime records', 'Command and control'] as const),
      grade: random.pick(GRADES)
    },
    ...{ madeAt, reviewAt },
    ...(isExpired ? { expiresAt: now - random.between(1, 25) * DAY_MS } : {})
  }
}

function inForce({ expiresAt: _, ...marker }: DemoMarker): DemoMarker {
  return marker
}

/** Whoever moved has left the address of their number for another of their force. */
function makeHomes(
  { links, addresses, people }: Pick<Mutable, 'people' | 'addresses' | 'links'>,
  random: SeededRandom
) {
  return links.flatMap(({ person, address, asOf }): DemoData['homes'] => {
    if (person === undefined || address === undefined || random.between(1, ONE_MOVED_IN) > 1) return []
    const others = addresses.flatMap(({ force }, at) => (force === people[person]?.force && at !== address ? [at] : []))
    const home = { person, relation: 'lives here', asOf }
    return [
      { ...home, address, untilAt: asOf + random.between(1, 20) * DAY_MS },
      { ...home, address: random.pick(others) }
    ]
  })
}
