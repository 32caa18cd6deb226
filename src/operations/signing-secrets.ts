import { ConfigFault, toShortJson } from './config-validate.ts'
import { readSecretLine } from './secret-file.ts'

/** The new one and, while it is changed, the one before it. */
const SECRETS_MAX = 2
const SECRET = /^[\x21-\x7e]{32,512}$/

/**
 * What another system and we sign with; the first signs what we say. `setting` as in the config: `switches[0].secretFile`.
 * Rejects with `config.secret-exposed`, `config.unreadable` or a ConfigFault.
 */
export async function readSigningSecrets(
  file: string,
  { configPath, setting }: { readonly configPath: string; readonly setting: string }
): Promise<readonly Buffer[]> {
  const lines = (await readSecretLine(file, configPath)).split(/\s*\r?\n\s*/)
  if (lines.length > SECRETS_MAX || !lines.every(line => SECRET.test(line))) {
    const rule = 'must hold one secret or two, a line each, of 32 characters or more'
    throw new ConfigFault([{ path: setting, value: toShortJson(file), rule }])
  }
  return lines.map(line => Buffer.from(line))
}
