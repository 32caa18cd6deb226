import { bestFix, type ConfirmableFix } from './best-fix.ts'
import { describePlace, type FixPlace, type Gazetteer, placeFix } from './gazetteer.ts'
import { fixId, type HeldFix, type IncidentPlace } from './late-fix.ts'
import type { LocationFix } from './location.ts'

/**
 * `confirmed`: the handler said so. `best`: to go by while nobody has. `offered`: better than the confirmed one, for the
 * handler to take or leave. `other`: the rest.
 */
export type Standing = 'confirmed' | 'best' | 'offered' | 'other'

/** A fix as the screen shows it: where it stands among the others and why, and what lies there. */
export interface PlacedFix {
  /** By which the handler confirms it. */
  readonly id: string
  readonly fix: LocationFix
  readonly place: FixPlace
  readonly standing: Standing
  /** In words. */
  readonly reason: string
  /** Known by its cell only. */
  readonly isApproximate: boolean
  /** Epoch ms; absent of what came with the call. */
  readonly cameAt?: number
  /** Its source said no time: the fix is as old as its arrival. */
  readonly isTimeOfArrival: boolean
  readonly by?: string
  readonly confirmed?: { readonly by: string; readonly at: number }
}

/** Where the incident is, as a handler says, and what lies there. */
export interface PlacedIncident extends Pick<PlacedFix, 'id' | 'fix' | 'place' | 'isApproximate'> {
  readonly by: string
  /** Epoch ms. */
  readonly at: number
}

/** What holds of it is the handler's word: no other fix is weighed against it. */
export function placeIncident({ fix, by, at }: IncidentPlace, gazetteer: Gazetteer): PlacedIncident {
  const placed = placeFix(fix, gazetteer)
  return { id: fixId(fix), fix: placed, place: describePlace(placed, gazetteer), isApproximate: false, by, at }
}

interface Known extends ConfirmableFix {
  readonly held: Pick<PlacedFix, 'id' | 'cameAt' | 'by' | 'confirmed' | 'isTimeOfArrival'>
}

/** Puts what came with a call and what came late in one order. A fix that came both ways is one. */
export function placeFixes(
  { fixes, late }: { readonly fixes: readonly LocationFix[]; readonly late: readonly HeldFix[] },
  gazetteer: Gazetteer,
  now: number
): readonly PlacedFix[] {
  const known = new Map<string, Known>()
  for (const fix of fixes) {
    const id = fixId(fix)
    known.set(id, { ...placeFix(fix, gazetteer), held: { id, isTimeOfArrival: false } })
  }
  for (const each of late) known.set(each.id, toKnown(each, gazetteer))
  const { order, chosen, offered } = bestFix([...known.values()], { now })
  return order.map(weighed => {
    const { held, confirmedAt: _, ...fix } = weighed.fix
    const standing = standingOf(held.confirmed !== undefined, weighed === chosen, weighed === offered)
    const { reason, isApproximate } = weighed
    return { ...held, fix, place: describePlace(fix, gazetteer), standing, reason, isApproximate }
  })
}

function toKnown({ id, fix, cameAt, by, confirmed }: HeldFix, gazetteer: Gazetteer): Known {
  const isTimeOfArrival = fix.fixedAt === undefined && fix.shape !== 'civic'
  return {
    ...placeFix(fix, gazetteer),
    ...(isTimeOfArrival ? { fixedAt: cameAt } : {}),
    ...(confirmed === undefined ? {} : { confirmedAt: confirmed.at }),
    held: {
      ...{ id, cameAt, isTimeOfArrival },
      ...(by === undefined ? {} : { by }),
      ...(confirmed === undefined ? {} : { confirmed })
    }
  }
}

function standingOf(isConfirmed: boolean, isChosen: boolean, isOffered: boolean): Standing {
  if (isConfirmed) return 'confirmed'
  if (isOffered) return 'offered'
  return isChosen ? 'best' : 'other'
}
