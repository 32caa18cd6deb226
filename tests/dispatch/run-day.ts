import { type GridPoint, metresBetween } from '../../src/grid/national-grid.ts'
import type { ChoiceRules, Job } from '../../src/resources/job.ts'
import type { Unit } from '../../src/resources/unit.ts'
import { UnitIndex } from '../../src/resources/unit-index.ts'
import { gradeOf, RULES } from '../support/recommending.ts'
import { DAY_MINUTES, type Day, type DayJob, type DayUnit } from './day.ts'

/** Who of them goes; undefined: nobody can, the job waits. */
export type Policy = (question: { units: UnitIndex; job: Job; rules: ChoiceRules; now: number }) => string | undefined

/** How a job ended. */
export interface Outcome {
  readonly grade: string
  /** From the call to the first unit there; undefined where nobody had come when the day was over. */
  readonly minutes: number | undefined
  readonly targetMinutes: number
  readonly isWishMet: boolean
}

export interface DayResult {
  readonly outcomes: readonly Outcome[]
  readonly diversions: number
}

interface State {
  readonly of: DayUnit
  /** Where it was at `since`, and where it goes. */
  from: GridPoint
  to: GridPoint
  since: number
  /** Minutes into the day at which it is there. */
  thereAt: number
  job: DayJob | undefined
  isAtScene: boolean
  /** Counts how often it was sent, so that an arrival that was called off is known. */
  turn: number
}

type Event = { readonly at: number; readonly order: number; readonly run: () => void }

const MINUTE_MS = 60_000
/** Of a list that grows, so many of the most urgent are tried each time anything changes. */
const LOOKED_AT = 20
/** The day starts at a whole second, long after the first of all times. */
const START = Date.UTC(2026, 0, 1)

/**
 * One day under one policy. Jobs wait in the order of their grades; a unit that is diverted leaves its job in the queue
 * with the time it has waited already; a crew whose shift ends is replaced at its station when it is free.
 */
export function runDay(day: Day, policy: Policy): DayResult {
  const rules: ChoiceRules = { ...RULES, areaAt: day.areaAt }
  const states = new Map<string, State>(
    day.units.map(of => [
      of.callsign,
      { of, from: of.home, to: of.home, since: 0, thereAt: 0, job: undefined, isAtScene: false, turn: 0 }
    ])
  )
  const firstThere = new Map<number, { at: number; by: DayUnit }>()
  const waiting: DayJob[] = []
  const events: Event[] = []
  let diversions = 0
  let order = 0
  const plan = (at: number, run: () => void) => {
    const event = { at, order: order++, run }
    let place = events.length
    while (place > 0 && later(events[place - 1], event)) place--
    events.splice(place, 0, event)
  }
  for (const job of day.jobs) plan(job.at, () => come(job))

  const come = (job: DayJob) => {
    waiting.push(job)
    waiting.sort((one, other) => rank(one) - rank(other) || one.at - other.at)
  }
  const send = (now: number) => {
    if (waiting.length === 0) return
    const units = indexAt(now)
    for (const job of waiting.slice(0, LOOKED_AT)) {
      const chosen = policy({ units, job: toJob(job), rules, now: START + now * MINUTE_MS })
      const state = chosen === undefined ? undefined : states.get(chosen)
      if (state === undefined) continue
      waiting.splice(waiting.indexOf(job), 1)
      if (state.job !== undefined) {
        diversions++
        come(state.job)
      }
      const from = placeAt(state, now)
      const minutes = trueMinutes(state.of, from, job)
      const turn = ++state.turn
      Object.assign(state, { from, to: job.place, since: now, thereAt: now + minutes, job, isAtScene: false })
      plan(now + minutes, () => arrive(state, job, turn, now + minutes))
      units.put(toUnit(state, now))
    }
  }
  const arrive = (state: State, job: DayJob, turn: number, now: number) => {
    if (state.turn !== turn) return
    state.isAtScene = true
    if (!firstThere.has(job.id)) firstThere.set(job.id, { at: now, by: state.of })
    plan(now + job.minutesAtScene, () => {
      const home = now + job.minutesAtScene
      const minutes = (metresBetween(job.place, state.of.home) / 1_000 / 35) * 60
      const back = { from: job.place, to: state.of.home, since: home, thereAt: home + minutes }
      Object.assign(state, { ...back, job: undefined, isAtScene: false })
    })
  }
  const trueMinutes = (unit: DayUnit, from: GridPoint, job: DayJob) => {
    const area = day.areaAt(job.place)
    const { traffic, emergency } = RULES.speedKmh[area]
    const isFast = gradeOf(job.grade).isEmergencyDrive && unit.driver !== 'basic'
    return (
      ((metresBetween(from, job.place) * day.roadFactor(from, job.place)) / 1_000 / (isFast ? emergency : traffic)) * 60
    )
  }
  const indexAt = (now: number) => {
    const index = new UnitIndex()
    for (const state of states.values()) index.put(toUnit(state, now))
    return index
  }
  const toJob = (job: DayJob): Job => ({
    ...{
      force: 'sim',
      place: job.place,
      area: day.areaAt(job.place),
      grade: gradeOf(job.grade),
      skills: job.skills,
      needs: []
    },
    ...{
      wished: job.wished,
      crewAtLeast: job.crew,
      minutesAtScene: 30,
      neighbourhood: String(nearestTown(day, job.place))
    }
  })

  while (events.length > 0) {
    const event = events.shift()
    if (event === undefined || event.at > DAY_MINUTES) break
    event.run()
    // All that happens in one instant happens before anybody is sent.
    if (events[0]?.at !== event.at) send(event.at)
  }
  return { diversions, outcomes: day.jobs.map(job => outcomeOf(job, firstThere.get(job.id), day)) }
}

