import { makeCallId, type SwitchCallId } from '../call/ids.ts'
import { HELMERT_GRID } from '../grid/national-grid.ts'
import type { DemoContact, DemoData } from '../records/demo-rows.ts'
import type { HandlerAccount } from '../records/handlers.ts'
import { addDemoMarkers } from './demo-markers.ts'
import { FIRST_NAMES, MATTERS, STREETS, SURNAMES, TOWNS, UNREAL_POSTCODE_LETTERS } from './demo-words.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

export const DEMO_PASSWORD = 'demo'
/** Handlers and positions of each force; the load kit spreads its calls over them. */
export const DEMO_DESKS = 50

const FORCES = ['tvp', 'hants'] as const
type DemoForce = (typeof FORCES)[number]
const FIRST_DEVICE: Record<DemoForce, number> = { tvp: 4_000, hants: 5_000 }
const SOURCES = ['Crime records', 'Contact record', 'Electoral roll'] as const
const DAY_MS = 86_400_000
const HISTORY_DAYS = 730

/** How many of the drama mobiles, 07700 900000 to 900999, are known; the last hundred are callers nobody has met. */
const KNOWN_MOBILES = 900
/** 01632 960000 and up. */
const KNOWN_FIXED = 200

/** The same data for the same seed and hour: two forces, a hundred desks, a thousand callers with what is known of them. */
export function makeDemoData(seed: number, now: number, desks = DEMO_DESKS): DemoData {
  const random = makeSeededRandom(seed)
  const data: Mutable = { people: [], addresses: [], links: [], incidents: [], contacts: [] }
  for (let n = 0; n < KNOWN_MOBILES; n++) addCaller(data, random, now, `+447700900${digits(n)}`, n)
  for (let n = 0; n < KNOWN_FIXED; n++) addCaller(data, random, now, `+441632960${digits(n)}`, n)
  const known = addDemoMarkers(data, seed, now)
  return {
    password: DEMO_PASSWORD,
    handlers: [...makeHandlers(random, desks), ...makeSupervisors(random), ...makeDispatchers()],
    positions: makePositions(desks),
    ...data,
    ...known
  }
}

/** A world that is being made. */
export type Mutable = {
  [K in 'people' | 'addresses' | 'links' | 'incidents' | 'contacts']: DemoData[K][number][]
}

/**
 * By its last digits a number has one person at one address, or several people (700 to 799), no address (800 to 849),
 * or an address and no person (850 to 899).
 */
function addCaller(data: Mutable, random: SeededRandom, now: number, e164: string, n: number): void {
  const home = random.pick(FORCES)
  const asOf = now - random.between(1, 400) * DAY_MS
  const count = n >= 850 ? 0 : n >= 700 && n < 800 ? random.between(2, 4) : 1
  const people = Array.from({ length: count }, () => makePerson(random, asOf))
  const address = n >= 800 && n < 850 ? undefined : makeAddress(random, home, asOf)
  // Callers cross the border between forces; each has a record of its own.
  for (const force of FORCES) addRecord(data, { force, e164, asOf, people, address })
  const calls = random.chance(0.15) ? random.between(6, 14) : random.between(0, 3)
  for (let call = 0; call < calls; call++) {
    const force = random.chance(0.8) ? home : random.pick(FORCES)
    data.contacts.push(makeContact(data, random, { force, e164, now, call }))
  }
}

interface KnownCaller {
  readonly force: DemoForce
  readonly e164: string
  readonly asOf: number
  readonly people: readonly ReturnType<typeof makePerson>[]
  readonly address: ReturnType<typeof makeAddress> | undefined
}

function addRecord(data: Mutable, { force, e164, asOf, people, address }: KnownCaller): void {
  const at = address === undefined ? undefined : data.addresses.push({ force, ...address }) - 1
  for (let nth = 0; nth < Math.max(1, people.length); nth++) {
    const person = people[nth]
    data.links.push({
      ...{ e164, force },
      ...(person === undefined ? {} : { person: data.people.push({ force, ...person }) - 1 }),
      ...(at === undefined || nth > 0 ? {} : { address: at }),
      relation: relationOf(nth, people.length),
      asOf: asOf - nth * DAY_MS
    })
  }
}

function relationOf(person: number, people: number): string {
  if (people === 0) return 'subscriber address'
  return person === 0 ? 'subscriber' : 'has called from this number'
}

function makePerson(random: SeededRandom, asOf: number) {
  const born = new Date(Date.UTC(random.between(1938, 2008), random.between(0, 11), random.between(1, 28)))
  return {
    name: `${random.pick(FIRST_NAMES)} ${random.pick(SURNAMES)}`,
    born: born.toISOString().slice(0, 10),
    source: random.pick(SOURCES),
    asOf
  }
}

