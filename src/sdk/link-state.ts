import { CLOSE, mayRetryAfter } from '../delivery/protocol-limits.ts'

/** Why a client gave up. `sign-on-again`: a person must; `replaced`: the handler opened another window. */
export type EndedWhy = 'stopped' | 'sign-on-again' | 'replaced' | 'not-allowed' | 'protocol'

/**
 * connecting ──▶ live ◀──▶ stale
 *      └──────────┴──────────┴──▶ ended, from where only `start` leads on
 *
 * Before it was live for the first time a client is `connecting`; a link that was live and is not is `stale`.
 */
export type LinkState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'live'; readonly node: string }
  /** `sinceAt`: epoch ms of the last word from the gateway; what is on the screen was true then. */
  | { readonly kind: 'stale'; readonly sinceAt: number; readonly attempt: number }
  | { readonly kind: 'ended'; readonly why: EndedWhy }

/** What a close code means for good; undefined when the client should come back. */
export function endedBy(code: number): EndedWhy | undefined {
  if (mayRetryAfter(code)) return undefined
  if (code === CLOSE.notSignedOn.code) return 'sign-on-again'
  if (code === CLOSE.replaced.code) return 'replaced'
  if (code === CLOSE.notAllowed.code) return 'not-allowed'
  return 'protocol'
}
