import t from 'tap'
import { excludes } from '../../src/resources/hard-filters.ts'
import { type Job, SHORTLIST, TERMS, type Weights } from '../../src/resources/job.ts'
import { type Candidate, offered, recommend } from '../../src/resources/recommend.ts'
import type { DriverGrade } from '../../src/resources/unit.ts'
import { indexUnits } from '../../src/resources/unit-index.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { GRADES, MIDDLE, NOW, RULES, type SaidUnit, toJob, toUnit } from '../support/recommending.ts'

/* Whatever units a force has: what must be true of every recommendation. */

const seed = runSeed()
t.comment(`seed: ${seed}`)
const random = makeRandom(seed)
const ROUNDS = 400
const SKILLS = ['dog', 'taser', 'firearms', 'method of entry', 'domestic abuse']
const DRIVERS: readonly DriverGrade[] = ['basic', 'response', 'advanced', 'pursuit']

function some<T>(from: readonly T[], most: number): readonly T[] {
  return [...new Set(Array.from({ length: random.below(most + 1) }, () => random.pick(from)))]
}

function anyKm(): [number, number] {
  return [(random.below(60_001) - 30_000) / 1_000, (random.below(60_001) - 30_000) / 1_000]
}

function anyUnit(at: number, over: Partial<SaidUnit> = {}): SaidUnit {
  return {
    callsign: `CA${String(at).padStart(3, '0')}`,
    km: anyKm(),
    status: random.pick(['2', '2', '2', '3', '4', '5', '6', '7', '8', '11', '99']),
    skills: some(SKILLS, 3),
    driver: random.pick(DRIVERS),
    crew: 1 + random.below(3),
    fixSeconds: random.below(2_400),
    shiftMinutes: random.below(500) - 20,
    neighbourhood: random.pick(['north', 'south']),
    ...(random.below(3) === 0 ? { job: { grade: random.pick(['1', '2', '3', 'unheard of']) } } : {}),
    ...over
  }
}

function anyJob(): Job {
  return toJob({
    ...{ grade: random.pick(GRADES).id, area: random.pick(['urban', 'rural'] as const), crew: 1 + random.below(2) },
    ...{ skills: random.below(3) === 0 ? some(SKILLS, 1) : [], wished: some(SKILLS, 2), neighbourhood: 'north' },
    minutesAtScene: 10 + random.below(60)
  })
}

const anyUnits = (most = 60) => Array.from({ length: random.below(most) }, (_, at) => anyUnit(at))
const ask = (said: readonly SaidUnit[], job: Job, routed?: ReadonlyMap<string, number>) =>
  recommend({ units: indexUnits(said.map(toUnit)), job, rules: RULES, now: NOW }, routed)
const weighing = (job: Job, weights: Partial<Weights>): Job => ({
  ...job,
  grade: { ...job.grade, weights: { ...job.grade.weights, ...weights } }
})

/** As good as this one or better in all that a unit can be, and where it is or nearer. */
function better({ unit }: Candidate, callsign: string, share: number): SaidUnit {
  const at = unit.fix ?? { easting: 0, northing: 0, at: 0 }
  const km = [at.easting - MIDDLE.easting, at.northing - MIDDLE.northing].map(metres => (metres * share) / 1_000)
  return {
    ...{ callsign, km: [km[0] ?? 0, km[1] ?? 0], status: '2', skills: SKILLS, driver: 'pursuit', crew: 4 },
    ...{ fixSeconds: 0, shiftMinutes: 600, neighbourhood: 'north' }
  }
}

t.test('a unit that is nearer, freer and fitter than the first never makes the best score less', async t => {
  let tried = 0
  for (let round = 0; round < ROUNDS; round++) {
    // What cover it leaves is where it stands: a nearer place may be barer. So that term is out, or the place the same.
    const [job, share] =
      random.below(2) === 0 ? [weighing(anyJob(), { cover: 0 }), random.below(1_001) / 1_000] : [anyJob(), 1]
    const said = anyUnits()
    const [first] = ask(said, job).candidates
    if (first === undefined) continue
    tried++
    const [now] = ask([...said, better(first, 'ZZ999', share)], job).candidates
    if (now === undefined || now.score < first.score - 1e-9) {
      return t.fail(`round ${round}, seed ${seed}: ${first.score} became ${now?.score}`, { job, said })
    }
  }
  t.ok(tried > ROUNDS / 4, `${tried} recommendations with somebody to send`)
})

