import type { DisclosureKind, DisclosuresConfig } from '../operations/disclosure-schema.ts'
import type { Role, SignOn } from './address.ts'

/** What decides whether somebody may see a call that they do not have, apart from who they are. */
export interface OfCall {
  readonly force: string
  /** Whoever had it as their own. */
  readonly hands: readonly string[]
}

/** What the console offers to somebody; `own`: of the calls they had, and of no other. */
export const MAY = ['export', 'export-own', 'peek', 'replay'] as const
export type May = (typeof MAY)[number]

/**
 * Peek, replay, export and print: each by the role that the config gives it to, and of forces only whose calls are theirs to
 * see. A role that may do one may not for that do another.
 */
export function mayDisclose(
  kind: DisclosureKind,
  signOn: Pick<SignOn, 'handler' | 'role' | 'force' | 'grants'>,
  call: OfCall,
  rules: DisclosuresConfig
): boolean {
  if (!maySeeForce(signOn, call.force)) return false
  if (rolesOf(kind, rules).includes(signOn.role)) return true
  const isTakenOut = kind === 'export' || kind === 'print'
  return isTakenOut && rules.ownExports && call.hands.includes(signOn.handler)
}

export function maySeeForce({ force, grants }: Pick<SignOn, 'force' | 'grants'>, ofForce: string): boolean {
  return force === ofForce || grants.includes(ofForce)
}

/** Whether this kind is anything for the role at all. */
export function isForRole(kind: DisclosureKind, role: Role, rules: DisclosuresConfig): boolean {
  return rolesOf(kind, rules).includes(role)
}

export function mayOf({ role }: Pick<SignOn, 'role'>, rules: DisclosuresConfig): readonly May[] {
  return [
    ...(rules.exportRoles.includes(role) ? (['export'] as const) : []),
    ...(rules.ownExports ? (['export-own'] as const) : []),
    ...(rules.peekRoles.includes(role) ? (['peek'] as const) : []),
    ...(rules.replayRoles.includes(role) ? (['replay'] as const) : [])
  ]
}

/** A reason of nothing but spaces is none. */
export function lacksReason(kind: DisclosureKind, reason: string | undefined, rules: DisclosuresConfig): boolean {
  return rules.needsReason.includes(kind) && (reason ?? '').trim() === ''
}

function rolesOf(kind: DisclosureKind, { exportRoles, peekRoles, replayRoles }: DisclosuresConfig): readonly Role[] {
  if (kind === 'peek') return peekRoles
  return kind === 'replay' ? replayRoles : exportRoles
}
