import type { GridPoint } from '../grid/national-grid.ts'
import type { Located } from './location/location-lookup.ts'
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
    }
  /** Asked, and there is no place on the map. */
  | { readonly kind: 'nowhere' }
  /** Could not be asked: there may be one. */
  | { readonly kind: 'unknown' }

/** Asked once in a run of the lookups, however many want to know. Never rejects. */
export type AskWhereabouts = () => Promise<Whereabouts>

/** What the location lookup came to, as a place to look around: what a handler confirmed, else the best fix. */
export function toWhereabouts(outcome: Outcome<Located>): Whereabouts {
  if (outcome.kind === 'late' || outcome.kind === 'failed') return { kind: 'unknown' }
  if (outcome.kind === 'not-asked' && COULD_NOT_ASK.has(outcome.why)) return { kind: 'unknown' }
  if (outcome.kind !== 'found') return { kind: 'nowhere' }
  const placed = outcome.value.fixes.find(({ fix }) => fix.grid !== undefined)
  if (placed?.fix.grid === undefined) return { kind: 'nowhere' }
  const { fix, isApproximate, standing } = placed
  return {
    kind: 'at',
    point: placed.fix.grid,
    radiusMetres: fix.radiusMetres ?? fix.semiMajorMetres ?? 0,
    isApproximate,
    ...(fix.postcode === undefined ? {} : { postcode: fix.postcode }),
    source: fix.source,
    ...(fix.address === undefined ? {} : { address: fix.address }),
    isConfirmed: standing === 'confirmed'
  }
}
