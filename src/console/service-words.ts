import type { ServiceLevel } from '../delivery/protocol.ts'

const LEVELS = [
  { text: 'Full service', hint: 'Everything works.' },
  { text: 'Lookups slow', hint: 'Calls come through. What is known of a caller may come late or not at all.' },
  { text: 'Fast store away', hint: 'Calls come through. Lookups and other desks may be some seconds behind.' },
  { text: 'Record away', hint: 'Calls come through and are kept. Nothing can be looked up.' },
  { text: 'On its own', hint: 'This gateway has lost the others. Calls come through here.' },
  { text: 'Out of service', hint: 'The switch handles calls without Callbox.' }
] as const

/** The gateway's level in words for a handler; `hint` says what it means for their work. */
export function serviceWords({ level, why }: ServiceLevel): { readonly text: string; readonly hint: string } {
  const words = LEVELS[level] ?? LEVELS[5]
  return { text: words.text, hint: why === undefined ? words.hint : `${words.hint} (${why})` }
}
