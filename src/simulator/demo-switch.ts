import { HELMERT_GRID } from '../grid/national-grid.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import { demoCell } from './eisec-callers.ts'
import type { SeededRandom } from './seeded-random.ts'
import { type CallPlan, type PlacedCall, SipCaller } from './sip-caller.ts'

interface Parts {
  readonly host: string
  readonly port: number
  readonly random: SeededRandom
  /** Devices somebody is signed on at now; calls ring there, or anywhere when there are none. */
  readonly devicesInUse: () => readonly string[]
  readonly now: () => number
}

/** Calls under way at once; one more is left out, as a demo is to be looked at. */
const MAX_CALLS = 6
const FIRST_AFTER_MS = 1_500
const BETWEEN_MS = [7_000, 16_000] as const
const RINGS_MS = [2_000, 6_000] as const
const TALKS_MS = [25_000, 70_000] as const
const DESKS_SHOWN = 3
/** The first call at a desk, and each so many after it, is of a phone that is looked for while its caller talks. */
const LOOKED_FOR_EVERY = 4
/** Longer than that takes: its place comes about 20 s after the INVITE. */
const TALKS_WHILE_LOOKED_FOR_MS = [50_000, 80_000] as const

/** The demo's telephone switch: places calls of every kind, rings a desk, lets it answer, talks, and hangs up. */
export class DemoSwitch {
  readonly #parts: Parts
  readonly #caller: SipCaller
  readonly #timers = new Set<Stop>()
  #calls = 0
  #atDesks = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#caller = new SipCaller(parts)
  }

  async start(): Promise<void> {
    await this.#caller.start()
    this.#later(FIRST_AFTER_MS, () => this.#next())
  }

  async stop(): Promise<void> {
    for (const stop of this.#timers) stop()
    this.#timers.clear()
    await this.#caller.stop()
  }

  #next(): void {
    const { random, devicesInUse } = this.#parts
    const devices = devicesInUse()
    if (this.#calls < MAX_CALLS) {
      this.#calls += 1
      const isLookedFor = devices.length > 0 && this.#atDesks++ % LOOKED_FOR_EVERY === 0
      const played = isLookedFor
        ? this.#playLookedFor(makeLookedForPlan(random, devices))
        : this.#play(makePlan(random, devices, this.#parts.now()))
      played.finally(() => {
        this.#calls -= 1
      })
    }
    // The first call of a screen that has just signed on must not be waited for long.
    this.#later(random.between(...BETWEEN_MS), () => this.#next())
  }

  /** One call from its INVITE to its BYE; some callers leave before anybody answers. */
  async #play(plan: CallPlan): Promise<void> {
    const { random } = this.#parts
    const call: PlacedCall = this.#caller.place(plan)
    if ((await call.answered) !== 200) return
    await this.#pause(random.between(...RINGS_MS))
    if (random.chance(0.15)) return call.hangUp()
    const device = plan.device ?? random.pick(desksOf(plan.ddi))
    call.tell([`X-Device: ${device}`, 'X-Call-State: answered'])
    await this.#pause(random.between(...TALKS_MS))
    call.hangUp()
  }

  /** Nobody rings off before the place is there. */
  async #playLookedFor(plan: CallPlan & { readonly device: string }): Promise<void> {
    const { random } = this.#parts
    const call: PlacedCall = this.#caller.place(plan)
    if ((await call.answered) !== 200) return
    await this.#pause(random.between(...RINGS_MS))
    call.tell([`X-Device: ${plan.device}`, 'X-Call-State: answered'])
    await this.#pause(random.between(...TALKS_WHILE_LOOKED_FOR_MS))
    call.hangUp()
  }

  #pause(ms: number): Promise<void> {
    return new Promise(done => this.#later(ms, done))
  }

  #later(ms: number, run: () => void): void {
    const stop = after(ms, () => {
      this.#timers.delete(stop)
      run()
    })
    this.#timers.add(stop)
  }
}