t.test('a weight of zero takes a term out: what it is made of makes no difference', async t => {
  for (const name of TERMS) {
    for (let round = 0; round < ROUNDS / 4; round++) {
      const job = weighing(anyJob(), { [name]: 0 })
      for (const { terms } of ask(anyUnits(), job).candidates) {
        const points = terms.find(each => each.name === name)?.points
        if (points !== 0) return t.fail(`round ${round}, seed ${seed}: ${name} took ${points}`)
      }
    }
  }
  const none = Object.fromEntries(TERMS.map(name => [name, 0])) as Weights
  for (const { score } of ask(anyUnits(), weighing(anyJob(), none)).candidates) t.equal(score, 100)
  t.pass('none of them took anything')
})

t.test('who is left out is never offered, and whoever is offered may be sent', async t => {
  let left = 0
  for (let round = 0; round < ROUNDS; round++) {
    const job = anyJob()
    const { candidates, leftOut } = ask(anyUnits(), job)
    const sent = new Set(candidates.map(({ unit }) => unit.callsign))
    const both = leftOut.filter(({ unit }) => sent.has(unit.callsign))
    const barred = candidates.filter(({ unit }) => excludes(unit, job, RULES, NOW) !== undefined)
    left += leftOut.length
    if (both.length > 0 || barred.length > 0) return t.fail(`round ${round}, seed ${seed}`, { both, barred })
  }
  t.ok(left > 0, `${left} left out`)
})

t.test('the order is that of the scores, and the same units in another order give the same answer', async t => {
  for (let round = 0; round < ROUNDS; round++) {
    const [job, said] = [anyJob(), anyUnits()]
    const routed = new Map(said.slice(0, 10).map(({ callsign }) => [callsign, 1 + random.below(60)]))
    const first = ask(said, job, routed)
    const again = ask([...said].reverse(), job, routed)
    const scores = first.candidates.map(({ score }) => score)
    const isSorted = scores.every((score, at) => at === 0 || score <= (scores[at - 1] ?? 0) + 1e-9)
    const isSame = JSON.stringify(first) === JSON.stringify(again)
    if (!isSorted || !isSame) return t.fail(`round ${round}, seed ${seed}`, { isSorted, isSame })
    if (offered(first).length > 5 || scores.length > SHORTLIST) return t.fail(`round ${round}, seed ${seed}: too many`)
    if (scores.some(score => score < -1e-9 || score > 100 + 1e-9))
      return t.fail(`round ${round}, seed ${seed}: ${scores}`)
  }
  t.pass(`${ROUNDS} recommendations`)
})

t.test('the index finds the nearest whatever the units are, as a list gone through one by one does', async t => {
  for (let round = 0; round < ROUNDS; round++) {
    const spread = random.pick([1, 10, 60, 600])
    const place = { easting: random.below(700_000), northing: random.below(1_300_000) }
    const units = Array.from({ length: random.below(80) }, (_, at) => {
      const unit = toUnit(anyUnit(at))
      const off = () => (random.below(2_001) - 1_000) * spread
      const fix = { easting: Math.abs(place.easting + off()), northing: Math.abs(place.northing + off()), at: NOW }
      return { ...unit, fix }
    })
    const found: number[] = []
    indexUnits(units).nearest(place, ({ metres }) => found.push(metres) >= 20)
    const listed = units
      .map(({ fix }) => Math.hypot(fix.easting - place.easting, fix.northing - place.northing))
      .sort((one, other) => one - other)
      .slice(0, 20)
    if (JSON.stringify(found) !== JSON.stringify(listed)) {
      return t.fail(`round ${round}, seed ${seed}`, { found, listed })
    }
  }
  t.pass(`${ROUNDS} places`)
})
