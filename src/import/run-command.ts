import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type pg from 'pg'
import { makeNationalGrid, type NationalGrid } from '../grid/national-grid.ts'
import { PUBLISHED_SOURCE } from '../lookups/crimes.ts'
import { readOstn15 } from '../lookups/location/ostn15.ts'
import type { LoadedConfig } from '../operations/config.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { placeFiles } from '../operations/place-files.ts'
import { withConnection } from '../operations/postgres.ts'
import { countAllCrimes } from '../records/crime-counts.ts'
import { isPublishedHead } from '../records/import/crime-row.ts'
import { type ForceArea, parseArea } from '../records/import/force-area.ts'
import {
  type FileReport,
  type FileToImport,
  type ImportParts,
  importFile,
  type RecordImport
} from '../records/import/import-file.ts'
import { lockImports } from '../records/import/import-runs.ts'
import { rowsOf } from '../records/import/record-file.ts'
import { makePublishedImport, makeRecordImport } from '../records/import/record-imports.ts'
import type { RecordKind } from '../records/import/record-schemas.ts'
import { RejectFile } from '../records/import/reject-file.ts'
import { ForceNames } from './force-names.ts'
import { type ImportOptions, isPlaceKind, parseImportArgs } from './import-options.ts'
import { toLine, toProgress, toTotals } from './import-words.ts'
import { findFiles } from './input-files.ts'
import { putPlaceFiles } from './place-import.ts'
import { templateOf } from './template.ts'

export interface ImportCommandParts {
  /** A line for people, and one that is written over while a file is read. */
  readonly say: { readonly line: (text: string) => void; readonly progress: (text: string) => void }
  readonly loadConfig: (path: string | undefined) => Promise<LoadedConfig>
  /** The record of that config, for as long as `run` takes. */
  readonly withDatabase: <T>(loaded: LoadedConfig, run: (pool: pg.Pool) => Promise<T>) => Promise<T>
}

/** sysexits.h: rows were rejected, or files could not be read; stopped, and to be run again. */
const [EXIT_DATA, EXIT_AGAIN] = [65, 75]
const PROGRESS_MS = 500
/** In place of a force in the name of a run whose rows each say theirs. */
const BY_ROW = '*'

/**
 * `callbox import`: `done` resolves with an exit code, or rejects with a Fault. `stop` ends it after the batch under
 * way; the next run of the same files goes on from there.
 */
export function startImportCommand(
  args: readonly string[],
  parts: ImportCommandParts
): { readonly done: Promise<number>; readonly stop: () => void } {
  const abort = new AbortController()
  return { done: run(parseImportArgs(args), parts, abort.signal), stop: () => abort.abort() }
}

async function run(options: ImportOptions, parts: ImportCommandParts, signal: AbortSignal): Promise<number> {
  const { kind } = options
  if (options.template) {
    parts.say.line(templateOf(kind))
    return 0
  }
  const loaded = await parts.loadConfig(options.config)
  if (isPlaceKind(kind)) return putPlaceFiles(kind, options.paths, loaded, parts.say.line)
  const { files, passedOver } = await findFiles(options.paths)
  if (passedOver > 0) parts.say.line(`${passedOver} files that are no street crimes are passed over.\n`)
  const plan = await makePlan({ ...options, kind }, loaded, parts.say.line)
  return parts.withDatabase(loaded, async pool => {
    const exitCode = await withConnection(pool, async client => {
      // It goes with the connection, which ends with this.
      if (!(await lockImports(client, kind))) throw new Fault('import.in-use', { kind })
      return importAll(files, plan, { client, parts, signal })
    })
    // Also where nothing is new: a run that was killed may have written rows that nobody has counted.
    if (kind === 'crimes' && !signal.aborted) await count(pool, parts.say)
    return exitCode
  })
}

async function count(pool: pg.Pool, { line, progress }: ImportCommandParts['say']): Promise<void> {
  const startedAt = performance.now()
  progress('counting crimes by place …')
  await countAllCrimes(pool)
  line(`Crimes counted by place, for calls to see, in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.\n`)
}

interface Plan {
  readonly kind: RecordKind
  readonly options: ImportOptions
  readonly loaded: LoadedConfig
  readonly names: ForceNames
  readonly grid: NationalGrid
  readonly areas: ReadonlyMap<string, ForceArea>
}

async function makePlan(
  options: ImportOptions & { readonly kind: RecordKind },
  loaded: LoadedConfig,
  line: (text: string) => void
): Promise<Plan> {
  const { forces } = loaded.config
  const { force, kind } = options
  if (force !== undefined && !forces.some(({ id }) => id === force)) {
    throw new Fault('import.usage', { reason: `--force ${force} is none of ${forces.map(({ id }) => id).join(', ')}` })
  }
  const { ostn15 } = placeFiles(loaded)
  const shifts = ostn15 === undefined ? undefined : await readOstn15(ostn15)
  if (shifts?.kind === 'refused') line(`${ostn15} is not used: ${shifts.reason}\n`)
  const grid = makeNationalGrid(shifts?.kind === 'read' ? shifts.shifts : undefined)
  const areas = kind === 'crimes' ? await readAreas(options, loaded, line) : new Map<string, ForceArea>()
  return { ...{ kind, options, loaded, grid, areas }, names: new ForceNames(forces) }
}

