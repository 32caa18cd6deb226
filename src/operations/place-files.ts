import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { LoadedConfig } from './config.ts'

/** Paths of what the config names for places; what is not absolute is beside the config file. */
export interface PlaceFiles {
  readonly codePointOpen?: string
  readonly openNames?: string
  readonly ostn15?: string
}

type From = Pick<LoadedConfig, 'config' | 'path'>

/** Where `callbox import postcodes` and `places` put files, for a config that names no folder. */
export function placeFolder({ config }: Pick<LoadedConfig, 'config'>, which: 'codePointOpen' | 'openNames'): string {
  return resolve(config.dataDir, 'places', which === 'codePointOpen' ? 'code-point-open' : 'open-names')
}

export function placeFiles({ config, path }: From): PlaceFiles {
  const beside = (file: string) => resolve(dirname(path), file)
  const folder = (which: 'codePointOpen' | 'openNames') => {
    const named = config.places[which]
    if (named !== undefined) return { [which]: beside(named) }
    const imported = placeFolder({ config }, which)
    return existsSync(imported) ? { [which]: imported } : {}
  }
  const { ostn15 } = config.places
  return {
    ...folder('codePointOpen'),
    ...folder('openNames'),
    ...(ostn15 === undefined ? {} : { ostn15: beside(ostn15) })
  }
}
