import t from 'tap'
import { countSteps, parsePattern, worstTexts } from '../support/regex-steps.ts'
import { patternsIn, patternsMade, type SourcePattern } from '../support/source-patterns.ts'

/*
 * No pattern that reads what a switch sends may take more than in proportion to the length of it: one header of 64 KB
 * must not hold up every other call. Counted in steps of a backtracking matcher; the times are figures.
 */

const LENGTH = 300
/** Twice the text, twice the steps; a pattern that squares takes four times as many. */
const MOST_GROWTH = 2.6
/** What stands before the repeats counts for little from here on. */
const WORTH_JUDGING = 3 * LENGTH
const LARGE = 64 * 1024

interface Judged {
  readonly growth: number
  readonly text: string
}

/** The worst of all texts for the pattern. */
function judge({ pattern }: SourcePattern): Judged {
  const node = parsePattern(pattern)
  const double = worstTexts(node, 2 * LENGTH)
  return worstTexts(node, LENGTH).reduce<Judged>(
    (worst, short, at) => {
      const text = double[at] ?? short
      const after = countSteps(node, pattern.flags, text)
      if (worst.growth === Number.POSITIVE_INFINITY || after < WORTH_JUDGING) return worst
      const growth = Number.isFinite(after) ? after / countSteps(node, pattern.flags, short) : after
      return growth > worst.growth ? { growth, text } : worst
    },
    { growth: 0, text: '' }
  )
}

/** Of this many characters, how long V8 itself takes at most. */
function slowestMs({ pattern }: SourcePattern): number {
  const once = new RegExp(pattern.source, pattern.flags.replace('g', ''))
  const timed = (text: string) => {
    const startedAt = performance.now()
    once.test(text)
    return performance.now() - startedAt
  }
  // Once may have been the collector, or the compiler.
  const best = (text: string) => Math.min(timed(text), timed(text), timed(text))
  return Math.max(...worstTexts(parsePattern(pattern), LARGE).map(best))
}

t.test('the count sees what is dangerous and lets pass what is not', async t => {
  for (const pattern of [/a+b/, /(a+)+$/, /\s+$/, /^\d+\.?\d*$/, /x*y*z/, /(?:a|b|ab)*c/, /[?&]r=(?:t=[^&]*;)?c=\d/])
    t.ok(judge({ name: '', pattern }).growth > MOST_GROWTH, `${pattern}`)
  for (const pattern of [/^a*b/, /;[ \t]*x/, /^(?:a|b)*c/, /"[^"]*"/, /^\d+(?:\.\d*)?$/, /<([^<>]+)>/, /^a{1,40}$/])
    t.ok(judge({ name: '', pattern }).growth <= MOST_GROWTH, `${pattern}`)
})

t.test('every pattern that reads SIP or what it carries takes steps in proportion to the text', async t => {
  const made = await patternsMade(() => import('../../src/switches/sip/embedded/via.ts'))
  const patterns = [...patternsIn(['switches', 'call', 'grid', 'net', 'lookups']), ...made]
  t.ok(
    patterns.length >= 60 && made.length >= 1,
    `${patterns.length} patterns, ${made.length} of them made at the start`
  )
  const slow: { name: string; ms: number }[] = []
  for (const each of patterns) {
    const { growth, text } = judge(each)
    t.ok(growth <= MOST_GROWTH, each.name, { growth, text: text.slice(0, 60) })
    if (growth <= MOST_GROWTH) slow.push({ name: each.name, ms: slowestMs(each) })
  }
  const [worst] = slow.sort((a, b) => b.ms - a.ms)
  t.comment(
    `figure: ${patterns.length} patterns, slowest on its worst 64 KB: ${worst?.ms.toFixed(1)} ms, ${worst?.name}`
  )
})
