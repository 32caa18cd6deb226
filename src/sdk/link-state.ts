import type { ServiceLevel } from '../delivery/protocol.ts'

/** How the link to the gateway stands. Times in epoch ms. */
export type LinkState =
  | { readonly kind: 'connecting'; readonly since: number }
  | { readonly kind: 'live'; readonly since: number; readonly service: ServiceLevel }
  /** Was live and is not: what the screen shows was true at `since`. */
  | { readonly kind: 'stale'; readonly since: number }
  /** For good: `sign-on` asks for a new sign-on, `replaced` means that another screen of this handler took over. */
  | { readonly kind: 'ended'; readonly why: 'sign-on' | 'replaced' | 'refused' | 'stopped' }

/** Full jitter on a ceiling that doubles: a control room that comes back does not come back as one. */
export function retryPauseMs(attempt: number, random: () => number): number {
  if (attempt === 0) return random() * FIRST_MAX_MS
  return random() * Math.min(MAX_MS, FIRST_MAX_MS * 2 ** attempt)
}

const FIRST_MAX_MS = 250
const MAX_MS = 8_000
