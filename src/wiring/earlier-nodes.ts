import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'nodes'
const MAX_EARLIER = 20
const SAID_ALL = ' said all'

export interface EarlierNodes {
  readonly nodes: readonly string[]
  /**
   * Ends of those that did not come to say to the screens all that they had to say. Each has a name of its own: others may have
   * taken such a node for dead before, and made the logs other ones for that death.
   */
  readonly unsaid: readonly string[]
}

/**
 * Processes that ran on this data folder before. We hold its lock, so none of them lives, whatever its lease says: a
 * gateway that starts again waits for no lease of its own. Our own name is added for the next.
 */
export async function earlierNodes(dataDir: string, node: string): Promise<EarlierNodes> {
  const text = await readFile(join(dataDir, FILE), 'utf8').catch(() => '')
  const earlier = text.split('\n').filter(line => /^n-[0-9a-f]+( said all)?$/.test(line) && !line.startsWith(node))
  await write(dataDir, [...earlier, node])
  const unsaid = earlier.filter(line => !line.endsWith(SAID_ALL)).map(name => `${name}:over`)
  return { nodes: earlier.map(line => line.replace(SAID_ALL, '')), unsaid }
}

/** This process ends in order: no screen waits for a word of it. */
export async function noteSaidAll(dataDir: string, node: string): Promise<void> {
  const text = await readFile(join(dataDir, FILE), 'utf8').catch(() => '')
  const lines = text.split('\n').filter(line => line !== '')
  await write(
    dataDir,
    lines.map(line => (line === node ? `${node}${SAID_ALL}` : line))
  )
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
