import { mkdir, open, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../operations/errors.ts'

/**
 * Writes all files of a report, or none: each under another name first, to the disk, and only when all are there do they
 * get their own. A disk that fills leaves no half report that looks like a whole one. Rejects with `load.out`.
 */
export async function writeWhole(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const names = Object.keys(files)
  const half = (name: string) => join(folder, `.${name}.half`)
  try {
    await mkdir(folder, { recursive: true })
    for (const name of names) await writeToDisk(half(name), files[name] ?? '')
    // An older report of the same name must not stand beside half of a new one.
    for (const name of names) await rm(join(folder, name), { force: true })
    for (const name of names) await rename(half(name), join(folder, name))
  } catch (thrown) {
    const quietly = () => undefined
    for (const name of names) await rm(half(name), { force: true }).catch(quietly)
    throw new Fault('load.out', { path: folder, reason: toReason(thrown) }, thrown)
  }
}

/** Refused before a load begins rather than after it. */
export async function checkFolder(folder: string): Promise<void> {
  const trial = join(folder, '.callbox-load')
  try {
    await mkdir(folder, { recursive: true })
    await writeToDisk(trial, 'x').finally(() => rm(trial, { force: true }))
  } catch (thrown) {
    throw new Fault('load.out', { path: folder, reason: toReason(thrown) }, thrown)
  }
}

/** Refused where what a load writes meanwhile would fill the disk. Rejects with `load.no-room`. */
export async function checkRoom(folder: string, bytes: number, what = "SIPp's log"): Promise<void> {
  const free = await freeBytes(folder)
  if (free >= bytes) return
  const inMb = (of: number) => `${Math.ceil(of / 1024 ** 2)} MB`
  throw new Fault('load.no-room', {
    path: folder,
    reason: `${what} takes ${inMb(bytes)} there, and ${inMb(free)} are free`
  })
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

async function writeToDisk(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function toReason(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException
  return code === 'ENOSPC' ? 'the disk is full' : (message ?? String(thrown))
}
