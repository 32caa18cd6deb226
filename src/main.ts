import { parseArgs } from 'node:util'
import { type CommandOptions, type Running, runCheckConfig, runDemo, runStart } from './commands.ts'
import { ConfigFault } from './operations/config-validate.ts'
import { Fault, reasonOf } from './operations/errors.ts'
import { after } from './operations/lifecycle.ts'
import type { WrittenLog } from './operations/log.ts'
import { remedyFor } from './operations/remedy.ts'

/*
 * The process: its command line, its signals, its exit codes (sysexits.h). The first signal drains, the second stops
 * at once.
 */

const EXIT = { usage: 2, unavailable: 69, bug: 70, config: 78 } as const
/** After a bug what is under way has this long; then the process ends, whatever is left. */
const BUG_DRAIN_MS = 5_000
const DEFAULT_SEED = 7

const logs: WrittenLog[] = []
let running: Running | undefined
let stopping: Promise<void> | undefined

function say(text: string): void {
  process.stdout.write(text)
}

function end(code: number): never {
  for (const log of logs) log.flush()
  process.exit(code)
}

async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, seed: { type: 'string' } }
  })
  const options: CommandOptions = {
    ...(values.config === undefined ? {} : { config: values.config }),
    seed: Number.parseInt(values.seed ?? '', 10) || DEFAULT_SEED,
    say,
    onLog: log => logs.push(log)
  }
  switch (positionals[0]) {
    case 'start':
      running = await runStart(options)
      return
    case 'demo':
      running = await runDemo(options)
      return
    case 'check-config':
      await runCheckConfig(options)
      end(0)
      break
    default:
      process.stderr.write(`callbox: no such command: ${positionals[0] ?? ''}\n`)
      end(EXIT.usage)
  }
}

function onSignal(signal: NodeJS.Signals): void {
  if (stopping !== undefined) end(128 + (signal === 'SIGINT' ? 2 : 15))
  process.stderr.write(`\n${signal}: draining; once more stops at once\n`)
  stopping = (running?.stop() ?? Promise.resolve()).then(
    () => end(0),
    thrown => {
      running?.log.fault('process.stop', thrown)
      process.stderr.write(`callbox: ${reasonOf(thrown)}\n`)
      end(EXIT.bug)
    }
  )
}

/** A bug: nothing is known any more, so the process ends, after what is under way has had its chance. */
function onBug(thrown: unknown): void {
  process.stderr.write(`callbox: process.bug: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
  running?.log.fault('process.bug', new Fault('process.bug', {}, thrown))
  after(BUG_DRAIN_MS, () => end(EXIT.bug))
  void (running?.stop() ?? Promise.resolve()).catch(reasonOf).then(() => end(EXIT.bug))
}

async function onStartFault(thrown: unknown): Promise<void> {
  if (!(thrown instanceof Fault)) return onBug(thrown)
  const list = thrown instanceof ConfigFault ? `\n${thrown.list()}` : ''
  const cause = thrown.cause === undefined ? '' : ` (${reasonOf(thrown.cause)})`
  const remedy = await remedyFor(thrown.code)
  process.stderr.write(
    `callbox: ${thrown.code}: ${thrown.message}${cause}${list}\n${remedy === '' ? '' : `What to do: ${remedy}\n`}`
  )
  end(thrown.code.startsWith('config.') ? EXIT.config : EXIT.unavailable)
}

process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
process.on('uncaughtException', onBug)
process.on('unhandledRejection', onBug)
main(process.argv.slice(2)).catch(onStartFault)
