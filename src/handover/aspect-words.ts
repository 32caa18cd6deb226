import type { Assessed } from '../pop/handover.ts'

/** `Threat: a knife was seen`, one line of a log. */
export function aspectWords({ about, text }: Assessed): string {
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}: ${text}`
}
