import type { Acks } from './load-options.ts'
import type { Desk } from './site.ts'

/** What a thread of handlers is started with. Desks keep their place in the whole list. */
export interface CrowdStart {
  readonly desks: readonly { readonly at: number; readonly desk: Desk }[]
  /** Gateways, of which a handler tries the next when one does not serve. */
  readonly urls: readonly string[]
  readonly acks: Acks
  readonly seed: number
}

/**
 * What a handler saw or did: a pop of their own, another one for the same call, one offered to many or passed on, a
 * panel by name, an acknowledgement that left, the gateway's yes to a take. A real desk's browser also says what it painted.
 */
export type CrowdWord =
  | 'pop'
  | 'again'
  | 'queue'
  | 'passed-on'
  | `panel:${string}`
  | 'ack'
  | 'taken'
  | 'refused'
  | 'painted'

/** Word, call, desk, epoch ms. */
export type CrowdRow = readonly [CrowdWord, string, number, number]

export type CrowdNews =
  | { readonly kind: 'rows'; readonly rows: readonly CrowdRow[] }
  /** How many hold a live link now, and how often one was lost. */
  | { readonly kind: 'live'; readonly live: number; readonly lost: number }
  | { readonly kind: 'failed'; readonly handler: string; readonly where: string; readonly reason: string }

export type CrowdOrder = 'stop'
