import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { GridPoint } from '../../grid/national-grid.ts'
import { linesOf } from './file-lines.ts'
import { type NamedPlace, type PlaceNames, PlaceReader } from './place-names.ts'
import { type PostcodeCentre, PostcodeReader, type Postcodes } from './postcodes.ts'

/** Files of one folder; Code-Point Open has 120, OS Open Names 819. */
const MAX_FILES = 2_000

/** What lies nearest, with metres to its centre; not there where nothing lies within 20 km, or no file is loaded. */
export interface NearestPlaces {
  readonly postcode?: { readonly postcode: string; readonly metres: number }
  readonly place?: NamedPlace & { readonly metres: number }
}

export interface Places {
  nearest(point: GridPoint): NearestPlaces
  /** The centre of a postcode and how far its addresses may lie from it. */
  centreOf(postcode: string): PostcodeCentre | undefined
}

/** Where no files are configured, or are not loaded yet. */
export const NO_PLACES: Places = { nearest: () => ({}), centreOf: () => undefined }

export interface PlaceFolders {
  /** Folder with the files of Code-Point Open, `.csv` or `.csv.gz`. */
  readonly codePointOpen?: string
  /** Folder with the files of OS Open Names, likewise. */
  readonly openNames?: string
}

export interface LoadedPlaces {
  readonly places: Places
  readonly files: number
  readonly postcodes: number
  readonly names: number
  /** Rows that are none of the kind the folder should hold. */
  readonly notRead: number
  /** Postcodes that the file itself has no place for. */
  readonly withoutPosition: number
  /** Files and folders that could not be read, and limits that were met; the rest is loaded. */
  readonly faults: readonly { readonly path: string; readonly reason: string }[]
}

/**
 * Reads both folders, file after file, in small pieces with the loop free in between. What cannot be read is told and
 * left out. Rejects only when `signal` fires.
 */
export async function loadPlaces(folders: PlaceFolders, signal?: AbortSignal): Promise<LoadedPlaces> {
  const faults: { path: string; reason: string }[] = []
  const tally = { files: 0, notRead: 0, withoutPosition: 0 }
  const postcodes = new PostcodeReader()
  const names = new PlaceReader()
  const read = async (folder: string | undefined, add: (row: string) => string) => {
    for (const path of await filesOf(folder, faults)) {
      signal?.throwIfAborted()
      await readFile(path, { add, tally, faults, ...(signal === undefined ? {} : { signal }) })
    }
  }
  await read(folders.codePointOpen, row => postcodes.add(row))
  await read(folders.openNames, row => names.add(row))
  const byPostcode = postcodes.count === 0 ? undefined : await postcodes.done(signal)
  const byName = names.count === 0 ? undefined : await names.done(signal)
  return { places: toPlaces(byPostcode, byName), ...tally, postcodes: postcodes.count, names: names.count, faults }
}

function toPlaces(postcodes: Postcodes | undefined, names: PlaceNames | undefined): Places {
  return {
    nearest: point => {
      const [postcode, place] = [postcodes?.nearest(point), names?.nearest(point)]
      return { ...(postcode === undefined ? {} : { postcode }), ...(place === undefined ? {} : { place }) }
    },
    centreOf: postcode => postcodes?.centreOf(postcode)
  }
}

interface Reading {
  readonly add: (row: string) => string
  readonly tally: { files: number; notRead: number; withoutPosition: number }
  readonly faults: { path: string; reason: string }[]
  readonly signal?: AbortSignal
}

async function readFile(path: string, { add, tally, faults, signal }: Reading): Promise<void> {
  try {
    for await (const rows of linesOf(path, signal)) {
      for (const row of rows) {
        const outcome = row === '' ? '' : add(row)
        if (outcome === 'not-read') tally.notRead += 1
        if (outcome === 'no-position') tally.withoutPosition += 1
        if (outcome === 'full') {
          faults.push({ path, reason: 'more rows than are kept' })
          return
        }
      }
    }
    tally.files += 1
  } catch (thrown) {
    signal?.throwIfAborted()
    faults.push({ path, reason: thrown instanceof Error ? thrown.message : 'unreadable' })
  }
}

async function filesOf(folder: string | undefined, faults: { path: string; reason: string }[]): Promise<string[]> {
  if (folder === undefined) return []
  try {
    const files = (await readdir(folder)).filter(name => /\.csv(?:\.gz)?$/i.test(name)).sort()
    if (files.length === 0) faults.push({ path: folder, reason: 'no .csv or .csv.gz in it' })
    return files.slice(0, MAX_FILES).map(name => join(folder, name))
  } catch (thrown) {
    faults.push({ path: folder, reason: thrown instanceof Error ? thrown.message : 'unreadable' })
    return []
  }
}
