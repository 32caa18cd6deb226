import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { ownEnvironment } from '../../src/operations/version.ts'
import { makeDatabase, type TestDatabase } from './stores.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface ImportRunEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly text: string
}

export interface ImportRoom extends TestDatabase {
  /** A folder of the test's own. */
  readonly folder: string
  readonly write: (name: string, content: string | Buffer) => Promise<string>
  /** `callbox import …` in a process of its own, on this database. */
  readonly start: (...args: readonly string[]) => {
    readonly child: ChildProcess
    readonly end: Promise<ImportRunEnd>
  }
  readonly run: (...args: readonly string[]) => Promise<ImportRunEnd>
  readonly count: (sql: string, values?: readonly unknown[]) => Promise<number>
}

const FORCES = [
  { id: 'tvp', name: 'Thames Valley Police' },
  { id: 'hants', name: 'Hampshire & Isle of Wight Constabulary', publishedAs: ['Hampshire'] }
]

/** A database and a folder for importing, both gone with the test. */
export async function makeImportRoom(
  t: Test,
  { heapMegabytes }: { readonly heapMegabytes?: number } = {}
): Promise<ImportRoom> {
  const database = await makeDatabase(t)
  const base = await mkdtemp(join(tmpdir(), 'callbox-import-'))
  t.teardown(() => rm(base, { recursive: true, force: true }))
  const folder = join(base, 'files')
  await mkdir(folder)
  const write: ImportRoom['write'] = async (name, content) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const config = join(base, 'config.json')
  await writeFile(config, JSON.stringify({ dataDir: join(base, 'data'), forces: FORCES }))
  // As bin/callbox.mjs starts it: what a command takes of memory is settled there.
  const own = await ownEnvironment()
  const bound = heapMegabytes === undefined ? '' : ` --max-old-space-size=${heapMegabytes}`
  const start: ImportRoom['start'] = (...args) => {
    const NODE_OPTIONS = `${own['NODE_OPTIONS'] ?? ''}${bound}`
    const env = { ...process.env, ...own, NODE_OPTIONS, CALLBOX_DATABASE_URL: database.url }
    const child = spawn(process.execPath, [MAIN, 'import', ...args, '--config', config], { env })
    t.teardown(() => child.kill('SIGKILL'))
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (text += String(piece)))
    const end = new Promise<ImportRunEnd>(resolve => {
      child.once('close', (code, signal) => resolve({ code, signal, text }))
    })
    return { child, end }
  }
  return {
    ...database,
    ...{ folder, write, start },
    run: (...args) => start(...args).end,
    count: async (sql, values = []) => {
      const { rows } = await database.pool.query<{ count: number }>(sql, [...values])
      return Number(rows[0]?.count)
    }
  }
}

export const STREET_HEAD =
  'Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context'

/** Rows as data.police.uk has them; each tenth without an id, each twentieth without a place. */
export function streetRows(
  count: number,
  { month = '2025-01', reportedBy = 'Thames Valley Police', from = 0 } = {}
): string {
  const rows = Array.from({ length: count }, (_, at) => {
    const number = from + at
    const isAsb = number % 10 === 0
    const id = isAsb ? '' : number.toString(16).padStart(64, '0')
    const hasPlace = number % 20 !== 7
    const place = hasPlace
      ? `${(-1.2 + (number % 500) / 1_000).toFixed(6)},${(51.3 + (number % 300) / 1_000).toFixed(6)}`
      : ','
    const location = hasPlace ? `On or near Example Row ${number % 50}` : 'No Location'
    const kind = isAsb ? 'Anti-social behaviour' : number % 3 === 0 ? 'Burglary' : 'Violence and sexual offences'
    return `${id},${month},${reportedBy},${reportedBy},${place},${location},E01,Example 001A,${kind},Under investigation,`
  })
  return `${rows.join('\n')}\n`
}
