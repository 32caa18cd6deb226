import { dirname, resolve } from 'node:path'
import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { Fault } from './errors.ts'
import { readClientTlsFiles } from './tls-files.ts'

/** What no schema can say of location servers; docs/configuration.md lists them in these words. */
export const HELD_RULES = {
  heldDeadline:
    'must be shorter than `lookups.locationDeadlineMs`, so that the panel can say which of the two was late',
  heldCertificate: 'must come with the other of certFile and keyFile'
} as const

/** The rules between settings. */
export function checkHeld({ held, lookups }: Pick<Config, 'held' | 'lookups'>): ConfigMistake[] {
  const wrong: ConfigMistake[] = []
  if (held.servers.length > 0 && held.deadlineMs >= lookups.locationDeadlineMs) {
    wrong.push({ path: 'held.deadlineMs', value: String(held.deadlineMs), rule: HELD_RULES.heldDeadline })
  }
  if ((held.certFile === undefined) !== (held.keyFile === undefined)) {
    const file = held.certFile === undefined ? 'keyFile' : 'certFile'
    wrong.push({ path: `held.${file}`, value: toShortJson(held[file]), rule: HELD_RULES.heldCertificate })
  }
  return wrong
}

const FILES = ['certFile', 'keyFile', 'caFile'] as const

/** Paths of certificates as they stand in the config become paths from anywhere. Before the config is frozen. */
export function placeHeldFiles({ held }: Config, configPath: string): void {
  for (const file of FILES) {
    const path = held[file]
    if (path !== undefined) held[file] = resolve(dirname(configPath), path)
  }
}

/** Whether certificates can be read and their keys fit. */
export async function checkHeldFiles({ held }: Config): Promise<ConfigMistake[]> {
  try {
    await readClientTlsFiles(held)
    return []
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    const file = FILES.find(each => held[each] === thrown.data['path']) ?? 'certFile'
    const rule = String(thrown.data['reason'] ?? 'may be read by others: `chmod 600`')
    return [{ path: `held.${file}`, value: toShortJson(held[file]), rule }]
  }
}
