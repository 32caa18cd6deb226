import { parseArgs } from 'node:util'
import { Fault, reasonOf } from '../operations/errors.ts'
import { RECORD_KINDS, type RecordKind } from '../records/import/record-schemas.ts'

export const PLACE_KINDS = ['postcodes', 'places'] as const
export type PlaceKind = (typeof PLACE_KINDS)[number]
export type ImportKind = RecordKind | PlaceKind

export interface ImportOptions {
  readonly kind: ImportKind
  readonly paths: readonly string[]
  readonly config?: string
  readonly force?: string
  readonly source?: string
  readonly area?: string
  readonly rejects?: string
  readonly again: boolean
  /** Print a template in place of importing. */
  readonly template: boolean
}

const OPTIONS = {
  config: { type: 'string' },
  force: { type: 'string' },
  source: { type: 'string' },
  area: { type: 'string' },
  rejects: { type: 'string' },
  again: { type: 'boolean', default: false },
  template: { type: 'boolean', default: false }
} as const

const KINDS: readonly string[] = [...RECORD_KINDS, ...PLACE_KINDS]

/** What is asked for. Throws `import.usage`. */
export function parseImportArgs(args: readonly string[]): ImportOptions {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
    const [kind = '', ...paths] = positionals
    if (!KINDS.includes(kind)) throw new Error(`it imports ${KINDS.join(', ')}, not ${kind === '' ? 'nothing' : kind}`)
    if (values.template === paths.length > 0) throw new Error('it takes files or folders, or --template')
    const { config, force, source, area, rejects, again, template } = values
    if (area !== undefined && kind !== 'crimes') throw new Error('--area is for crimes')
    if (source !== undefined && !/^[^\p{Cc}]{1,60}$/u.test(source))
      throw new Error('--source takes a name of at most 60 characters')
    return {
      ...{ kind: kind as ImportKind, paths, again, template },
      ...(config === undefined ? {} : { config }),
      ...(force === undefined ? {} : { force }),
      ...(source === undefined ? {} : { source }),
      ...(area === undefined ? {} : { area }),
      ...(rejects === undefined ? {} : { rejects })
    }
  } catch (thrown) {
    throw new Fault('import.usage', { reason: reasonOf(thrown) }, thrown)
  }
}

export function isPlaceKind(kind: ImportKind): kind is PlaceKind {
  return (PLACE_KINDS as readonly string[]).includes(kind)
}
