import { BESIDE, RULES, type Rule } from './rules.ts'

/** Figures by what they are of: `rule 2`, `size`. */
export type Figures = Readonly<Record<string, readonly string[]>>

/** What was run, and what came of it. */
export interface Kept {
  readonly at: string
  readonly machine: string
  readonly node: string
  readonly figures: Figures
  /** Files of tests that did not pass. */
  readonly failed: readonly string[]
}

/** docs/console-rules.md, whole. */
export function toRulesPage(kept: Kept): string {
  return `# The twenty rules of the console

What the screen of a handler must keep to, with the tests that hold it to that, and what was measured. Written by
\`npm run rules\`, and by nothing else. A rule about time is measured and its figure printed; no test fails because a machine was busy.

| rule | what must hold | tests | measured |
| --- | --- | --- | --- |
${RULES.map(rule => toRow(rule, kept)).join('\n')}

Beside the rules:

| what | limit | measured |
| --- | --- | --- |
${BESIDE.map(({ name, title, limit }) => `| ${title} | ${limit} | ${figuresOf(kept, name)} |`).join('\n')}

Measured ${kept.at.slice(0, 16).replace('T', ' ')} UTC, Node ${kept.node}, ${kept.machine}.
`
}

function toRow(rule: Rule, kept: Kept): string {
  const { number, title, limit, tests, open } = rule
  const links = tests.map(path => `[${path.split('/').at(-1)?.replace('.test.ts', '')}](../${path})`).join(', ')
  const result =
    tests.length === 0
      ? 'not built'
      : tests.some(path => kept.failed.includes(path))
        ? '**a test fails**'
        : 'tests pass'
  const figures = figuresOf(kept, `rule ${number}`)
  const measured = [result, figures, open ?? '']
    .filter(part => part !== '')
    .join('. ')
    .replaceAll('..', '.')
  return `| ${number}. ${title} | ${limit} | ${links === '' ? 'none' : links} | ${measured} |`
}

function figuresOf({ figures }: Kept, name: string): string {
  return (figures[name] ?? []).join('; ')
}

/** The figures in what a run of tap printed. */
export function figuresIn(lines: readonly string[]): Figures {
  const found: Record<string, string[]> = {}
  for (const line of lines) {
    const [, name, words] = /^\s*# figure (rule \d+|[a-z ]+): (.+)$/.exec(line) ?? []
    if (name !== undefined && words !== undefined) found[name] = [...(found[name] ?? []), words]
  }
  return found
}

/** Test files that did not pass, in what a run of tap printed. */
export function failedIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap(line => /^not ok \d+ - (tests\/\S+)/.exec(line)?.[1] ?? [])
}
