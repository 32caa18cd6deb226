import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCHES, type Bench, tableOf } from './benches.ts'
import { ratios, toMarkdown } from './table.ts'

/** When and where one bench was run. */
export interface Kept {
  readonly name: string
  readonly at: string
  readonly seconds: number
  readonly size: string
  readonly version: string
  readonly node: string
  readonly machine: string
  readonly loadAverage: number
  readonly command: string
}

export interface KeptBench {
  readonly run: Kept
  readonly figures: unknown
}

/** What is kept of each bench that was ever run in this folder; figures of an older form are none. */
export async function readKept(folder: string): Promise<readonly KeptBench[]> {
  const found: KeptBench[] = []
  for (const bench of BENCHES) {
    const read = async (file: string) => JSON.parse(await readFile(join(folder, bench.name, file), 'utf8')) as unknown
    try {
      const figures = await read('load.json')
      toMarkdown(tableOf(bench, figures))
      found.push({ run: (await read('run.json')) as Kept, figures })
    } catch {
      // It was not run here since; the page says so.
    }
  }
  return found
}

/**
 * docs/benchmarks.md, whole. Of a bench whose figures are not in this folder, as they were measured elsewhere, what the page
 * had `before` stays: each part says when and where it was measured.
 */
export function toPage(kept: readonly KeptBench[], before = ''): string {
  const parts = BENCHES.map(bench => {
    const found = foundOf(bench, kept)
    const earlier = found === undefined ? earlierOf(bench, before) : undefined
    return earlier ?? { lines: toLines(bench, found), section: toSection(bench, found) }
  })
  return `# Benchmarks

Written by \`npm run bench\`, and by nothing else: every figure has its reference beside it from the same run, on the same
machine. What each bench is: [measuring](measuring.md) and [loading](load.md). References are in italics; \`p99 × 2.0\` is
twice the reference's. What never came is later than any number: it is counted as lost, and a percentile among it has no
number.

${toSummary(parts.flatMap(({ lines }) => lines))}

${parts.map(({ section }) => section).join('\n')}`
}

interface Part {
  /** Of the table at the top. */
  readonly lines: readonly string[]
  readonly section: string
}

/** What the page had of it; undefined where it had no figures. */
function earlierOf({ title }: Bench, before: string): Part | undefined {
  const section = before.split(/^(?=## )/m).find(each => each.startsWith(`## ${title}\n`))
  if (section === undefined || /^Not (?:run|built) yet/m.test(section)) return undefined
  return {
    lines: before.split('\n').filter(line => line.startsWith(`| ${title} |`)),
    section: `${section.trimEnd()}\n`
  }
}

function foundOf({ name }: Bench, kept: readonly KeptBench[]): KeptBench | undefined {
  return kept.find(({ run }) => run.name === name)
}

/** The lines by which a reader would judge a bench. */
function toLines(bench: Bench, found: KeptBench | undefined): readonly string[] {
  if (found === undefined)
    return [toLine([bench.title, '', bench.args === undefined ? 'not built yet' : 'not run yet', ''])]
  const { rows, missing = [] } = tableOf(bench, found.figures)
  const chosen = rows.filter(({ subject, what, isReference }) => {
    return isReference !== true && bench.headline?.test(`${subject} ${what}`) === true
  })
  const absent = missing.map(({ subject }) => `${subject} is not here`)
  return chosen.map(row => {
    const compared = [...ratios(row, rows), ...absent].join('; ')
    return toLine([bench.title, `${row.subject}, ${row.what}`, compared, row.lost.toLocaleString('en-GB')])
  })
}

function toSummary(lines: readonly string[]): string {
  const titles = ['bench', 'of', 'to its reference', 'lost']
  return [toLine(titles), toLine(titles.map(() => '---')), ...lines].join('\n')
}

function toLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function toSection(bench: Bench, found: KeptBench | undefined): string {
  const head = `## ${bench.title}\n\n${bench.words}\n`
  if (bench.args === undefined) return `${head}\nNot built yet.\n`
  if (found === undefined) return `${head}\nNot run yet: \`npm run bench -- --only ${bench.name}\`.\n`
  const { at, seconds, machine, loadAverage, version, node, command, size } = found.run
  const small = size === 'quick' ? ' A quick run: it says that it runs, not what it reaches.' : ''
  const table = toMarkdown(tableOf(bench, found.figures))
  return `${head}\n${table}\n\n\`${command}\`, ${at.slice(0, 16).replace('T', ' ')} UTC, ${seconds} s, Callbox ${version}, Node ${node}, ${machine}; load average before it ${loadAverage}.${small}\n`
}
