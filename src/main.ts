import { writeSync } from 'node:fs'
import { constants } from 'node:os'
import { parseArgs } from 'node:util'
import {
  type CommandOptions,
  type Running,
  runCheckConfig,
  runCluster,
  runDemo,
  runDesks,
  runLoad,
  runLocate,
  runStart,
  runWorker,
  UsageFault
} from './commands.ts'
import { runDemoData, runGrants, runImport, runRetentionOf } from './known-commands.ts'
import { ConfigFault } from './operations/config-validate.ts'
import { Fault, reasonOf } from './operations/errors.ts'
import { after } from './operations/lifecycle.ts'
import type { WrittenLog } from './operations/log.ts'
import { remedyFor } from './operations/remedy.ts'

/*
 * The process: its command line, its signals, its exit codes (sysexits.h). The first signal drains, the second stops
 * at once. Whatever ends the process says so before: here, and in the log.
 */

const EXIT = { usage: 2, data: 65, unavailable: 69, bug: 70, again: 75, config: 78 } as const
/** The same signal again within this time is one keystroke: a terminal, npm and the launcher may each pass it on. */
const ONE_SIGNAL_MS = 300
/** After a bug what is under way has this long; then the process ends, whatever is left. */
const BUG_DRAIN_MS = 5_000

const logs: WrittenLog[] = []
let starting: Promise<void> | undefined
let running: Running | undefined
let stopping: Promise<void> | undefined
let signalledAt = Number.NEGATIVE_INFINITY
let isSaid = false

function say(text: string): void {
  process.stdout.write(text)
}

function end(code: number, why: string): never {
  isSaid = true
  for (const log of logs) {
    if (code === 0) log.info('process.end', { status: code, reason: why })
    else log.error('process.end', { status: code, reason: why })
    log.flush()
  }
  process.exit(code)
}

const OPTIONS = {
  config: { type: 'string' },
  seed: { type: 'string', default: '7' },
  'reset-passwords': { type: 'boolean', default: false },
  'no-calls': { type: 'boolean', default: false },
  'free-ports': { type: 'boolean', default: false },
  desks: { type: 'string' },
  size: { type: 'string' },
  now: { type: 'string' },
  out: { type: 'string' }
} as const

/** Commands whose options are their own. */
const READS_ITSELF = new Set(['load', 'locate', 'import', 'grants', 'retention'])

function readOptions(all: readonly string[]): { command: string; options: CommandOptions } {
  const args = READS_ITSELF.has(all[0] ?? '') ? all.slice(0, 1) : all
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  const [command = '', file, ...more] = positionals
  if (file !== undefined && command !== 'desks') more.unshift(file)
  if (more.length > 0) throw new Error(`unexpected: ${more.join(' ')}`)
  const options: CommandOptions = {
    ...(values.config === undefined ? {} : { config: values.config }),
    ...(file === undefined ? {} : { file }),
    resetPasswords: values['reset-passwords'],
    seed: wholeNumber('seed', values.seed),
    noCalls: values['no-calls'],
    freePorts: values['free-ports'],
    ...(values.desks === undefined ? {} : { desks: wholeNumber('desks', values.desks) }),
    ...definedOf({ size: values.size, now: values.now, out: values.out }),
    args: all.slice(1),
    say,
    onRunning: lasting => {
      running = lasting
    },
    onLog: log => logs.push(log)
  }
  return { command, options }
}

function definedOf(values: Readonly<Record<'size' | 'now' | 'out', string | undefined>>): Partial<CommandOptions> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`--${name} takes a whole number above 0, not ${text}`)
  return Number(text)
}

/** Commands that end by themselves, some of them with an exit code of their own. */
const ONCE: Readonly<Record<string, (options: CommandOptions) => Promise<unknown>>> = {
  'check-config': runCheckConfig,
  'demo-data': runDemoData,
  desks: runDesks,
  grants: runGrants,
  import: runImport,
  load: runLoad,
  locate: runLocate,
  retention: runRetentionOf
}

/** Commands that run until a signal. */
const LASTING: Readonly<Record<string, (options: CommandOptions) => Promise<Running>>> = {
  start: runStart,
  demo: runDemo,
  worker: runWorker,
  cluster: runCluster
}

