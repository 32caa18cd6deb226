import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Why a test that needs these commands must be skipped; false when all are there. */
export function missingCommands(...names: readonly string[]): string | false {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  const missing = names.filter(name => !folders.some(folder => existsSync(join(folder, name))))
  return missing.length === 0 ? false : `not installed: ${missing.join(', ')} (apt-get install ${missing.join(' ')})`
}
