/*
 * Runs the tests of the console's rules and writes docs/console-rules.md: `npm run rules`. With words behind it only those
 * files whose path has one of them, and of the others the last figures are kept: `npm run rules -- soak` plays the three
 * thousand calls of rule 19, which take minutes and are left out without it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { runFiles } from '../support/run-files.mjs'
import { BESIDE_TESTS, RULES } from './rules.ts'
import { failedIn, figuresIn, type Kept, toRulesPage } from './rules-page.ts'

const ROOT = new URL('../../', import.meta.url)
const KEPT = new URL('tests/rules/kept.json', ROOT)
const PAGE = new URL('docs/console-rules.md', ROOT)

/** What is measured in time has the machine to itself. */
const ALONE = /rule-01|rule-17|rule-18|first-paint|hostile|tests\/long/

/** The soak plays three thousand calls. */
const FILE_SECONDS = 1_200

process.chdir(fileURLToPath(ROOT))
const words = process.argv.slice(2)
const all = [...new Set([...RULES.flatMap(({ tests }) => tests), ...BESIDE_TESTS])]
const files = all.filter(path =>
  words.length === 0 ? !path.startsWith('tests/long/') : words.some(word => path.includes(word))
)
const lines = [
  ...(await runTests(
    files.filter(path => ALONE.test(path)),
    1
  )),
  ...(await runTests(
    files.filter(path => !ALONE.test(path)),
    2
  ))
]
const before = await readKept()
const kept: Kept = {
  ...{
    at: new Date().toISOString(),
    machine: `${cpus().length} cores, ${cpus()[0]?.model.trim()}`,
    node: process.version
  },
  figures: { ...before?.figures, ...figuresIn(lines) },
  failed: [...(before?.failed ?? []).filter(path => !files.includes(path)), ...failedIn(lines)]
}
await writeFile(KEPT, `${JSON.stringify(kept, null, 2)}\n`)
await writeFile(PAGE, toRulesPage(kept))
process.stdout.write(`docs/console-rules.md is written; failed: ${kept.failed.join(', ') || 'none'}\n`)
process.exitCode = kept.failed.length === 0 ? 0 : 1

async function readKept(): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(KEPT, 'utf8')) as Kept
  } catch {
    // The first run.
    return undefined
  }
}

async function runTests(list: readonly string[], jobs: number): Promise<readonly string[]> {
  const lines: string[] = []
  const print = (text: string) => {
    process.stdout.write(`${text}\n`)
    lines.push(...text.split('\n'))
  }
  await runFiles(list, { jobs, env: process.env, seconds: FILE_SECONDS, print })
  return lines
}
