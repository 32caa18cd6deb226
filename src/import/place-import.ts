import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { loadPlaces } from '../lookups/location/places.ts'
import type { LoadedConfig } from '../operations/config.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { placeFiles, placeFolder } from '../operations/place-files.ts'
import type { PlaceKind } from './import-options.ts'
import { count } from './import-words.ts'
import { findFiles } from './input-files.ts'

const FOLDERS = { postcodes: 'codePointOpen', places: 'openNames' } as const
const EXIT_DATA = 65

/**
 * `callbox import postcodes|places`: reads the files as a gateway would, and puts them where it looks for them: the
 * folder of the config, else one in `dataDir`. What was there before goes when the new ones are all there.
 */
export async function putPlaceFiles(
  kind: PlaceKind,
  paths: readonly string[],
  loaded: LoadedConfig,
  line: (text: string) => void
): Promise<number> {
  const { files } = await findFiles(paths)
  const names = new Set(files.map(file => basename(file)))
  if (names.size < files.length) throw new Fault('import.usage', { reason: 'two files have the same name' })
  const target = placeFiles(loaded)[FOLDERS[kind]] ?? placeFolder(loaded, FOLDERS[kind])
  const fresh = `${target}.new`
  try {
    await rm(fresh, { recursive: true, force: true })
    await mkdir(fresh, { recursive: true })
    for (const file of files) await copyFile(file, join(fresh, basename(file)))
    const read = await loadPlaces({ [FOLDERS[kind]]: fresh })
    const taken = kind === 'postcodes' ? read.postcodes : read.names
    for (const { path, reason } of read.faults) line(`${basename(path)}: ${reason}\n`)
    line(`${count(files.length)} files: ${count(taken)} ${kind}, ${count(read.notRead)} rows that are none`)
    line(`${kind === 'postcodes' ? `, ${count(read.withoutPosition)} without a place` : ''}\n`)
    if (taken === 0 || read.faults.length > 0) {
      line('Nothing was put in place.\n')
      return EXIT_DATA
    }
    await replaceFolder(target, fresh)
    line(`Put into ${target}; a gateway reads it at its next start.\n`)
    return 0
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    throw new Fault('import.places', { path: target, reason: reasonOf(thrown) }, thrown)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** By name only, so that a gateway that starts meanwhile finds the one or the other. */
async function replaceFolder(target: string, fresh: string): Promise<void> {
  const old = `${target}.old`
  await rm(old, { recursive: true, force: true })
  await mkdir(dirname(target), { recursive: true })
  await rename(target, old).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
  })
  await rename(fresh, target)
  await rm(old, { recursive: true, force: true })
}
