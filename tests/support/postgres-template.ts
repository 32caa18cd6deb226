import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgresServer } from '../../src/operations/embedded/postgres-server.ts'
import { silentLog } from '../../src/operations/log.ts'
import { POSTGRES_TEMPLATE } from './stores.ts'

const run = promisify(execFile)

/**
 * An empty PostgreSQL into a gateway's data folder, as its own first start would make it: a copy takes a tenth of the
 * time. That a gateway makes its own is tested where one starts without it (tests/scenarios/demo.test.ts and others).
 */
export async function putPostgres(dataDir: string): Promise<void> {
  const ready = join(POSTGRES_TEMPLATE, 'ready')
  if (!existsSync(ready)) await makeTemplate(ready)
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  // Its files are another user's where the test runs as root.
  await run('cp', ['-a', '--reflink=auto', join(ready, 'postgres'), dataDir])
}

async function makeTemplate(ready: string): Promise<void> {
  const fresh = join(dirname(ready), 'fresh')
  await rm(POSTGRES_TEMPLATE, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true, mode: 0o755 })
  await chmod(dirname(ready), 0o755)
  const server = await startPostgresServer({ dataDir: fresh, log: silentLog })
  await server.stop()
  await rename(fresh, ready)
}
