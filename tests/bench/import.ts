/*
 * `node tests/bench/import.ts [ROWS]`: `callbox import crimes` of a file with a million rows into an empty record,
 * and what PostgreSQL itself needs for the same with COPY: the file as it is into a table without an index, and the
 * very rows that were imported into a table with the same indexes, which nothing that keeps them can undercut.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { startPostgresServer } from '../../src/operations/embedded/postgres-server.ts'
import { ReleaseStack } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makePool, untilPostgres } from '../../src/operations/postgres.ts'
import { migrate } from '../../src/records/migrate.ts'
import { STREET_HEAD, streetRows } from '../support/import-run.ts'
import { sharedData } from '../support/shared-data.ts'

const CALLBOX = resolve(import.meta.dirname, '../../bin/callbox.mjs')
const MONTH = '2025-01-thames-valley-street.csv'
const GENERATED_AT_ONCE = 10_000
/** Of Linux. */
const TICKS_A_SECOND = 100
const GIGABYTE_MS = 600_000

const rows = Number(process.argv[2] ?? 1_000_000)
const releases = new ReleaseStack()
try {
  await bench()
} finally {
  await releases.release(60_000)
}

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  releases.push('folder', () => rm(folder, { recursive: true, force: true }))
  const out = join(folder, 'out')
  await mkdir(out)
  // PostgreSQL is another user where this runs as root.
  await chmod(folder, 0o755)
  await chmod(out, 0o777)
  const file = join(folder, MONTH)
  const made = await makeFile(file)
  console.log(`${rows.toLocaleString('en-GB')} rows, ${Math.round((await stat(file)).size / 1e6)} MB, ${made}`)
  const server = await startPostgresServer({ dataDir: folder, log: silentLog })
  releases.push('PostgreSQL', server.stop)
  const pool = makePool({ url: server.url, name: 'bench', max: 1, statementMs: GIGABYTE_MS, log: silentLog })
  releases.push('pool', () => pool.end())
  await untilPostgres(pool, server.url, 30_000)
  await migrate(pool, silentLog)
  // One link from first to last: the pool closes one that is idle while callbox imports.
  const client = await pool.connect()
  releases.push('link', () => client.release(true))
  const { rows: pids } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = pids[0]?.pid ?? 0
  const timed = async (name: string, run: () => Promise<unknown>) => {
    await client.query('checkpoint')
    const [startedAt, cpuBefore] = [performance.now(), await serverCpu(backend)]
    await run()
    const seconds = (performance.now() - startedAt) / 1_000
    const cpu = (await serverCpu(backend)) - cpuBefore
    console.log(`${name.padEnd(56)} ${seconds.toFixed(1).padStart(6)} s, of PostgreSQL's processor ${cpu.toFixed(1)} s`)
    return { seconds, cpu }
  }
  const columns = STREET_HEAD.split(',').map((_, at) => `c${at} text`)
  await client.query(`create table street (${columns.join(', ')})`)
  const bare = await timed('COPY of the file, no index', () => client.query(`copy street from '${file}' csv header`))
  await client.query('drop table street')
  let words = ''
  const imported = await timed('callbox import crimes', async () => {
    words = await callbox(['import', 'crimes', file], server.url)
  })
  await client.query(`copy crime to '${out}/rows'`)
  await client.query('create table twin (like crime including all)')
  const same = await timed('COPY of the rows imported, with the indexes of crime', () =>
    client.query(`copy twin from '${out}/rows'`)
  )
  console.log(words.trim().split('\n').slice(-2).join('\n'))
  const ratio = (of: typeof bare) =>
    `${(imported.seconds / of.seconds).toFixed(2)} in time, ${(imported.cpu / of.cpu).toFixed(2)} in PostgreSQL's processor`
  console.log(`import to the bare COPY: ${ratio(bare)}`)
  console.log(`import to COPY with the indexes: ${ratio(same)}`)
}

/**
 * Seconds of processor: of this link's server process, and of all that have ended. It holds also where others keep the
 * machine busy.
 */
async function serverCpu(backend: number): Promise<number> {
  const read = async (pid: number) => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  const own = await read(backend)
  const parent = await read(Number(own[1]))
  const ticks = [own[11], own[12], parent[13], parent[14]].map(Number).reduce((sum, each) => sum + each, 0)
  return ticks / TICKS_A_SECOND
}

/** The real rows again and again, each time with other ids; generated ones where there are none. */
async function makeFile(path: string): Promise<string> {
  const file = createWriteStream(path)
  const write = (text: string) => (file.write(text) ? undefined : new Promise<void>(go => file.once('drain', go)))
  await write(`${STREET_HEAD}\n`)
  const folder = sharedData('police-street-crime')
  let count = 0
  for (let round = 0; folder !== undefined && count < rows; round += 1) {
    for (const name of (await readdir(folder)).filter(each => each.includes('thames'))) {
      const lines = createInterface({ input: createReadStream(join(folder, name)).pipe(createGunzip()) })
      let isHead = true
      for await (const line of lines) {
        if (!isHead && count < rows) {
          count += 1
          await write(`${round === 0 ? line : withOtherId(line, round)}\n`)
        }
        isHead = false
      }
    }
  }
  for (; count < rows; count += GENERATED_AT_ONCE) await write(streetRows(GENERATED_AT_ONCE, { from: count }))
  file.end()
  await finished(file)
  return folder === undefined
    ? 'generated: no ../shared/data/police-street-crime'
    : 'real ones of Thames Valley, repeated with other ids'
}

function withOtherId(line: string, round: number): string {
  const comma = line.indexOf(',')
  if (comma === 0) return line
  return (
    createHash('sha256')
      .update(`${round} ${line.slice(0, comma)}`)
      .digest('hex') + line.slice(comma)
  )
}

async function callbox(args: readonly string[], url: string): Promise<string> {
  const child = spawn(process.execPath, [CALLBOX, ...args], { env: { ...process.env, CALLBOX_DATABASE_URL: url } })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (text += String(piece)))
  const code = await new Promise(end => child.once('close', end))
  if (code !== 0) throw new Error(`callbox ended with ${code}: ${text}`)
  return text
}
