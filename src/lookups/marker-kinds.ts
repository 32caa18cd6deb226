/*
 * Warnings by what they are of, the gravest first: the one order in which they stand on a screen. A kind that is not here
 * is shown in its source's own word, after what endangers life and before the rest: it may be either.
 */
const KINDS = [
  ['firearms', 'Firearms'],
  ['domestic-abuse-high-risk', 'Domestic abuse, high risk'],
  ['weapons', 'Weapons'],
  ['violence', 'Violence'],
  ['officer-safety', 'Officer safety'],
  ['suicide-risk', 'Risk of suicide'],
  ['child-at-risk', 'Child at risk'],
  ['stalking', 'Stalking'],
  ['other', 'Other warning'],
  ['domestic-abuse', 'Domestic abuse'],
  ['mental-health', 'Mental health'],
  ['vulnerable', 'Vulnerable'],
  ['repeat-victim', 'Repeat victim'],
  ['dangerous-dog', 'Dangerous dog'],
  ['infection-risk', 'Risk of infection'],
  ['hoax', 'Hoax calls'],
  ['vexatious', 'Vexatious caller']
] as const

export type MarkerKind = (typeof KINDS)[number][0]

/** Every kind with a rank of its own, the gravest first. */
export const MARKER_KINDS: readonly MarkerKind[] = KINDS.map(([kind]) => kind)

/** Where an unknown kind stands, counted from 1. */
export const UNKNOWN_RANK = MARKER_KINDS.indexOf('other') + 1

/** A silent or abandoned call from somebody with such a marker is an emergency though nobody has said a word. */
export const CANNOT_SPEAK_RISK: MarkerKind = 'domestic-abuse-high-risk'

/** 1 is the gravest. */
export function markerRank(kind: string): number {
  const at = (MARKER_KINDS as readonly string[]).indexOf(kind)
  return at < 0 ? UNKNOWN_RANK : at + 1
}

/** A kind in words; one that is not known in its source's own. */
export function markerWords(kind: string): string {
  return KINDS.find(([known]) => known === kind)?.[1] ?? kind
}
