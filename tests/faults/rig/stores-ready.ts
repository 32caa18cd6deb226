import { join } from 'node:path'
import { fillDatabase } from './fill-database.ts'
import { TEMPLATE } from './rig.ts'
import { Stores } from './stores.ts'

/** Both stores, with a database of demo data that each run's own is copied from. */
export async function startStores(folder: string): Promise<Stores> {
  const stores = await Stores.start(join(folder, 'stores'))
  try {
    await stores.admin(client => client.query(`create database ${TEMPLATE}`))
    await fillDatabase(stores.databaseUrl(TEMPLATE), join(folder, 'data'))
    return stores
  } catch (thrown) {
    await stores.stop()
    throw thrown
  }
}
