import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, reasonOf } from '../operations/errors.ts'

/** data.police.uk's whole archive has some 10,000. */
const MAX_FILES = 50_000
const READ = /\.(?:csv|jsonl|ndjson|json)(?:\.gz)?$/i
const STREET = /-street\.csv(?:\.gz)?$/i

export interface InputFiles {
  readonly files: readonly string[]
  /** Files of a folder that are of another kind. */
  readonly passedOver: number
}

/**
 * The files given, and those in folders and theirs, by name. In a folder of data.police.uk only the street files are
 * crimes: its outcomes and stops are of another kind. Rejects with `import.unreadable` and `import.no-files`.
 */
export async function findFiles(paths: readonly string[]): Promise<InputFiles> {
  const files: string[] = []
  let passedOver = 0
  for (const path of paths) {
    const found = await filesOf(path)
    const street = found.filter(file => STREET.test(file))
    const taken = street.length > 0 ? street : found
    passedOver += found.length - taken.length
    files.push(...taken)
  }
  if (files.length === 0) throw new Fault('import.no-files', { path: paths.join(', ') })
  return { files: [...new Set(files)], passedOver }
}

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    if ((await stat(path)).isFile()) return [path]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile() && READ.test(entry.name))
    if (files.length > MAX_FILES) throw new Error(`it has more than ${MAX_FILES} files`)
    return files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  } catch (thrown) {
    throw new Fault('import.unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}