function makeAddress(random: SeededRandom, force: DemoForce, asOf: number) {
  const [town, district, latitude, longitude] = random.pick(TOWNS[force])
  const postcode = `${district} ${random.between(1, 9)}${random.pick(UNREAL_POSTCODE_LETTERS)}`
  const around = () => (random.next() + random.next() - 1) * 0.02
  const text = `${random.between(1, 140)} ${random.pick(STREETS)}, ${town}, ${postcode}`
  const place = {
    latitude: Math.round((latitude + around()) * 1e6) / 1e6,
    longitude: Math.round((longitude + around() * 1.6) * 1e6) / 1e6
  }
  const point = HELMERT_GRID.toGrid(place)
  if (point === undefined) throw new Error('the demo lies outside of Britain')
  return {
    ...{ text, ...place, ...point },
    source: 'Address register',
    asOf
  }
}

function makeContact(
  data: Mutable,
  random: SeededRandom,
  { force, e164, now, call }: { force: DemoForce; e164: string; now: number; call: number }
): DemoContact {
  const offeredAt = now - random.between(1, HISTORY_DAYS) * DAY_MS - random.between(0, DAY_MS)
  const isAbandoned = random.chance(0.12)
  const answeredAt = offeredAt + random.between(2_000, 12_000)
  const [type, summary] = random.pick(MATTERS)
  const incident =
    isAbandoned || random.chance(0.4)
      ? undefined
      : data.incidents.push({
          reference: `${force.toUpperCase()}-${new Date(offeredAt).toISOString().slice(0, 10).replaceAll('-', '')}-${random.between(100, 1_999)}`,
          force,
          type,
          status: offeredAt > now - 3 * DAY_MS ? 'open' : 'closed',
          openedAt: answeredAt
        }) - 1
  const switchCallId = `demo-${e164}-${call}` as SwitchCallId
  return {
    callId: makeCallId({ force, trunk: 'demo-history', switchCallId, firstSeenAt: offeredAt, occurrence: 0 }),
    force,
    line: random.chance(0.45) ? '999' : '101',
    e164,
    cause: isAbandoned ? 'abandoned' : 'ended',
    offeredAt,
    releasedAt: answeredAt + random.between(20_000, 400_000),
    ...(isAbandoned ? {} : { answeredAt, summary }),
    ...(incident === undefined ? {} : { incident })
  }
}

function makeHandlers(random: SeededRandom, desks: number): HandlerAccount[] {
  return FORCES.flatMap(force =>
    Array.from({ length: desks }, (_, at) => ({
      handler: demoDesk(force, at).handler,
      name: `${random.pick(FIRST_NAMES)} ${random.pick(SURNAMES)}`,
      force,
      role: 'handler' as const,
      // The last desk of each force also helps the other one: a named mutual-aid grant.
      grants: at === DEMO_DESKS - 1 ? FORCES.filter(other => other !== force) : [],
      lines: ['999', '101'],
      acdQueues: [`${force}-999`, `${force}-101`]
    }))
  )
}

/** One for each force, who takes no calls of their own. */
function makeSupervisors(random: SeededRandom): HandlerAccount[] {
  return FORCES.map(force => ({
    handler: `${force}-s01`,
    name: `${random.pick(FIRST_NAMES)} ${random.pick(SURNAMES)}`,
    force,
    role: 'supervisor',
    grants: [],
    lines: [],
    acdQueues: []
  }))
}

/** One for each force; the generator is not asked for their names, so that every other name stays what it was. */
function makeDispatchers(): HandlerAccount[] {
  return FORCES.map((force, at) => ({
    handler: `${force}-x01`,
    name: `${FIRST_NAMES[at]} ${SURNAMES[at]}`,
    force,
    role: 'dispatcher',
    grants: [],
    lines: [],
    acdQueues: []
  }))
}

function makePositions(desks: number): DemoData['positions'] {
  return FORCES.flatMap(force => [
    { position: `${force}-sup`, name: 'Supervisor', force, devices: [] },
    ...Array.from({ length: desks }, (_, at) => {
      const { position, devices } = demoDesk(force, at)
      return { position, name: `Desk ${at + 1}`, force, devices }
    }),
    { position: `${force}-dsp`, name: 'Dispatch', force, devices: [] }
  ])
}

/**
 * The desk so many after the first, and who sits there. Desk 1 of Thames Valley owns devices 4001 and 4101: a handset
 * and a headset. From the hundredth on numbers have a digit more, so that no two desks share one.
 */
export function demoDesk(
  force: DemoForce,
  at: number
): { handler: string; position: string; devices: readonly [string, string] } {
  const desk = String(at + 1).padStart(2, '0')
  const first = FIRST_DEVICE[force] + at + 1
  const [handset, headset] = at + 1 < 100 ? [first, first + 100] : [first * 10 + 1, first * 10 + 2]
  return { handler: `${force}-h${desk}`, position: `${force}-d${desk}`, devices: [String(handset), String(headset)] }
}

function digits(n: number): string {
  return String(n).padStart(3, '0')
}
