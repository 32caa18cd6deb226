import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { HELMERT_GRID, makeNationalGrid } from '../grid/national-grid.ts'
import { type Gazetteer, PLAIN_GAZETTEER } from '../lookups/location/gazetteer.ts'
import { readOstn15 } from '../lookups/location/ostn15.ts'
import { loadPlaces } from '../lookups/location/places.ts'
import type { LoadedConfig } from '../operations/config.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { placeFiles } from '../operations/place-files.ts'
import { readSample } from './read-sample.ts'
import { toReport, toTable } from './report.ts'

/** Far more than any sample: a whole SIP message is 64 KB. */
const MAX_BYTES = 1024 * 1024
const STDIN = '-'

export interface LocateParts {
  readonly args: readonly string[]
  /** Lines for whoever asked, and lines that are not of the answer. */
  readonly say: (text: string) => void
  readonly remark: (text: string) => void
  readonly stdin: AsyncIterable<Uint8Array | string>
  /** The config whose place files are used; rejects as loadConfig does. */
  readonly loadConfig: (path: string | undefined) => Promise<LoadedConfig>
}

/**
 * `callbox locate`: prints what a sample says of where its caller is, and starts nothing. Rejects with a Fault of
 * `locate.…` for what cannot be read, and with `locate.usage` for a command line that is none; for programs it says
 * the fault too.
 */
export async function runLocateCommand(parts: LocateParts): Promise<void> {
  const options = parseLocateArgs(parts.args)
  try {
    await locate(options, parts)
  } catch (thrown) {
    if (options.isJson && thrown instanceof Fault) {
      parts.say(`${JSON.stringify({ fault: { code: thrown.code, text: thrown.message } }, null, 2)}\n`)
    }
    throw thrown
  }
}

interface LocateOptions {
  readonly from: string
  readonly config: string | undefined
  readonly isJson: boolean
}

async function locate({ from, config, isJson }: LocateOptions, parts: LocateParts): Promise<void> {
  const { say, remark, stdin, loadConfig } = parts
  const sample = readSample(await bytesOf(from, stdin))
  if (sample.kind === 'unknown') throw new Fault('locate.unknown')
  if (sample.kind === 'unreadable') throw new Fault('locate.unreadable', { what: sample.what, reason: sample.reason })
  const gazetteer = sample.fixes.length === 0 ? PLAIN_GAZETTEER : await openGazetteer(config, loadConfig, remark)
  const report = toReport(sample, gazetteer)
  say(isJson ? `${JSON.stringify(report, null, 2)}\n` : toTable(report))
}

function parseLocateArgs(args: readonly string[]): LocateOptions {
  const options = { json: { type: 'boolean', default: false }, config: { type: 'string' } } as const
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options })
    const [from, ...more] = positionals
    if (from === undefined || more.length > 0) throw new Error('it takes one file, one text in quotes, or -')
    return { from, config: values.config, isJson: values.json }
  } catch (thrown) {
    throw new Fault('locate.usage', { reason: reasonOf(thrown) })
  }
}

/** A file of that name, else the words themselves; `-` is what comes in. */
async function bytesOf(from: string, stdin: LocateParts['stdin']): Promise<Uint8Array> {
  if (from === STDIN) return readBounded(stdin)
  const found = await stat(from).catch(() => undefined)
  if (found === undefined) return bounded(Buffer.from(from))
  try {
    if (!found.isFile()) throw new Error('it is no file')
    return await readBounded(createReadStream(from))
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    throw new Fault('locate.no-file', { path: from, reason: reasonOf(thrown) }, thrown)
  }
}

async function readBounded(from: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of from) {
    pieces.push(Buffer.from(piece as Uint8Array))
    bytes += piece.length
    if (bytes > MAX_BYTES) throw new Fault('locate.too-large')
  }
  return Buffer.concat(pieces)
}

function bounded(bytes: Buffer): Buffer {
  if (bytes.length > MAX_BYTES) throw new Fault('locate.too-large')
  return bytes
}

/** With the files of the config where it has some. A config nobody asked for is done without when it is broken. */
async function openGazetteer(
  path: string | undefined,
  loadConfig: LocateParts['loadConfig'],
  remark: (text: string) => void
): Promise<Gazetteer> {
  const loaded = await loadConfig(path).catch((thrown: unknown) => {
    if (path !== undefined) throw thrown
    remark(`callbox: the config is not used: ${reasonOf(thrown)}\n`)
    return undefined
  })
  if (loaded === undefined) return PLAIN_GAZETTEER
  const { ostn15, ...folders } = placeFiles(loaded)
  const read = ostn15 === undefined ? undefined : await readOstn15(ostn15)
  if (read?.kind === 'refused') remark(`callbox: ${ostn15} is not used: ${read.reason}\n`)
  const { places, faults } = await loadPlaces(folders)
  for (const fault of faults) remark(`callbox: ${fault.path} is not used: ${fault.reason}\n`)
  return { grid: read?.kind === 'read' ? makeNationalGrid(read.shifts) : HELMERT_GRID, places }
}
