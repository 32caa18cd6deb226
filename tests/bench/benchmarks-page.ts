import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCHES } from './benches.ts'

/** When and where one bench was run. */
export interface Kept {
  readonly name: string
  readonly at: string
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

/** What is kept of each bench that was ever run in this folder. */
export async function readKept(folder: string): Promise<readonly KeptBench[]> {
  const found: KeptBench[] = []
  for (const { name } of BENCHES) {
    const read = async (file: string) => JSON.parse(await readFile(join(folder, name, file), 'utf8')) as unknown
    try {
      found.push({ run: (await read('run.json')) as Kept, figures: await read('load.json') })
    } catch {
      // It was not run here; the page says so.
    }
  }
  return found
}

/** docs/benchmarks.md, whole. */
export function toPage(kept: readonly KeptBench[]): string {
  const sections = BENCHES.map(bench => {
    const found = kept.find(({ run }) => run.name === bench.name)
    const head = `## ${bench.title}\n\n${bench.words}\n`
    if (found === undefined) return `${head}\nNot run yet: \`npm run bench -- --only ${bench.name}\`.\n`
    const [titles = [], ...rows] = bench.toRows(found.figures)
    const table = [titles, titles.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
    const { at, machine, loadAverage, version, node, command, size } = found.run
    const small = size === 'quick' ? ' A quick run: it says that it runs, not what it reaches.' : ''
    return `${head}\n${table}\n\n\`${command}\`, ${at.slice(0, 16).replace('T', ' ')} UTC, Callbox ${version}, Node ${node}, ${machine}; load average before it ${loadAverage}.${small}\n`
  })
  return `# Benchmarks

Written by \`npm run bench\`, and by nothing else: every figure has its reference beside it from the same run, on the same
machine. What each bench is: [measuring](measuring.md) and [loading](load.md).

${sections.join('\n')}`
}
