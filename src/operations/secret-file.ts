import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Fault, reasonOf } from './errors.ts'

const SECRET_MAX_BYTES = 64 * 1024

/**
 * A file whose bytes are a secret, relative to the config that names it. Rejects with `config.secret-exposed` when any
 * other user may read or change it, with `config.unreadable` when it cannot be read.
 */
export async function readSecret(file: string, configPath: string): Promise<Buffer> {
  const path = resolve(dirname(configPath), file)
  try {
    const { mode, size } = await stat(path)
    if ((mode & 0o007) !== 0 || (mode & 0o020) !== 0) throw new Fault('config.secret-exposed', { path })
    if (size > SECRET_MAX_BYTES) throw new Error(`is larger than ${SECRET_MAX_BYTES} bytes`)
    return await readFile(path)
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    throw new Fault('config.unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}

/** The same of one line; its end is no part of the secret. */
export async function readSecretLine(file: string, configPath: string): Promise<string> {
  return (await readSecret(file, configPath)).toString('utf8').trim()
}
