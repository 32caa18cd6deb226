import type { GridPoint } from '../grid/national-grid.ts'

/** What a status code comes to: may be sent, may be taken off what it does, or neither. */
export type Standing = 'available' | 'divertible' | 'unavailable'

/** Who drives may use how much of the road: `basic` never goes faster than the traffic does. */
export type DriverGrade = 'basic' | 'response' | 'advanced' | 'pursuit'

/** A place that was measured, and when (epoch ms). */
export interface UnitFix extends GridPoint {
  readonly at: number
}

/** What a unit is busy with. */
export interface UnitJob {
  /** Grade of that job as the force names it; absent where nobody has said. */
  readonly grade?: string
  /** The incident's number, for the eye. */
  readonly reference?: string
}

/** One unit as it stands now. Nobody's name is in it: a callsign is a vehicle and who happens to be in it. */
export interface Unit {
  readonly callsign: string
  readonly force: string
  /** Sort of unit as the force writes it: `response`, `dog`, `armed`. */
  readonly type: string
  readonly skills: readonly string[]
  readonly driver: DriverGrade
  /** Officers in it. */
  readonly crew: number
  /** The code it last sent that says what it does, as it was sent. */
  readonly status: string
  readonly standing: Standing
  /** What of a full cost its status has by itself, 0 to 1: refreshments may be broken off, but not for nothing. */
  readonly reluctance: number
  readonly fix?: UnitFix
  /** Epoch ms. */
  readonly shiftEndsAt?: number
  readonly job?: UnitJob
  /** The neighbourhood it belongs to, by the force's own code. */
  readonly neighbourhood?: string
  /** Epoch ms of the newest word about it beside its place. */
  readonly saidAt: number
}

/** Whether it would be missed where it is: one that is on a job already covers nothing. */
export function covers({ standing, fix }: Unit): boolean {
  return standing === 'available' && fix !== undefined
}

/** Two that are known of one unit, from two gateways: the newest word of each, and the newest place. */
export function newestOf(one: Unit, other: Unit): Unit {
  const said = other.saidAt > one.saidAt ? other : one
  const fix = (other.fix?.at ?? 0) > (one.fix?.at ?? 0) ? other.fix : one.fix
  return fix === undefined ? said : { ...said, fix }
}
