import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'

/** One config for several gateways, as a force has it: each names all of them, and all sign with one secret. */
export async function sharedConfig(t: Test, gateways: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-shared-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const secret = join(folder, 'secret')
  await writeFile(secret, 's'.repeat(48))
  await chmod(secret, 0o600)
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
  const path = join(folder, 'both.json')
  await writeFile(path, JSON.stringify({ ...demo, http: { ...demo.http, gateways, sessionSecretFile: secret } }))
  return path
}
