import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** A folder of real material that nobody here wrote; undefined where it is not beside the project. */
export function sharedData(folder: string): string | undefined {
  const root = process.env['CALLBOX_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data')
  const path = resolve(root, folder)
  return existsSync(path) ? path : undefined
}
