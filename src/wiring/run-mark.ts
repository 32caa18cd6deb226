import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Base } from './base.ts'

const FILE = 'running'

/**
 * A process that is killed, or that the system ends for want of memory, can say nothing. So each says that it runs, in
 * a file that is gone when it stops in order, and the next one on this data folder says what the one before could not.
 */
export async function markRun({ config, log, node, releases }: Pick<Base, 'config' | 'log' | 'node' | 'releases'>) {
  const path = join(config.dataDir, FILE)
  const before = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (/^n-[0-9a-f]+$/.test(before)) {
    log.warn('process.before', {
      node: before,
      reason: 'it did not stop in order: killed, out of memory, stopped by a second signal, or its machine went away'
    })
  }
  // A disk that takes no file has louder things to say elsewhere.
  await writeFile(path, `${node}\n`).catch(thrown => log.debug('process.mark', { reason: String(thrown) }))
  releases.push('run mark', () => rm(path, { force: true }))
}
