import type { Call } from '../call/call.ts'
import type { FaultCode } from '../operations/errors.ts'
import type { AskWhereabouts, Whereabouts } from './whereabouts.ts'

/** Why a source was not asked. The last three say nothing of the source: there may be something. */
export type WhyNotAsked =
  | 'no-cli'
  | 'not-configured'
  /** Asked where the caller is, and nobody knows. */
  | 'no-place'
  /** Where the caller is is known by a radio cell only, or no better. */
  | 'place-coarse'
  /** Where the caller is could not be asked. */
  | 'place-unknown'
  /** It has failed, or was late, again and again: it is left alone for a while. */
  | 'breaker-open'
  /** As many questions as it may have are under way and waiting. */
  | 'too-many'

/** Why a source was not asked that says nothing of the call: asked again, there may be something. */
export const COULD_NOT_ASK: ReadonlySet<string | undefined> = new Set([
  'breaker-open',
  'too-many',
  'place-unknown'
] satisfies WhyNotAsked[])

/** What asking a source came to. "There is nothing" and "could not ask" are different answers, always. */
export type Outcome<T> =
  | { readonly kind: 'found'; readonly value: T; readonly asOf: number }
  /** Asked; there is nothing. `value`: what there is to say of where was looked; `asOf`: kept from an earlier question. */
  | { readonly kind: 'none'; readonly value?: T; readonly asOf?: number }
  | { readonly kind: 'late' } // the deadline passed first
  | { readonly kind: 'failed'; readonly fault: FaultCode } // asked; it broke
  | { readonly kind: 'not-asked'; readonly why: WhyNotAsked }

/** The built-in sources of which every call has a panel; each has links to PostgreSQL of its own. */
export const LOOKUP_NAMES = ['warnings', 'identity', 'location', 'incidents-nearby', 'history', 'crimes'] as const
export type LookupName = (typeof LOOKUP_NAMES)[number]
/** With those that only some calls have a panel of: what handlers have written, and units where the force has any. */
export const BUILT_IN_NAMES = [...LOOKUP_NAMES, 'notes', 'units'] as const
export type BuiltInName = (typeof BUILT_IN_NAMES)[number]
/** Of any source: a built-in one, or one that the config declares. */
export type SourceName = BuiltInName | `other-${string}`

/** Whether a source is asked about this call at all: of one that belongs to other forces it has no panel. */
export function isAbout({ forces, isOf }: Pick<Lookup, 'forces' | 'isOf'>, call: Call): boolean {
  return (forces === undefined || forces.includes(call.force)) && isOf?.(call) !== false
}

/**
 * What is asked again when less than everything is: what the place changes, that and what is linked to the call, what goes
 * by who calls, or notes alone.
 */
export type LookAgain = 'location' | 'links' | 'caller' | 'notes'

/** What a probe asks for: one of Ofcom’s drama numbers, of no force. */
export const NOBODY = { forces: ['-'], e164s: ['+447700900999'] } as const

/** One question to one source. `ask` must give up when the signal fires; what it throws becomes `failed`. */
export interface Lookup<T = unknown> {
  readonly name: SourceName
  /** Shown to the handler as where the answer comes from. */
  readonly source: string
  readonly deadlineMs: number
  /** Its answer depends on where the caller is: it is asked again, by itself, when that changes. */
  readonly needsPlace?: boolean
  /** It goes by what a handler says of who calls. */
  readonly goesByCaller?: boolean
  /** What is linked to the call is in its answer. */
  readonly showsLinks?: boolean
  /** Forces whose records it leaves out of this call's answer, for want of a grant. */
  without?(call: Call): readonly string[]
  /** It has nothing to ask before the place is known: until then it takes nobody’s turn, and is not late by its own fault. */
  readonly placeFirst?: boolean
  /** The forces whose calls it is asked about; all unless said. */
  readonly forces?: readonly string[]
  /** Of these calls it may have something; other calls have no panel of it. */
  readonly isOf?: (call: Call) => boolean
  /**
   * `whereabouts`: what the location lookup of the same run says; only one that needs the place asks for it. `early`: takes
   * what is known already, to be shown until the answer itself is there.
   */
  ask(call: Call, signal: AbortSignal, whereabouts?: AskWhereabouts, early?: (value: T) => void): Promise<Outcome<T>>
  /**
   * Two calls with the same one are asked about once, and by one answer, as long as that is under way or kept.
   * Undefined: this question is this call's alone. `at` is there where the place comes first.
   */
  readonly question?: (call: Call, at: Whereabouts | undefined) => string | undefined
  /** The same question about nobody; resolves when the source answers. Without it only calls tell that it is well again. */
  readonly probe?: (signal: AbortSignal) => Promise<unknown>
}
