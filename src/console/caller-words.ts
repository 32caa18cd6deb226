import type { Panel } from '../pop/pop.ts'
import { toClock } from './times.ts'

type Said = NonNullable<Panel['caller']>

export const NONE_WORDS = 'The caller is none of the people held'

/** Never read as a number that a network gives. */
export function saidNumberWords({ display }: NonNullable<Said['number']>): string {
  return `${display}: number as the caller says it`
}

/** "Said by tvp-h01, 14:02". */
export function saidWords({ by, at }: { readonly by: string; readonly at: number }): string {
  return `Said by ${by}, ${toClock(at)}`
}
