import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A folder that is a disk of its own and holds so much. Answers what takes it away again. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<() => Promise<unknown>> {
  if (process.getuid?.() !== 0) throw new Error('this row needs a disk of its own, which only root may mount')
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'callbox-fault', folder])
  return () => run('umount', ['-l', folder])
}
