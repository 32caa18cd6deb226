import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'nodes'
const MAX_EARLIER = 20

/**
 * Processes that ran on this data folder before. We hold its lock, so none of them lives, whatever its lease says: a
 * gateway that starts again waits for no lease of its own. Our own name is added for the next.
 */
export async function earlierNodes(dataDir: string, node: string): Promise<readonly string[]> {
  const text = await readFile(join(dataDir, FILE), 'utf8').catch(() => '')
  const earlier = text.split('\n').filter(line => /^n-[0-9a-f]+$/.test(line) && line !== node)
  await write(dataDir, [...earlier, node])
  return earlier
}

/** Nothing of the earlier ones is left in the record. */
export function forgetEarlierNodes(dataDir: string, node: string): Promise<void> {
  return write(dataDir, [node])
}

/** In one piece: a file torn by a crash would lose the name that matters most. */
async function write(dataDir: string, nodes: readonly string[]): Promise<void> {
  const path = join(dataDir, FILE)
  await writeFile(`${path}.new`, `${nodes.slice(-MAX_EARLIER).join('\n')}\n`)
  await rename(`${path}.new`, path)
}
