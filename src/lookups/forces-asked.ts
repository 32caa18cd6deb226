import type { Call } from '../call/call.ts'
import type { GrantedKind } from '../operations/grants-schema.ts'

/** One force lets another see some of its records, under a name, from and until a time (epoch ms). */
export interface Grant {
  readonly name: string
  /** Whose records, and who may see them. */
  readonly owner: string
  readonly to: string
  readonly covers: readonly GrantedKind[]
  readonly fromAt: number
  readonly untilAt: number
  /** Only of calls that `to` takes for `owner`. */
  readonly isForBuddyCalls?: boolean
}

/** Whose records a question may go to. */
export interface ForcesAsked {
  readonly asked: readonly string[]
  /** Forces whose caller it is, and whose records are not asked for want of a grant. The screen says so. */
  readonly without: readonly string[]
}

/** Asked for every question about a call, and so must not ask anybody itself. */
export type AskForces = (call: Pick<Call, 'force' | 'homeForce'>, kind: GrantedKind) => ForcesAsked

/**
 * The one rule by which a question of a call leaves its force: the record of the force that has the call, and of each
 * other what a grant to that force covers now. Whose caller it is makes no difference to that (decision 24).
 */
export function forcesAsked(
  { force, homeForce }: Pick<Call, 'force' | 'homeForce'>,
  kind: GrantedKind,
  grants: Iterable<Grant>,
  at: number
): ForcesAsked {
  const others = new Set<string>()
  for (const grant of grants) {
    const isOfCall = grant.isForBuddyCalls !== true || grant.owner === homeForce
    if (isOfCall && holds(grant, force, kind, at)) others.add(grant.owner)
  }
  others.delete(force)
  // The order in which the same forces are asked is the same each time: a prepared statement has one plan.
  const asked = [force, ...[...others].sort()]
  return { asked, without: asked.includes(homeForce) ? [] : [homeForce] }
}

/** The same for a search by somebody of this force, which is about no call. */
export function forcesSearched(
  force: string,
  kind: GrantedKind,
  grants: Iterable<Grant>,
  at: number
): readonly string[] {
  return forcesAsked({ force, homeForce: force }, kind, grants, at).asked
}

/** Where nobody has granted anything. */
export const askOwnForce: AskForces = (call, kind) => forcesAsked(call, kind, [], 0)

function holds({ to, covers, fromAt, untilAt }: Grant, force: string, kind: GrantedKind, at: number): boolean {
  return to === force && covers.includes(kind) && at >= fromAt && at < untilAt
}
