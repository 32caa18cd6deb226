import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { Fault, reasonOf } from '../operations/errors.ts'

const strict = { additionalProperties: false } as const
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, default: 0, description })

/** What kinds of calls come, each as a share of all, drawn by the seed. */
export const Mix = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 40, pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]*$' }),
    emergency: share('Calls to 999; the others are to 101'),
    withLocation: share('Of the 999 calls: mobiles whose network sends where they are (PIDF-LO)'),
    withheld: share('Callers who withhold their number'),
    abandoned: share('Callers who give up before anybody answers'),
    repeat: share('Callers who are among the last fifty of their kind'),
    ringAll: share('Calls that ring at three desks at once')
  },
  strict
)
export type Mix = Static<typeof Mix>

/**
 * `day`: an ordinary day of Hampshire (876 calls to 999 and 1,114 to 101 a day) with a quarter given up, as forces
 * report of 101. `storm`: everybody rings about one thing. What no source gives is an assumption: docs/load.md.
 */
export const MIXES: Readonly<Record<'day' | 'storm', Mix>> = {
  day: { name: 'day', emergency: 0.44, withLocation: 0.5, withheld: 0.05, abandoned: 0.25, repeat: 0.2, ringAll: 0.05 },
  storm: { name: 'storm', emergency: 0.9, withLocation: 0.7, withheld: 0.05, abandoned: 0.3, repeat: 0.4, ringAll: 0.3 }
}

const isMix = new Ajv({ strict: false, useDefaults: true, allErrors: true }).compile<Mix>(Mix)

/** `day`, `storm`, or the path of a file. Rejects with `load.mix`. */
export async function readMix(nameOrPath: string): Promise<Mix> {
  if (nameOrPath === 'day' || nameOrPath === 'storm') return MIXES[nameOrPath]
  let mix: unknown
  try {
    mix = JSON.parse(await readFile(nameOrPath, 'utf8'))
  } catch (thrown) {
    throw new Fault('load.mix', { path: nameOrPath, reason: reasonOf(thrown) })
  }
  if (isMix(mix)) return mix
  const reason = (isMix.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`.trim()).join('; ')
  throw new Fault('load.mix', { path: nameOrPath, reason })
}
