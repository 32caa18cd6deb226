import type { Config } from './config-schema.ts'
import { readSigningSecrets } from './signing-secrets.ts'

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
