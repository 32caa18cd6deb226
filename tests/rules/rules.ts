/*
 * The twenty rules of the console, each with the tests that hold it to it. `npm run rules` runs them and writes
 * docs/console-rules.md; a unit test sees that each file is there and says its rule by its number.
 */

export interface Rule {
  readonly number: number
  readonly title: string
  /** What must hold. */
  readonly limit: string
  /** Files, from the root of the project. None: nothing of it is built. */
  readonly tests: readonly string[]
  /** What of the rule is not built, or not measured. */
  readonly open?: string
}

const BROWSER = 'tests/browser/rules'
const SOAK = 'tests/long/console-soak.test.ts'

export const RULES: readonly Rule[] = [
  {
    ...{ number: 1, title: 'Instant pop' },
    limit: 'frame to paint p95 ≤ 100 ms, INVITE to paint p95 ≤ 250 ms; measured, never asserted',
    tests: [`${BROWSER}/rule-01-instant-pop.test.ts`]
  },
  {
    ...{ number: 2, title: 'Nothing jumps' },
    limit: 'layout shift from the pop to the last panel < 0.01',
    tests: [`${BROWSER}/rule-02-nothing-jumps.test.ts`]
  },
  {
    ...{ number: 3, title: 'Never steal the keyboard' },
    limit: '200 characters through 3 pops and 50 changes; field, caret and scroll stay',
    tests: [`${BROWSER}/rule-03-never-steal-the-keyboard.test.ts`, 'tests/browser/palette.test.ts']
  },
  {
    ...{ number: 4, title: 'No ambiguous blank' },
    limit: 'each state of panels, notes, map and wallboard a word and a shape of its own, with source and age',
    tests: [`${BROWSER}/rule-04-no-ambiguous-blank.test.ts`]
  },
  {
    ...{ number: 5, title: 'One dead source hurts one panel' },
    limit: 'its own panel says so by its time-out; pops and the others are as ever',
    tests: ['tests/scenarios/other-sources.test.ts', 'tests/fault/slow-lookup.test.ts']
  },
  {
    ...{ number: 6, title: 'Warnings first' },
    limit: 'whole and without scrolling at 1280 × 720, kinds and count at 200 % zoom',
    tests: [`${BROWSER}/rule-06-warnings-first.test.ts`]
  },
  {
    ...{ number: 7, title: 'Silent or abandoned, and at risk' },
    limit: 'an alert of the first priority that outlives call and card, ended by a reason on record',
    tests: ['tests/scenarios/known.test.ts', 'tests/browser/console-known.test.ts']
  },
  {
    ...{ number: 8, title: 'Three priorities, budgeted' },
    limit:
      'ten alarms in ten minutes are one line; priority 1 apart; in a busy hour at most one alert of P1 and P2 for each handler in ten minutes',
    tests: [
      `${BROWSER}/rule-08-three-priorities.test.ts`,
      'tests/unit/pop/alarm-book.test.ts',
      'tests/unit/pop/alert-budget.test.ts'
    ],
    open: 'The shares are not 5/15/80: hardly any cause is only noted, because what is no alarm is said by a panel. A supervisor hears each 999 call that was abandoned or silent, which in a busy hour is more than one in ten minutes.'
  },
  {
    ...{ number: 9, title: 'Sound is scarce' },
    limit: '999 calls at this desk and alarms of priority 1 only, until somebody has them; each is seen too',
    tests: [`${BROWSER}/rule-09-sound-is-scarce.test.ts`]
  },
  {
    ...{ number: 10, title: 'Colour means abnormal' },
    limit:
      'text ≥ 4.5, key facts ≥ 7, edges of controls ≥ 3 to 1 in both themes; states told apart in grey; nothing blinks',
    tests: [
      `${BROWSER}/rule-10-colour-means-abnormal.test.ts`,
      'tests/browser/scenes.test.ts',
      'tests/browser/accessible-parts.test.ts'
    ]
  },
  {
    ...{ number: 11, title: 'Location is never a bare pin' },
    limit:
      'source, radius, confidence, time; coordinates and grid reference to copy; the circle to scale, and in view whole',
    tests: ['tests/browser/location-panel.test.ts', 'tests/browser/map.test.ts']
  },
  {
    ...{ number: 12, title: 'Better fixes are offered, not imposed' },
    limit: 'a confirmed place never changes by itself',
    tests: ['tests/browser/location-panel.test.ts', 'tests/browser/moving-location.test.ts']
  },
  {
    ...{ number: 13, title: 'Caller identity is 0, 1 or many' },
    limit: 'of many nobody is the caller until one is picked; withheld is a state of its own',
    tests: [`${BROWSER}/rule-13-nobody-one-or-many.test.ts`]
  },
  {
    ...{ number: 14, title: 'Cards never mix' },
    limit: '1,000 random histories of five calls: no value of one in the card of another',
    tests: ['tests/unit/sdk/screen-property.test.ts', 'tests/browser/real-screen.test.ts']
  },
  {
    ...{ number: 15, title: 'Hand-over is receipted' },
    limit: 'sent, delivered, seen, with a timer; nothing leaves a list before it was seen',
    tests: [`${BROWSER}/rule-15-hand-over-is-receipted.test.ts`, 'tests/scenarios/handed-over.test.ts']
  },
  {
    ...{ number: 16, title: 'Stale is visible' },
    limit: 'a silent link is said ≤ 8 s; measured, never asserted; the screen is dimmed and can be read; commands wait',
    tests: ['tests/browser/console-desk.test.ts'],
    open: 'The page counts 8 s from the last word it heard: on a busy machine it can be some tenths more.'
  },
  {
    ...{ number: 17, title: 'The server watches the console' },
    limit: 'a frozen console is known to the supervisor ≤ 15 s, and to whoever routes calls; measured, never asserted',
    tests: [`${BROWSER}/rule-17-the-server-watches.test.ts`]
  },
  {
    ...{ number: 18, title: 'Resume is exact' },
    limit: 'after a cut and a killed gateway the screen is the gateway’s own, ≤ 3 s, nothing heard twice',
    tests: [`${BROWSER}/rule-18-resume-is-exact.test.ts`, 'tests/property/console-session.test.ts'],
    open: 'Behind a killed gateway it can be more than 3 s: a page waits longer between its tries the longer nobody answers, up to 8 s.'
  },
  {
    ...{ number: 19, title: 'Twelve hours' },
    limit: '3,000 calls: heap growth < 5 MB, nodes and listeners back to where they were',
    tests: [SOAK]
  },
  {
    ...{ number: 20, title: 'Keyboard, reader, sealed' },
    limit:
      'all by keyboard, each key another or none, focus never hidden, targets ≥ 24 px, two voices, no other origin, nothing of a person kept',
    tests: [
      `${BROWSER}/rule-20-keyboard-reader-sealed.test.ts`,
      `${BROWSER}/rule-20-keys.test.ts`,
      'tests/browser/palette.test.ts',
      'tests/browser/accessible-parts.test.ts'
    ]
  }
]

/** Beside the rules, and asked for with them. */
export const BESIDE = [
  { name: 'size', title: 'Initial JavaScript, gzipped, without a map', limit: '≤ 60 kB' },
  { name: 'first paint', title: 'First paint of the console', limit: '≤ 1 s on the machine of development' },
  {
    name: 'hostile strings',
    title: 'Hostile strings in every field of a caller',
    limit: '≥ 500, each is text and nothing else'
  }
] as const
export const BESIDE_TESTS = [
  'tests/browser/console-desk.test.ts',
  'tests/browser/first-paint.test.ts',
  'tests/long/hostile-strings.test.ts'
]