/** The DDIs of config/demo.json, by force and line. */
const DDIS = { tvp: { '999': '999', '101': '101' }, hants: { '999': '01632960999', '101': '01632960101' } } as const

function desksOf(ddi: string): readonly string[] {
  const first = ddi === DDIS.tvp['999'] || ddi === DDIS.tvp['101'] ? 4_001 : 5_001
  return Array.from({ length: DESKS_SHOWN }, (_, at) => String(first + at))
}

/** A call for one of the desks in use, of a kind a control room meets: known, shared, unknown, withheld, in conflict. */
function makePlan(random: SeededRandom, inUse: readonly string[], now: number): CallPlan {
  const device = inUse.length > 0 ? random.pick(inUse) : random.pick([...desksOf('999'), ...desksOf('01632960999')])
  const force = device.startsWith('5') ? 'hants' : 'tvp'
  const line = random.chance(0.55) ? '999' : '101'
  const known = (from: number, to: number) => `+447700900${String(random.between(from, to)).padStart(3, '0')}`
  const base = { ddi: DDIS[force][line], device }
  const kind = random.next()
  if (kind < 0.4) return alike(base, known(0, 699))
  if (kind < 0.52) return alike(base, known(700, 799))
  if (kind < 0.62) return alike(base, known(900, 999))
  if (kind < 0.72) return { ...base, asserted: known(0, 699) }
  if (kind < 0.8) return { ...base, asserted: known(0, 699), shown: `+441632960${random.between(100, 199)}` }
  return located(
    alike(
      base,
      mobileIn(force, () => known(0, 899))
    ),
    random.between(4, 900),
    now
  )
}

/** Tries for a number whose place is in the force's own area; the last one is taken wherever it is. */
const PLACE_TRIES = 30

function mobileIn(force: 'tvp' | 'hants', pick: () => string): string {
  let number = pick()
  for (let tries = 0; tries < PLACE_TRIES && demoCell(number).force !== force; tries++) number = pick()
  return number
}

/** With a circle about where EISEC will find it too. */
function located(plan: CallPlan, radiusMetres: number, now: number): CallPlan {
  const at = HELMERT_GRID.toLatLon(demoCell(plan.asserted ?? ''))
  return at === undefined ? plan : { ...plan, location: circle({ ...at, radiusMetres, now }) }
}

/** A 999 call of a mobile that EISEC knows by its cell first and finds while it is asked again (eisec-callers.ts). */
function makeLookedForPlan(random: SeededRandom, inUse: readonly string[]): CallPlan & { readonly device: string } {
  const device = random.pick(inUse)
  const number = `+447700900${random.between(0, 6)}${String(random.between(0, 89)).padStart(2, '0')}`
  return { ...alike({ ddi: DDIS[device.startsWith('5') ? 'hants' : 'tvp']['999'], device }, number), device }
}

function alike(base: Pick<CallPlan, 'ddi' | 'device'>, number: string): CallPlan {
  return { ...base, asserted: number, shown: number }
}

/** PIDF-LO with a circle (RFC 5491 §5.2.3), as a mobile network sends it. */
function circle(at: { latitude: number; longitude: number; radiusMetres: number; now: number }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
  xmlns:gs="http://www.opengis.net/pidflo/1.0" xmlns:gml="http://www.opengis.net/gml" entity="pres:caller@demo-switch">
 <tuple id="fix"><status><gp:geopriv><gp:location-info>
  <gs:Circle srsName="urn:ogc:def:crs:EPSG::4326">
   <gml:pos>${at.latitude.toFixed(6)} ${at.longitude.toFixed(6)}</gml:pos>
   <gs:radius uom="urn:ogc:def:uom:EPSG::9001">${at.radiusMetres}</gs:radius>
  </gs:Circle></gp:location-info><gp:usage-rules/><gp:method>Device-Assisted_A-GPS</gp:method>
 </gp:geopriv></status><timestamp>${new Date(at.now - 4_000).toISOString()}</timestamp></tuple>
</presence>`
}
