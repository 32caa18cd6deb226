import { dirname, resolve } from 'node:path'
import type { LoadedConfig } from './config.ts'

/** Paths of what the config names for places; what is not absolute is beside the config file. */
export interface PlaceFiles {
  readonly codePointOpen?: string
  readonly openNames?: string
  readonly ostn15?: string
}

export function placeFiles({ config: { places }, path }: Pick<LoadedConfig, 'config' | 'path'>): PlaceFiles {
  const beside = (file: string) => resolve(dirname(path), file)
  const { codePointOpen, openNames, ostn15 } = places
  return {
    ...(codePointOpen === undefined ? {} : { codePointOpen: beside(codePointOpen) }),
    ...(openNames === undefined ? {} : { openNames: beside(openNames) }),
    ...(ostn15 === undefined ? {} : { ostn15: beside(ostn15) })
  }
}