async function main({ command, options }: ReturnType<typeof readOptions>): Promise<void> {
  const once = ONCE[command]
  const lasting = LASTING[command]
  if (lasting !== undefined) running = await lasting(options)
  else if (once !== undefined) {
    const code = await once(options)
    end(typeof code === 'number' ? code : 0, 'done')
  } else usage(`no such command: ${command}`)
}

function usage(text: string): never {
  process.stderr.write(`callbox: ${text}\nTry: callbox --help\n`)
  end(EXIT.usage, 'command line not understood')
}

function onSignal(signal: NodeJS.Signals): void {
  if (performance.now() - signalledAt < ONE_SIGNAL_MS) return
  signalledAt = performance.now()
  if (stopping !== undefined) end(128 + constants.signals[signal], `${signal}, the second signal`)
  process.stderr.write(`\n${signal}: draining; once more stops at once\n`)
  stopping = stopRunning().then(
    () => end(0, `${signal}, drained`),
    thrown => {
      running?.log.fault('process.stop', thrown)
      process.stderr.write(`callbox: ${reasonOf(thrown)}\n`)
      end(EXIT.bug, `${signal}, and not everything stopped`)
    }
  )
}

/** What is still starting is stopped when it has started: half a start cannot be stopped. */
async function stopRunning(): Promise<void> {
  if (running === undefined) await starting?.catch(reasonOf)
  await running?.stop()
  // A command that ends by itself has its last words, and ends the process with a code of its own.
  await starting?.catch(reasonOf)
}

/** A bug: nothing is known any more, so the process ends, after what is under way has had its chance. */
function onBug(thrown: unknown): void {
  process.stderr.write(`callbox: process.bug: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
  running?.log.fault('process.bug', new Fault('process.bug', {}, thrown))
  after(BUG_DRAIN_MS, () => end(EXIT.bug, 'a bug; not everything stopped in time'))
  void (running?.stop() ?? Promise.resolve()).catch(reasonOf).then(() => end(EXIT.bug, 'a bug'))
}

/** A gateway whose last socket and timer are gone serves nobody, and would end with 0 as if it had been asked to. */
function onNothingLeft(): void {
  if (running !== undefined && stopping === undefined && !isSaid) onBug(new Error('nothing is left to run'))
}

/** Not by way of `end`: somebody else called it, or a fault broke off the handling of a fault. */
function onExit(code: number): void {
  if (isSaid) return
  try {
    writeSync(2, `callbox: the process ends with ${code}, and nobody said why\n`)
  } catch {
    // Nobody reads what we write.
  }
  for (const log of logs) {
    log.error('process.end', { status: code, reason: 'nobody said why' })
    log.flush()
  }
}

async function onStartFault(thrown: unknown): Promise<void> {
  if (thrown instanceof UsageFault) usage(thrown.message)
  if (!(thrown instanceof Fault)) return onBug(thrown)
  const list = thrown instanceof ConfigFault ? `\n${thrown.list()}` : ''
  const cause = thrown.cause === undefined ? '' : ` (${reasonOf(thrown.cause)})`
  const remedy = await remedyFor(thrown.code)
  process.stderr.write(
    `callbox: ${thrown.code}: ${thrown.message}${cause}${list}\n${remedy === '' ? '' : `What to do: ${remedy}\n`}`
  )
  if (/^(?:load\.options|(?:locate|import|retention)\.usage)$/.test(thrown.code)) end(EXIT.usage, thrown.code)
  if (thrown.code === 'import.in-use') end(EXIT.again, thrown.code)
  if (/^(?:(?:locate|import)\.|retention\.(?:unknown|no-hold)$)/.test(thrown.code)) end(EXIT.data, thrown.code)
  end(/^(config|desks|worker)\./.test(thrown.code) ? EXIT.config : EXIT.unavailable, thrown.code)
}

/** The terminal or the reader of our pipe is gone. Nobody is there to be told, and no call depends on it. */
function onOutputGone(): void {}

process.stdout.on('error', onOutputGone)
process.stderr.on('error', onOutputGone)
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
// The terminal is gone. The system would end us here without a word, and with calls under way.
process.on('SIGHUP', onSignal)
process.on('beforeExit', onNothingLeft)
process.on('exit', onExit)
process.on('uncaughtException', onBug)
process.on('unhandledRejection', onBug)
let request: ReturnType<typeof readOptions>
try {
  request = readOptions(process.argv.slice(2))
} catch (thrown) {
  usage(reasonOf(thrown))
}
starting = main(request)
starting.catch(onStartFault)
