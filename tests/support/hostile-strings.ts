import { makeSeededRandom } from '../../src/simulator/seeded-random.ts'

/*
 * What a caller, or somebody on the way, may put into a field: markup, script, entities, direction and invisible
 * characters, control bytes, too much of everything. Made by rule from our own list; every one calls `hit()` if it can.
 */

const HIT = 'globalThis.hit=1'
const SCRIPTS = [
  `<script>${HIT}</script>`,
  `<ScRiPt >${HIT}</sCrIpT>`,
  `<img src=x onerror="${HIT}">`,
  `<svg onload=${HIT}>`,
  `<svg><script>${HIT}</script></svg>`,
  `<iframe srcdoc="<script>parent.hit=1</script>"></iframe>`,
  `<a href="javascript:${HIT}">press</a>`,
  `<body onpageshow=${HIT}>`,
  `<details open ontoggle=${HIT}>`,
  `<input autofocus onfocus=${HIT}>`,
  `<style>@import"//example.invalid/x.css";</style>`,
  `<link rel=stylesheet href=//example.invalid/x.css>`,
  `<base href=//example.invalid/>`,
  `<meta http-equiv=refresh content="0;url=//example.invalid/">`,
  `"><img src=//example.invalid/x.png>`,
  `'"--></textarea></style></script><script>${HIT}</script>`,
  `javascript:${HIT}`,
  `data:text/html,<script>${HIT}</script>`,
  `</article></main><h1>not a call</h1>`,
  `<!-- <![CDATA[ ]]> -->`,
  `<template shadowrootmode=open><slot></slot></template>`
] as const
const ENTITIES = [
  '&lt;script&gt;',
  '&#60;img src=x&#62;',
  '&#x3c;b&#x3e;',
  '&amp;amp;amp;',
  '&nbsp;&zwnj;&rlm;',
  '&xxe;',
  '%3Cscript%3E',
  '\\u003cscript\\u003e',
  '&#0;&#xD800;',
  '&copy'
] as const
const BIDI = ['\u202a', '\u202b', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u200e', '\u200f', '\u061c']
const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u034f', '\u180e', '\u2028', '\u2029']
const CONTROLS = Array.from({ length: 33 }, (_, at) => String.fromCharCode(at < 32 ? at : 0x7f))
const OTHERS = [
  "'; drop table call; --",
  '$'.concat('{7*7}'),
  '{{constructor.constructor("return 1")()}}',
  '../../etc/passwd',
  '%s%n%x%0d%0aX-Injected: 1',
  'a'.repeat(300),
  'W'.repeat(90),
  '\u0301'.repeat(60),
  'Z\u0322\u0317\u0353\u034e\u0356\u0319'.repeat(12),
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\ufdfd\ufdfd\ufdfd',
  '\u0645\u0631\u062d\u0628\u0627 999',
  '\u5f53\u6c17'.repeat(40),
  '\ud83d',
  '__proto__',
  'null',
  'NaN',
  '0',
  '"',
  "'",
  '\\',
  '\t \t',
  '()<>@,;:\\"/[]?={}'
] as const
export const LONG = 10_000

/** So many strings, each another, the same for the same seed. Each begins with a letter that must still be there. */
export function hostileStrings(seed: number, count: number): readonly string[] {
  const random = makeSeededRandom(seed)
  const some = (list: readonly string[]) => random.pick(list)
  const repeat = (make: () => string, from: number, to: number) =>
    Array.from({ length: random.between(from, to) }, make).join('')
  const rules: readonly (() => string)[] = [
    () => some(SCRIPTS),
    () => some(ENTITIES),
    () => some(OTHERS),
    () => `${some(BIDI)}${some(SCRIPTS)}${some(BIDI)}`,
    () => `0770${some(BIDI)}0900${some(BIDI)}123`,
    () => repeat(() => `${some(INVISIBLE)}${some(['x', 'y', '<b>', ' '])}`, 1, 30),
    () => repeat(() => `${some(CONTROLS)}${some(['1', '<i>', ' '])}`, 1, 20),
    () => `${some(SCRIPTS)}${some(ENTITIES)}${some(INVISIBLE)}`,
    () => repeat(() => some(SCRIPTS), 2, 5),
    () => `${some(OTHERS)}${some(BIDI)}${some(CONTROLS)}`,
    () => some([...SCRIPTS, ...OTHERS]).padEnd(random.between(100, 900), some(['<', '&', '"', '\u202e', '\u0300', '=']))
  ]
  const found = new Set<string>()
  for (let at = 0; found.size < count - 6; at++) found.add(`A${rules[at % rules.length]?.()}`)
  for (const filler of ['x', '<b>', '\u202e', '\u200b', '&amp;', '\u0301'])
    found.add(`A${filler.repeat(Math.ceil(LONG / filler.length))}`.slice(0, LONG))
  return [...found]
}
