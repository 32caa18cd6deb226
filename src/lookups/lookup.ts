import type { Call } from '../call/call.ts'
import type { FaultCode } from '../operations/errors.ts'

/** What asking a source came to. "There is nothing" and "could not ask" are different answers, always. */
export type Outcome<T> =
  | { readonly kind: 'found'; readonly value: T; readonly asOf: number }
  | { readonly kind: 'none' } // asked; there is nothing
  | { readonly kind: 'late' } // the deadline passed first
  | { readonly kind: 'failed'; readonly fault: FaultCode } // asked; it broke
  | { readonly kind: 'not-asked'; readonly why: 'breaker-open' | 'no-cli' | 'not-configured' }

export type LookupName = 'history' | 'identity' | 'location'

/** What a probe asks for: one of Ofcom’s drama numbers, of no force. */
export const NOBODY = { forces: ['-'], e164s: ['+447700900999'] } as const

/** One question to one source. `ask` must give up when the signal fires; what it throws becomes `failed`. */
export interface Lookup<T = unknown> {
  readonly name: LookupName
  /** Shown to the handler as where the answer comes from. */
  readonly source: string
  readonly deadlineMs: number
  ask(call: Call, signal: AbortSignal): Promise<Outcome<T>>
  /** The same question about nobody; resolves when the source answers. Without it only calls tell that it is well again. */
  readonly probe?: (signal: AbortSignal) => Promise<unknown>
}