async function readAreas(
  { area, force }: ImportOptions,
  { config, path }: LoadedConfig,
  line: (text: string) => void
): Promise<ReadonlyMap<string, ForceArea>> {
  const areas = new Map<string, ForceArea>()
  for (const { id, name, publishedAs, areaFile } of config.forces) {
    if (force !== undefined && force !== id) continue
    const file = area ?? (areaFile === undefined ? undefined : resolve(dirname(path), areaFile))
    if (file === undefined) {
      line(`No area of ${id} is given (--area, or areaFile in the config): none of its rows is flagged as outside.\n`)
      continue
    }
    const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
      throw new Fault('import.area', { path: file, reason: reasonOf(thrown) }, thrown)
    })
    const read = parseArea(text, [id, name, ...publishedAs])
    if (read.kind === 'refused') throw new Fault('import.area', { path: file, reason: `it ${read.reason} (${id})` })
    areas.set(id, read.area)
  }
  return areas
}

interface Work {
  readonly client: pg.ClientBase
  readonly parts: ImportCommandParts
  readonly signal: AbortSignal
}

async function importAll(files: readonly string[], plan: Plan, { client, parts, signal }: Work): Promise<number> {
  const { say } = parts
  const startedAt = performance.now()
  let [rows, done, written, hasBad, isStopped] = [0, 0, 0, false, false]
  for (const path of files) {
    if (signal.aborted) isStopped = true
    if (isStopped) break
    const report = await importOne(path, plan, { client, parts, signal }).catch((thrown: unknown) => {
      if (!(thrown instanceof Fault) || thrown.code !== 'import.unreadable') throw thrown
      // The other files are as good as before.
      say.line(`${basename(path)}: ${thrown.message}\n`)
      hasBad = true
      return undefined
    })
    if (report === undefined) continue
    done += 1
    if (report.result !== 'already') rows += report.rows
    written += report.run.added + report.run.changed
    if (report.rejected > 0) hasBad = true
    if (report.result === 'stopped') isStopped = true
  }
  if (written > 0) await client.query(`analyze ${TABLES[plan.kind]}`)
  const tookMs = performance.now() - startedAt
  say.line(toTotals({ files: done, rows, tookMs, maxRssKilobytes: process.resourceUsage().maxRSS }))
  if (isStopped) say.line('Stopped; the same command goes on from here.\n')
  return isStopped ? EXIT_AGAIN : hasBad ? EXIT_DATA : 0
}

/** Without it PostgreSQL plans for the table as it was, until its own daemon comes round. */
const TABLES: Readonly<Record<RecordKind, string>> = {
  crimes: 'crime',
  people: 'person, address, number_link, person_address',
  markers: 'marker',
  incidents: 'incident',
  units: 'unit'
}

async function importOne(path: string, plan: Plan, { client, parts, signal }: Work): Promise<FileReport> {
  const { kind, options, loaded } = plan
  const { say } = parts
  const { force, source, start } = await recordsOf(path, plan)
  const folder = options.rejects ?? join(loaded.config.dataDir, 'rejects')
  const rejects = new RejectFile(resolve(folder, rejectsName(path, kind)))
  const startedAt = performance.now()
  let saidAt = Number.NEGATIVE_INFINITY
  const onProgress: ImportParts['onProgress'] = progress => {
    const now = performance.now()
    if (now - saidAt < PROGRESS_MS) return
    saidAt = now
    say.progress(toProgress(path, progress, now - startedAt))
  }
  const file = { path, kind, force, source, again: options.again }
  try {
    const report = await start(file, rejects, { client, signal, now: () => Date.now(), onProgress })
    say.line(toLine(path, report))
    return report
  } finally {
    await rejects.close().catch((thrown: unknown) => {
      throw new Fault('import.rejects', { path: rejects.path, reason: reasonOf(thrown) }, thrown)
    })
    if (rejects.count > 0) say.line(`  rejected rows, by line and reason: ${rejects.path}\n`)
  }
}

/** The same file gives the same name, two of the same name in different folders do not. */
function rejectsName(path: string, kind: string): string {
  const mark = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 8)
  return `${kind}-${basename(path)}-${mark}.csv`
}

interface Records {
  readonly force: string
  readonly source: string
  readonly start: (file: FileToImport, rejects: RejectFile, io: ImportParts) => Promise<FileReport>
}

function starting<T>(records: RecordImport<T>): Records['start'] {
  return (file, rejects, io) => importFile(file, records, rejects, io)
}

/**
 * How the rows of this file are read: crimes as data.police.uk publishes them by their own columns, all else by ours.
 */
async function recordsOf(path: string, { kind, options, loaded, names, grid, areas }: Plan): Promise<Records> {
  const areaOf = (force: string) => areas.get(force)
  if (kind === 'crimes' && (await isPublished(path))) {
    const ofFile = names.ofFile(path)
    const forceOf = (reportedBy: string) => options.force ?? names.find(reportedBy) ?? ofFile
    const source = options.source ?? PUBLISHED_SOURCE
    const start = starting(makePublishedImport({ source, grid, areaOf, forceOf }))
    return { force: options.force ?? BY_ROW, source, start }
  }
  const { source } = options
  const [only, ...more] = loaded.config.forces
  const force = options.force ?? (more.length === 0 ? only?.id : undefined)
  if (force === undefined) throw new Fault('import.usage', { reason: `say whose ${kind} these are: --force` })
  if (source === undefined) {
    throw new Fault('import.usage', { reason: `say which system ${basename(path)} is of: --source` })
  }
  return { force, source, start: starting(makeRecordImport(kind, { force, source, grid, areaOf })) }
}

async function isPublished(path: string): Promise<boolean> {
  try {
    for await (const { rows } of rowsOf(path)) {
      const [head] = rows
      if (head !== undefined) return 'fields' in head && isPublishedHead(head.fields)
    }
    return false
  } catch (thrown) {
    throw new Fault('import.unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}
