import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TEMPLATE } from './rig.ts'
import { Stores } from './stores.ts'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** Both stores, with a database of demo data that each run's own is copied from. */
export async function startStores(folder: string): Promise<Stores> {
  const stores = await Stores.start(join(folder, 'stores'))
  try {
    await stores.admin(client => client.query(`create database ${TEMPLATE}`))
    await run(process.execPath, [MAIN, 'demo-data'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        CALLBOX_DATABASE_URL: stores.databaseUrl(TEMPLATE),
        CALLBOX_DATA_DIR: join(folder, 'data')
      }
    })
    return stores
  } catch (thrown) {
    await stores.stop()
    throw thrown
  }
}
