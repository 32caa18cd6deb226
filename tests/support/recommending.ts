import { readFile } from 'node:fs/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import { FORCE_HANDOVER_SETTINGS } from '../../src/operations/handover-schema.ts'
import { NATIONAL_CODES, UnitsConfig } from '../../src/operations/units-schema.ts'
import { toChoiceSettings } from '../../src/resources/choice-settings.ts'
import type { Area, ChoiceRules, Grade, Job } from '../../src/resources/job.ts'
import { toStatusTable } from '../../src/resources/status-codes.ts'
import type { DriverGrade, Unit } from '../../src/resources/unit.ts'
import { applyUpdate } from '../../src/resources/unit-update.ts'

/** The middle of all situations: an ordinary square of the National Grid. */
export const MIDDLE = { easting: 450_000, northing: 205_000 }
export const NOW = Date.UTC(2026, 10, 26, 21, 0, 0)
const CODES = toStatusTable(NATIONAL_CODES)

const RURAL = { grade: '1', ruralTargetMinutes: 20, isEmergencyDrive: true, mayDivert: true }
const Graded = Type.Object(FORCE_HANDOVER_SETTINGS)
/** A force that leaves all to the defaults, with the three grades that every force has by default. */
const SETTINGS = toChoiceSettings(
  {
    id: 'tvp',
    ...Value.Parse(Graded, Value.Default(Graded, {})),
    units: Value.Parse(UnitsConfig, Value.Default(UnitsConfig, { grades: [RURAL] }))
  },
  () => 'urban'
)
export const { grades: GRADES, rules: RULES } = SETTINGS

export function gradeOf(id: string): Grade {
  const found = GRADES.find(each => each.id === id)
  if (found === undefined) throw new Error(`no grade ${id}`)
  return found
}

/** A unit as a situation writes it: kilometres east and north of the job, and only what is not ordinary. */
export interface SaidUnit {
  readonly callsign: string
  readonly km?: readonly [east: number, north: number]
  readonly status?: string
  readonly type?: string
  readonly skills?: readonly string[]
  readonly driver?: DriverGrade
  readonly crew?: number
  readonly job?: { readonly grade?: string }
  readonly fixSeconds?: number
  readonly shiftMinutes?: number
  readonly neighbourhood?: string
}

export interface SaidJob {
  readonly grade?: string
  readonly area?: Area
  readonly skills?: readonly string[]
  readonly wished?: readonly string[]
  readonly crew?: number
  readonly minutesAtScene?: number
  readonly neighbourhood?: string
  /** By sort of unit. */
  readonly needs?: Readonly<Record<string, number>>
}

export interface Situation {
  readonly name: string
  readonly job: SaidJob
  readonly units: readonly SaidUnit[]
  /** Minutes by road, of those a routing engine knows. */
  readonly routed?: Readonly<Record<string, number>>
  /** `null`: nobody can be sent. */
  readonly first: string | null
  /** Who would meet the needs, in their order, and what is said to be short. */
  readonly proposed?: readonly string[]
  readonly short?: readonly string[]
  /** Units of sorts that are not needed, which nobody speaks of. */
  readonly unspoken?: number
  /** What its sentence says; a part of it. */
  readonly because?: string
  /** What is said of the nearest; a part of it. `null`: the nearest is the first, and nothing is said. */
  readonly whyNotNearest?: string | null
  /** Who is left out, and a part of why. */
  readonly leftOut?: Readonly<Record<string, string>>
}

export async function readSituations(): Promise<readonly Situation[]> {
  return JSON.parse(await readFile(new URL('../corpus/recommendation/situations.json', import.meta.url), 'utf8'))
}

/** A crew of two on patrol 5 km east, seen 10 s ago, with eight hours before it, unless said otherwise. */
export function toUnit(said: SaidUnit): Unit {
  const { callsign, km = [5, 0], status = '2', fixSeconds = 10, shiftMinutes = 480, crew = 2, ...rest } = said
  const at = NOW - fixSeconds * 1_000
  const place = { easting: MIDDLE.easting + km[0] * 1_000, northing: MIDDLE.northing + km[1] * 1_000 }
  const update = { callsign, at, place, status, crew, shiftEndsAt: NOW + shiftMinutes * 60_000, ...rest }
  const came = applyUpdate(undefined, update, { force: 'tvp', codes: CODES, now: NOW })
  if (came.kind !== 'changed') throw new Error(`${callsign} is ${came.kind}`)
  return came.unit
}

export function toJob(said: SaidJob = {}): Job {
  const { grade: id = '1', area = 'urban', skills = [], wished = [], crew = 1, minutesAtScene = 30 } = said
  return {
    ...{ force: 'tvp', place: MIDDLE, area, grade: gradeOf(id), skills, wished, crewAtLeast: crew, minutesAtScene },
    needs: Object.entries(said.needs ?? {}).map(([type, count]) => ({ type, count })),
    ...(said.neighbourhood === undefined ? {} : { neighbourhood: said.neighbourhood })
  }
}

/** The same rules where all the country around is of one sort. */
export function rulesIn(area: Area): ChoiceRules {
  return { ...RULES, areaAt: () => area }
}
