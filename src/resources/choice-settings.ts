import type { GridPoint } from '../grid/national-grid.ts'
import { defaultGrade, type GradedForce } from '../operations/handover-schema.ts'
import type { UnitsConfig } from '../operations/units-schema.ts'
import type { Area, ChoiceRules, Grade, Job, Weights } from './job.ts'
import { type NeighbourhoodAt, NO_NEIGHBOURHOODS } from './neighbourhoods.ts'

/** What a handler has chosen of a call, or nobody yet. */
export interface Choice {
  readonly grade?: string
  readonly type?: string
}

/** A force's own way of choosing, ready to be asked. */
export interface ChoiceSettings {
  readonly rules: ChoiceRules
  readonly grades: readonly Grade[]
  /** The job at this place. `grade` is the default of the line where neither the handler nor the type says one. */
  toJob(choice: Choice, at: { readonly place: GridPoint; readonly line: string }): Job
}

interface Force extends GradedForce {
  readonly id: string
  readonly units: UnitsConfig
}

/** The settings of a force as the terms they are chosen by. `areaAt` is of its built-up areas. */
export function toChoiceSettings(
  own: Force,
  areaAt: (place: GridPoint) => Area,
  neighbourhoodAt: NeighbourhoodAt = NO_NEIGHBOURHOODS
): ChoiceSettings {
  const { id: force, units } = own
  const grades = own.grades.map((grade, at) => toGrade(grade, at + 1, units))
  const rules = toRules(units, grades, areaAt)
  const gradeOf = (id: string | undefined) => grades.find(grade => grade.id === id)
  return {
    rules,
    grades,
    toJob: ({ grade: chosen, type: id }, { place, line }) => {
      const type = units.incidentTypes.find(each => each.id === id)
      const grade = gradeOf(chosen) ?? gradeOf(type?.grade) ?? gradeOf(defaultGrade(own, line)?.id)
      if (grade === undefined) throw new Error(`force ${force} has no grades`)
      const neighbourhood = neighbourhoodAt(place)
      return {
        ...{ force, place, area: areaAt(place), grade },
        ...(neighbourhood === undefined ? {} : { neighbourhood }),
        needs: type?.needs ?? [],
        ...{ skills: type?.skills ?? [], wished: type?.wished ?? [], crewAtLeast: type?.crewAtLeast ?? 1 },
        minutesAtScene: type?.minutesAtScene ?? units.minutesAtScene
      }
    }
  }
}

function toGrade({ id, name, targetMinutes }: Force['grades'][number], rank: number, units: UnitsConfig): Grade {
  const more = units.grades.find(({ grade }) => grade === id)
  const weights: Weights = more?.weights ?? units.weights
  return {
    ...{ id, name, rank, weights },
    targetMinutes: { urban: targetMinutes, rural: more?.ruralTargetMinutes ?? targetMinutes },
    isEmergencyDrive: more?.isEmergencyDrive ?? rank === 1,
    mayDivert: more?.mayDivert ?? rank === 1
  }
}

function toRules(units: UnitsConfig, grades: readonly Grade[], areaAt: ChoiceRules['areaAt']): ChoiceRules {
  const { staleSeconds, dropSeconds, coverMetres, detour, trafficKmh, emergencyKmh } = units
  const speed = (area: Area) => ({ traffic: trafficKmh[area], emergency: emergencyKmh[area] })
  const ranks = new Map(grades.map(({ id, rank }) => [id, rank]))
  return {
    ...{ staleSeconds, dropSeconds, coverMetres, detour, areaAt },
    speedKmh: { urban: speed('urban'), rural: speed('rural') },
    driverFactor: { response: 1, advanced: units.advancedFactor, pursuit: units.pursuitFactor },
    easyMinutesLeft: units.easyMinutesLeft,
    authorised: units.authorisedSkills,
    rankOf: id => ranks.get(id)
  }
}
