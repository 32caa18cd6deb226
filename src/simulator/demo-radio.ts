import { createHash, randomBytes } from 'node:crypto'
import type { LoadedConfig } from '../operations/config.ts'
import { interval, type ReleaseStack, type Stop } from '../operations/lifecycle.ts'
import type { UnitRow } from './demo-incidents.ts'
import { makeWorld, WORLD_SIZES } from './demo-world.ts'
import { makeSeededRandom, type SeededRandom } from './seeded-random.ts'

/** What a vehicle does next, and how long that may last: rounds of `EVERY_MS`. */
const NEXT: Readonly<Record<string, readonly (readonly [status: string, share: number])[]>> = {
  '2': [
    ['2', 90],
    ['5', 5],
    ['4', 2],
    ['8', 3]
  ],
  '4': [
    ['4', 95],
    ['2', 5]
  ],
  '5': [
    ['5', 92],
    ['6', 8]
  ],
  '6': [
    ['6', 96],
    ['2', 4]
  ],
  '8': [
    ['8', 95],
    ['2', 5]
  ]
}
const EVERY_MS = 2_000
/** On patrol a car goes so far between two reports, and stays within so far of its station. */
const STEP_METRES = 60
const PATROL_METRES = 4_000
const SHIFT_MS = 8 * 3_600_000
const GRADES = ['1', '2', '2', '3', '3']

interface Car {
  readonly unit: UnitRow
  readonly driver: string
  status: string
  job: { grade: string } | null
  easting: number
  northing: number
  readonly shiftEndsAt: number
}

/** A token of each force's radio, made anew for each demo; nothing of it stands in a file. */
export function withDemoRadio(
  loaded: LoadedConfig,
  isOn: boolean
): { readonly loaded: LoadedConfig; readonly tokens: ReadonlyMap<string, string> } {
  const forces = loaded.config.forces.filter(({ units }) => units !== undefined)
  if (!isOn || forces.length === 0) return { loaded, tokens: new Map() }
  const tokens = new Map(forces.map(({ id }) => [id, randomBytes(24).toString('base64url')]))
  const senders = [...tokens].map(([force, token]) => ({
    ...{ force, source: 'Demo radio', kinds: ['units' as const] },
    hashes: [createHash('sha256').update(token).digest()]
  }))
  return { loaded: { ...loaded, senders: [...(loaded.senders ?? []), ...senders] }, tokens }
}

interface Parts {
  /** As `http://127.0.0.1:8080`. */
  readonly url: string
  readonly tokens: ReadonlyMap<string, string>
  readonly units: Iterable<UnitRow>
  readonly seed: number
}

/** The cars of the demo's world: they patrol, take jobs and report, by the route that a force's radio would use. */
export class DemoRadio {
  readonly #parts: Parts
  readonly #random: SeededRandom
  readonly #cars: readonly Car[]
  #stop: Stop = () => {}
  #isSending = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#random = makeSeededRandom(parts.seed * 53 + 11)
    const now = Date.now()
    this.#cars = [...parts.units].filter(({ force }) => parts.tokens.has(force)).map(unit => this.#makeCar(unit, now))
  }

  /** Resolves when every car has been heard of once. */
  async start(): Promise<void> {
    await this.#sendAll()
    this.#stop = interval(() => void this.#round(), EVERY_MS)
  }

  stop(): void {
    this.#stop()
  }

  async #round(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    for (const car of this.#cars) this.#move(car)
    await this.#sendAll().catch(() => {
      // The gateway is stopping, or busy: the next round says it anew.
    })
    this.#isSending = false
  }

  async #sendAll(): Promise<void> {
    for (const [force, token] of this.#parts.tokens) {
      const units = this.#cars.filter(({ unit }) => unit.force === force).map(toReport)
      if (units.length === 0) continue
      const answer = await fetch(`${this.#parts.url}/api/v1/units/positions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ units })
      })
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`the gateway answers ${answer.status} to the demo's radio`)
    }
  }

  #makeCar(unit: UnitRow, now: number): Car {
    const random = this.#random
    const status = random.pick(['2', '2', '2', '2', '5', '6', '4', '8'])
    const off = () => (random.next() - 0.5) * PATROL_METRES
    return {
      ...{ unit, status, driver: random.pick(['basic', 'response', 'response', 'advanced']) },
      job: status === '5' || status === '6' ? { grade: random.pick(GRADES) } : null,
      easting: unit.spot.easting + off(),
      northing: unit.spot.northing + off(),
      shiftEndsAt: now + SHIFT_MS * (0.1 + 0.9 * random.next())
    }
  }

  #move(car: Car): void {
    const random = this.#random
    const next = random.pickBy(NEXT[car.status] ?? [['2', 1]], ([, share]) => share)[0]
    if (next !== car.status) {
      car.status = next
      car.job = next === '5' ? { grade: random.pick(GRADES) } : next === '6' ? car.job : null
    }
    if (car.status !== '2' && car.status !== '5') return
    const { spot } = car.unit
    const pull = (at: number, home: number) =>
      at +
      (random.next() - 0.5) * 2 * STEP_METRES +
      Math.sign(home - at) * (Math.abs(home - at) > PATROL_METRES ? STEP_METRES : 0)
    car.easting = pull(car.easting, spot.easting)
    car.northing = pull(car.northing, spot.northing)
  }
}

/** The cars of the demo's world at work, until `releases` stops them; nothing where no force has units. */
export async function startDemoRadio({
  releases,
  ...parts
}: Omit<Parts, 'units'> & { readonly releases: ReleaseStack }): Promise<void> {
  if (parts.tokens.size === 0) return
  const radio = new DemoRadio({ ...parts, units: makeWorld(parts.seed, Date.now(), WORLD_SIZES.demo).units() })
  releases.push('demo radio', () => radio.stop())
  await radio.start()
}

function toReport({ unit, driver, status, job, easting, northing, shiftEndsAt }: Car): object {
  return {
    ...{ callsign: unit.callsign, status, driver, crew: unit.crew, job, shift_ends_at: Math.round(shiftEndsAt) },
    ...{ easting: Math.round(easting), northing: Math.round(northing) }
  }
}
