import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** An empty database gets the schema and the demo's people of a version of the program; ours unless said. */
export async function fillDatabase(url: string, dataDir: string, main: string = MAIN): Promise<void> {
  await run(process.execPath, [main, 'demo-data'], {
    env: { PATH: process.env['PATH'] ?? '', CALLBOX_DATABASE_URL: url, CALLBOX_DATA_DIR: dataDir }
  })
}
