import { execFile } from 'node:child_process'
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgresServer } from '../../src/operations/embedded/postgres-server.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makePool } from '../../src/operations/postgres.ts'
import { writeDemoData } from '../../src/records/demo-rows.ts'
import { migrate } from '../../src/records/migrate.ts'
import { writeWorld } from '../../src/records/world-rows.ts'
import { makeDemoData } from '../../src/simulator/demo-data.ts'
import { WORLD_SIZES, worldTables } from '../../src/simulator/demo-world.ts'
import { POSTGRES_TEMPLATE } from './stores.ts'

/** `empty`: as `initdb` leaves it. `demo`: at this version, with what the demo's first start writes. */
export type PostgresKind = 'empty' | 'demo'

/** That of `callbox demo` where nobody says another (src/main.ts). */
const DEMO_SEED = 7
/** Its crimes and calls are of the days before it was made, and whoever runs tests by hand may have changed what is written. */
const FRESH_MS = 3_600_000
const WRITE_WITHIN_MS = 60_000
const run = promisify(execFile)

/**
 * A PostgreSQL into a gateway's data folder, as its own first start would make it: a copy takes a tenth of the time. That
 * a gateway makes its own is tested where one starts without it (tests/scenarios/demo.test.ts and others).
 */
export async function putPostgres(dataDir: string, kind: PostgresKind): Promise<void> {
  const ready = join(POSTGRES_TEMPLATE, kind)
  if (!(await isFresh(ready))) await makeTemplate(ready, kind)
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  // Its files are another user's where the test runs as root.
  await run('cp', ['-a', '--reflink=auto', join(ready, 'postgres'), dataDir])
}

async function isFresh(ready: string): Promise<boolean> {
  const made = await stat(ready).catch(() => undefined)
  return made !== undefined && Date.now() - made.ctimeMs < FRESH_MS
}

async function makeTemplate(ready: string, kind: PostgresKind): Promise<void> {
  const fresh = `${ready}-fresh`
  for (const old of [ready, fresh]) await rm(old, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true, mode: 0o755 })
  await chmod(POSTGRES_TEMPLATE, 0o755)
  const server = await startPostgresServer({ dataDir: fresh, log: silentLog })
  try {
    if (kind === 'demo') await writeDemo(server.url)
  } finally {
    await server.stop()
  }
  await rename(fresh, ready)
}

async function writeDemo(url: string): Promise<void> {
  const pool = makePool({ url, name: 'template', max: 1, statementMs: WRITE_WITHIN_MS, log: silentLog })
  try {
    await migrate(pool, silentLog)
    await writeDemoData(pool, () => makeDemoData(DEMO_SEED, Date.now()))
    await writeWorld(pool, worldTables(DEMO_SEED, Date.now(), WORLD_SIZES.demo))
  } finally {
    await pool.end()
  }
}
