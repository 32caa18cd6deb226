import type { HandoverBook } from '../handover/handover-book.ts'
import type { OfferedUnit } from '../handover/handover-record.ts'
import { toOfferedUnits } from '../handover/job.ts'
import type { HandoverUnitsPorts } from '../http/handover-units-route.ts'
import { within } from '../operations/lifecycle.ts'
import { dispatches, supervises } from '../pop/address.ts'
import type { Handover, HandoverUnits } from '../pop/handover.ts'
import { toUnitItems } from '../pop/unit-items.ts'
import type { UnitAdviser } from '../resources/unit-adviser.ts'

/** A routing engine has its own deadline, which is shorter. */
const ADVISE_WITHIN_MS = 1_000

interface Parts {
  readonly book: Pick<HandoverBook, 'read'>
  /** Undefined where no force has units. */
  readonly adviser: () => Pick<UnitAdviser, 'adviseJob'> | undefined
}

/** Whom to send to what was handed over: by its grade, type and place, whatever has become of the call. */
export interface UnitsForHandover extends HandoverUnitsPorts {
  /** As they are kept beside a choice among them. Never rejects. */
  readonly offeredFor: (handover: Handover) => Promise<readonly OfferedUnit[]>
}

export function makeUnitsForHandover({ book, adviser }: Parts): UnitsForHandover {
  const advise = async (handover: Handover): Promise<HandoverUnits> => {
    const { force, line, grade, job } = handover
    const { easting, northing, radiusMetres = 0 } = job.place ?? {}
    const by = adviser()
    if (by === undefined || easting === undefined || northing === undefined) return NOT_ASKED
    const choice = { grade, ...(job.type === undefined ? {} : { type: job.type }) }
    const abort = new AbortController()
    const place = { easting, northing, radiusMetres }
    const outcome = await within(ADVISE_WITHIN_MS, by.adviseJob({ force, line, choice, place }, abort.signal))
    abort.abort()
    if (outcome === undefined || outcome.kind === 'late' || outcome.kind === 'failed') return FAILED
    if (outcome.kind === 'not-asked') return NOT_ASKED
    if (outcome.kind === 'none') return { status: 'none', items: [], more: 0 }
    const { items, notes = [], total } = toUnitItems(outcome.value)
    const shown = [...notes, ...items]
    return { status: 'found', asOf: outcome.asOf, items: shown, more: Math.max(0, total - items.length) }
  }
  return {
    unitsOfHandover: async (signOn, id) => {
      const known = await book.read(id)
      if (known === undefined) return 'unknown'
      const { handover } = known
      const isTheirs = signOn.handler === handover.by || dispatches(signOn, handover.force)
      if (!isTheirs && !supervises(signOn, handover.force)) return 'unknown'
      return advise(handover)
    },
    offeredFor: async handover => toOfferedUnits((await advise(handover)).items)
  }
}

const NOT_ASKED: HandoverUnits = { status: 'not-asked', items: [], more: 0 }
const FAILED: HandoverUnits = { status: 'failed', items: [], more: 0 }
