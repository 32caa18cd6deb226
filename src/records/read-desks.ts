import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { ConfigFault, type ConfigMistake, toMistakes, toShortJson } from '../operations/config-validate.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { Desks } from './desks.ts'

const check = new Ajv({ allErrors: true, verbose: true }).compile<Desks>(Desks)

/**
 * A file of desks, checked. Rejects with `config.unreadable`, or with `desks.invalid` and every mistake in it: a force
 * that the config does not have, a name that is there twice, a device at two desks.
 */
export async function readDesks(path: string, forces: readonly string[]): Promise<Desks> {
  const desks = await read(path)
  if (!check(desks)) throw new ConfigFault(toMistakes(check.errors ?? []), 'desks.invalid')
  const mistakes = [
    ...unknownForces(desks, forces),
    ...twice(
      desks.positions.map(({ position }) => position),
      at => `positions[${at}].position`
    ),
    ...twice(
      desks.handlers.map(({ handler }) => handler),
      at => `handlers[${at}].handler`
    ),
    ...twice(
      desks.positions.flatMap(({ devices }) => devices),
      () => 'positions[].devices'
    )
  ]
  if (mistakes.length > 0) throw new ConfigFault(mistakes, 'desks.invalid')
  return desks
}

async function read(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (thrown) {
    throw new Fault('config.unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}

function unknownForces({ positions, handlers }: Desks, forces: readonly string[]): ConfigMistake[] {
  const named = [
    ...positions.map(({ force }, at) => ({ path: `positions[${at}].force`, force })),
    ...handlers.map(({ force }, at) => ({ path: `handlers[${at}].force`, force })),
    ...handlers.flatMap(({ grants = [] }, at) => grants.map(force => ({ path: `handlers[${at}].grants`, force })))
  ]
  return named
    .filter(({ force }) => !forces.includes(force))
    .map(({ path, force }) => ({ path, value: toShortJson(force), rule: 'must be the id of a force in the config' }))
}

function twice(values: readonly string[], pathOf: (at: number) => string): ConfigMistake[] {
  const seen = new Set<string>()
  return values.flatMap((value, at) => {
    if (!seen.has(value)) {
      seen.add(value)
      return []
    }
    return [{ path: pathOf(at), value: toShortJson(value), rule: 'is there twice' }]
  })
}
