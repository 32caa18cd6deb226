import type { GridPoint } from '../grid/national-grid.ts'
import type { Located } from './location/location-lookup.ts'
import type { PlacedFix } from './location/placed-fix.ts'
import { COULD_NOT_ASK, type Outcome } from './lookup.ts'

/** The one place that lookups around the caller go by. */
export type Whereabouts =
  | {
      readonly kind: 'at'
      readonly point: GridPoint
      /** Metres around the point within which the caller is; 0 where the source says no extent. */
      readonly radiusMetres: number
      /** Known by its cell only. */
      readonly isApproximate: boolean
      /** As its source has it. */
      readonly postcode?: string
      readonly source: Located['fixes'][number]['fix']['source']
      /** As its source wrote it, where it is an address. */
      readonly address?: string
      /** A handler said so. */
      readonly isConfirmed: boolean
      /** Of the incident, which a handler says is elsewhere than the caller. */
      readonly isIncident?: boolean
    }
  /** Asked, and there is no place on the map. */
  | { readonly kind: 'nowhere' }
  /** Could not be asked: there may be one. */
  | { readonly kind: 'unknown' }

/** Asked once in a run of the lookups, however many want to know. Never rejects. */
export type AskWhereabouts = () => Promise<Whereabouts>

/**
 * What the location lookup came to, as a place to look around: where a handler says that the incident is, else what they
 * confirmed of the caller, else the best fix.
 */
export function toWhereabouts(outcome: Outcome<Located>): Whereabouts {
  if (outcome.kind === 'late' || outcome.kind === 'failed') return { kind: 'unknown' }
  if (outcome.kind === 'not-asked' && COULD_NOT_ASK.has(outcome.why)) return { kind: 'unknown' }
  if (outcome.kind !== 'found') return { kind: 'nowhere' }
  const { incident, faults = [] } = outcome.value
  // A handler may have said that it is elsewhere: around another place nothing must look as if it had been asked.
  if (faults.some(({ code }) => code === 'lookup.late-fixes')) return { kind: 'unknown' }
  if (incident?.fix.grid !== undefined) return { ...toPlace(incident, incident.fix.grid), isIncident: true }
  const placed = outcome.value.fixes.find(({ fix }) => fix.grid !== undefined)
  if (placed?.fix.grid === undefined) return { kind: 'nowhere' }
  return toPlace(placed, placed.fix.grid)
}

function toPlace(
  { fix, isApproximate, standing }: Pick<PlacedFix, 'fix' | 'isApproximate'> & Partial<Pick<PlacedFix, 'standing'>>,
  point: GridPoint
): Extract<Whereabouts, { kind: 'at' }> {
  return {
    kind: 'at',
    point,
    radiusMetres: fix.radiusMetres ?? fix.semiMajorMetres ?? 0,
    isApproximate,
    ...(fix.postcode === undefined ? {} : { postcode: fix.postcode }),
    source: fix.source,
    ...(fix.address === undefined ? {} : { address: fix.address }),
    // Without a standing it is no fix among others, but a handler's word.
    isConfirmed: standing === undefined || standing === 'confirmed'
  }
}