function outcomeOf(job: DayJob, there: { at: number; by: DayUnit } | undefined, day: Day): Outcome {
  return {
    grade: job.grade,
    minutes: there === undefined ? undefined : there.at - job.at,
    targetMinutes: gradeOf(job.grade).targetMinutes[day.areaAt(job.place)],
    isWishMet: job.wished.every(skill => there?.by.skills.includes(skill) === true)
  }
}

function toUnit(state: State, now: number): Unit {
  const { of, job, isAtScene } = state
  const standing = isAtScene ? 'unavailable' : job === undefined ? 'available' : 'divertible'
  const endsAt = of.changesAt.find(at => at > now) ?? now + 480
  return {
    ...{ callsign: of.callsign, force: 'sim', type: 'response', skills: of.skills, driver: of.driver, crew: of.crew },
    ...{ status: isAtScene ? '6' : job === undefined ? '2' : '5', standing, reluctance: 0, saidAt: START },
    fix: { ...placeAt(state, now), at: START + now * MINUTE_MS },
    // A crew that is free when its shift ends is followed by the next at once.
    shiftEndsAt: START + endsAt * MINUTE_MS,
    ...(job === undefined ? {} : { job: { grade: job.grade } }),
    neighbourhood: String(of.town)
  }
}

function placeAt({ from, to, since, thereAt }: State, now: number): GridPoint {
  const share = thereAt <= since ? 1 : Math.min(1, Math.max(0, (now - since) / (thereAt - since)))
  return {
    easting: from.easting + (to.easting - from.easting) * share,
    northing: from.northing + (to.northing - from.northing) * share
  }
}

function nearestTown({ towns }: Day, place: GridPoint): number {
  const far = towns.map(town => metresBetween(town, place))
  return far.indexOf(Math.min(...far))
}

function rank({ grade }: DayJob): number {
  return gradeOf(grade).rank
}

function later(one: Event | undefined, other: Event): boolean {
  return one !== undefined && (one.at > other.at || (one.at === other.at && one.order > other.order))
}
