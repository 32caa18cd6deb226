import type { GridPoint } from '../grid/national-grid.ts'
import type { DriverGrade } from './unit.ts'

/** What the road is like; targets and speeds go by it. */
export type Area = 'urban' | 'rural'

/** The terms of a score, in the order in which they are told. */
export const TERMS = ['eta', 'diversion', 'cover', 'skills', 'hours', 'fix', 'ownership'] as const
export type TermName = (typeof TERMS)[number]
/** 0 takes a term out. Only their proportion counts. */
export type Weights = Readonly<Record<TermName, number>>

/** How urgent a job is, as its force has it. */
export interface Grade {
  readonly id: string
  readonly name: string
  /** 1 is the most urgent. */
  readonly rank: number
  readonly targetMinutes: Readonly<Record<Area, number>>
  /** Blue lights. */
  readonly isEmergencyDrive: boolean
  /** A unit whose job has no grade that anybody knows, or is at refreshments, may be taken for it. */
  readonly mayDivert: boolean
  readonly weights: Weights
}

/** So many units of one sort, by the force's own name of it. */
export interface Need {
  readonly type: string
  readonly count: number
}

/** What is to be done, and where. */
export interface Job {
  readonly force: string
  readonly place: GridPoint
  readonly area: Area
  readonly grade: Grade
  /** Who is needed, sort by sort; none: one unit of whatever sort. */
  readonly needs: readonly Need[]
  /** Nobody without all of these is sent. */
  readonly skills: readonly string[]
  /** Better with these. */
  readonly wished: readonly string[]
  /** Fewer officers are not sent alone. */
  readonly crewAtLeast: number
  readonly minutesAtScene: number
  readonly neighbourhood?: string
}

/** What a force has settled about choosing; the same for all its jobs. */
export interface ChoiceRules {
  /** Of a fix: older is said, and older than `dropSeconds` is no place at all. */
  readonly staleSeconds: number
  readonly dropSeconds: number
  /** How far a unit's cover reaches. */
  readonly coverMetres: Readonly<Record<Area, number>>
  /** By road, as a multiple of the straight line. */
  readonly detour: Readonly<Record<Area, number>>
  /** Kilometres an hour with the traffic, and with blue lights. */
  readonly speedKmh: Readonly<Record<Area, { readonly traffic: number; readonly emergency: number }>>
  /** What of the emergency speed a driver of this grade makes. */
  readonly driverFactor: Readonly<Record<Exclude<DriverGrade, 'basic'>, number>>
  /** So much left of a shift after the job costs nothing. */
  readonly easyMinutesLeft: number
  /** Skills that somebody must authorise before they are used. */
  readonly authorised: readonly string[]
  /** Ranks by the force's own grades, to weigh what a unit is taken from. */
  readonly rankOf: (grade: string) => number | undefined
  readonly areaAt: (place: GridPoint) => Area
}

/** How many are asked the way of a routing engine, and weighed. */
export const SHORTLIST = 20
/** How many are offered; where several are needed, beside them. */
export const OFFERED = 5
/** Of each sort that is needed, so many more than that are weighed and may be offered. */
export const SPARE = 5
/** Of those who are not proposed, so many are offered beside as many as are. */
export const OFFERED_BESIDE = 2
/** Who was left out, nearest first; the rest is counted. */
export const MAX_EXCLUDED = 20
