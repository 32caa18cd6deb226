import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { readSigningSecrets } from './signing-secrets.ts'

/** What no schema can say of switches; docs/configuration.md lists them in these words. */
export const SWITCH_RULES = {
  switchName: 'is the name of a trunk or of another switch',
  switchNumber: 'is in the table of this switch twice',
  switchForce: 'is no force of this config'
} as const

/** The rules between switches, trunks and forces. `forces`: undefined where these are wrong themselves. */
export function checkSwitches(
  { switches, trunks }: Pick<Config, 'switches' | 'trunks'>,
  forces: readonly string[] | undefined
): ConfigMistake[] {
  const wrong: ConfigMistake[] = []
  const names = new Set(trunks.map(({ id }) => id))
  for (const [at, { id, numbers }] of switches.entries()) {
    const path = `switches[${at}]`
    if (names.has(id)) wrong.push({ path: `${path}.id`, value: toShortJson(id), rule: SWITCH_RULES.switchName })
    names.add(id)
    const seen = new Set<string>()
    for (const [n, { number, force, homeForce = force }] of numbers.entries()) {
      const row = `${path}.numbers[${n}]`
      if (seen.has(number)) {
        wrong.push({ path: `${row}.number`, value: toShortJson(number), rule: SWITCH_RULES.switchNumber })
      }
      seen.add(number)
      for (const [name, value] of Object.entries({ force, homeForce })) {
        if (forces?.includes(value) === false) {
          wrong.push({ path: `${row}.${name}`, value: toShortJson(value), rule: SWITCH_RULES.switchForce })
        }
      }
    }
  }
  return wrong
}

/**
 * By switch, the secrets that its events are signed with. Rejects with `config.secret-exposed`, `config.unreadable` or a
 * ConfigFault.
 */
export async function readSwitchSecrets(
  { switches }: Pick<Config, 'switches'>,
  configPath: string
): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const secrets = new Map<string, readonly Buffer[]>()
  for (const [at, { id, secretFile }] of switches.entries()) {
    secrets.set(id, await readSigningSecrets(secretFile, { configPath, setting: `switches[${at}].secretFile` }))
  }
  return secrets
}

/** What may stand in a log. */
export function redactedSwitches(switches: Config['switches']): unknown {
  return switches.map(each => ({ ...each, secretFile: 'set' }))
}
