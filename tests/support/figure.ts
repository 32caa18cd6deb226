import type { Test } from 'tap'

/** What was measured of a rule of the console; `npm run rules` puts it into docs/console-rules.md. */
export function figure(t: Test, rule: number, words: string): void {
  t.comment(`figure rule ${rule}: ${words}`)
}
