import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { HANDOVER_RULES } from './handover-schema.ts'
import { isSafeUrl } from './loopback.ts'
import { readSigningSecrets } from './signing-secrets.ts'

/** What no schema can say of grades, and of the system that hand-overs go to. */
export function checkHandovers(forces: Config['forces']): ConfigMistake[] {
  return forces.flatMap(({ grades, gradeByLine, commandAndControl }, at) => {
    const ids = grades.map(({ id }) => id)
    const repeats = ids.flatMap((id, n) =>
      ids.indexOf(id) === n ? [] : [wrong(`forces[${at}].grades[${n}].id`, id, HANDOVER_RULES.uniqueGrade)]
    )
    const unknown = gradeByLine.flatMap(({ grade }, n) =>
      ids.includes(grade) ? [] : [wrong(`forces[${at}].gradeByLine[${n}].grade`, grade, HANDOVER_RULES.knownGrade)]
    )
    const url = commandAndControl?.url
    const isOpen = url !== undefined && !isSafeUrl(url)
    return [
      ...repeats,
      ...unknown,
      // The address may have a key in it.
      ...(isOpen
        ? [{ path: `forces[${at}].commandAndControl.url`, value: 'set', rule: HANDOVER_RULES.controlUrl }]
        : [])
    ]
  })
}

function wrong(path: string, value: string, rule: string): ConfigMistake {
  return { path, value: toShortJson(value), rule }
}

/**
 * By force, the secrets of the system its hand-overs go to; the first of each signs. Rejects with `config.secret-exposed`,
 * `config.unreadable` or a ConfigFault.
 */
export async function readControlSecrets(
  { forces }: Config,
  configPath: string
): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const secrets = new Map<string, readonly Buffer[]>()
  for (const [at, { id, commandAndControl }] of forces.entries()) {
    if (commandAndControl === undefined) continue
    const { secretFile } = commandAndControl
    const setting = `forces[${at}].commandAndControl.secretFile`
    secrets.set(id, await readSigningSecrets(secretFile, { configPath, setting }))
  }
  return secrets
}

/** What may stand in a log. */
export function redactedForces(forces: Config['forces']): unknown {
  return forces.map(({ commandAndControl, ...force }) => ({
    ...force,
    commandAndControl:
      commandAndControl === undefined ? 'unset' : { ...commandAndControl, url: 'set', secretFile: 'set' }
  }))
}
