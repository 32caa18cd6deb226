#!/usr/bin/env node
/*
 * The one command. Plain JavaScript, because it must run before anything is installed, on Node 20: it installs what
 * is missing, builds the console where it is out of date, and runs the gateway on the Node version pinned in
 * package.json. Signals go through to the gateway, and its exit code comes back.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = resolve(fileURLToPath(import.meta.url), '../..')
const OLDEST_NODE = 20
const RUNTIME_NODE = 24
const EXIT_USAGE = 2
const EXIT_SETUP = 69
/** The same signal again within this time is the same keystroke: a terminal and npm both pass Ctrl-C on. */
const ONE_SIGNAL_MS = 300

const COMMANDS = {
  start: 'run the gateway from config/default.json, or the file in --config or CALLBOX_CONFIG',
  demo: 'run it with demo data of two forces and a switch that places calls',
  cluster: 'run two gateways, two workers and their stores on this machine, to end any of them and watch',
  worker: 'run lookups for the gateways of the same Redis and PostgreSQL, and nothing else',
  'check-config': 'read the config, list all that is wrong with it, start nothing',
  desks: 'put the positions and handlers of a file (config/desks-example.json) into the record',
  import: 'put records of a force into its record, from files: see docs/importing.md',
  'demo-data': 'write the demo data into the database and end; with --size a whole world of people and crimes',
  grants: 'list, give and end what one force lets another see',
  load: 'place calls by the clock and report what became of each: see docs/load.md',
  retention: 'what the record keeps for how long, what is held, and what is deleted by age: retention --help',
  locate: 'say where the caller of a sample is: a file, a text in quotes, or - for what comes in'
}
const NEEDS_CONSOLE = ['start', 'demo', 'cluster']
/** What the console is built from. */
const CONSOLE_SOURCES = ['src/console', 'src/sdk', 'src/delivery', 'src/pop', 'vite.config.ts', 'package-lock.json']
const CONSOLE_BUILT = 'dist/console/index.html'

const USAGE = `Usage: callbox <command> [options]

${Object.entries(COMMANDS)
  .map(([name, what]) => `  ${name.padEnd(14)}${what}`)
  .join('\n')}

  --help        this text
  --version     the version
  --config F    another config file (start, demo, worker, check-config, demo-data)
  --reset-passwords  new passwords for all handlers of the file, not only for new ones (desks)
  --no-calls    a demo or cluster whose switches place no calls of their own
  --free-ports  any free ports in place of the usual ones (cluster)
  --seed N      other demo data (7)
  --size small|large  100,000 or 1,000,000 crimes and what is around them (demo-data)
  --now TIME    as of when; the same seed and time give the same bytes (demo-data)
  --out DIR     the world as files, for the importers, and nothing into a database (demo-data)
  --desks N     desks of each force (demo: 50)

locate takes a SIP message, a PIDF-LO, an AML text or form, an EISEC frame or an eCall MSD in hex:
  --json        for programs; --config F: with the postcodes, places and grid of that config

import takes crimes, people, markers, incidents, units, postcodes or places, then files or folders:
  --force ID --source NAME   whose records they are, and of which system
  --area FILE   GeoJSON with the area of the forces: crimes outside of it are flagged
  --rejects DIR where the rows that were not taken are listed (dataDir/rejects)
  --again       also a file that was imported before; --template: a file to fill in

load has options of its own:
  --cps N --seconds N --warm-up N       calls a second, how long, and before the figures begin (50, 60)
  --mix day|storm|FILE --hold MS        what kinds of calls, and how long they talk (day, 2000)
  --handlers N --acks people|at-once    who is signed on, and how they answer (40, at-once)
  --target URL[,URL] --sip HOST:PORT    gateways that run already; none: one of its own on this machine
  --site FILE --from IP[:PORT]          who may sign on there, and where SIPp calls from
  --transport udp|tcp|tls --tls-cert F --tls-key F --any-version
  --judge goals|loss --p99 MS --seed N --out DIR     (goals, 250, 7, report/load)
  --probe HOST:PORT --probe-desks N     real desks' browsers open the console there, and are in the report
  --ramp        find the highest rate with nothing lost and p99 of the pop within --p99
  --compare A.json B.json               two reports side by side

Without an address in CALLBOX_REDIS_URL and CALLBOX_DATABASE_URL both stores are started here, in ./.callbox.
All settings: docs/configuration.md
`

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  const [command = ''] = args
  if (command === '--version') return say(`callbox ${readJson('package.json').version}\n`)
  if (command === '--help' || (command !== 'retention' && args.slice(1).includes('--help'))) return say(USAGE)
  const [major] = process.versions.node.split('.')
  if (Number(major) < OLDEST_NODE) return complain(tooOld(), EXIT_SETUP)
  if (!Object.hasOwn(COMMANDS, command)) {
    return complain(command === '' ? USAGE : `callbox: no such command: ${command}\n\n${USAGE}`, EXIT_USAGE)
  }
  const failed = await setUp(command, args)
  if (failed !== undefined) return complain(`callbox: ${failed}\n`, EXIT_SETUP)
  // What the process may take of memory that it does not need (docs/measuring.md); what is set outside goes before it.
  const env = { ...readJson('package.json').environment, ...process.env }
  return await run(runtimeNode(), [join(ROOT, 'src/main.ts'), ...args], { env })
}

/** What went wrong, in words; undefined when all is there. */
async function setUp(command, args) {
  if (!isInstalled()) {
    note('installing what package-lock.json names (npm ci)')
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const code = await run(npm, ['ci', '--no-audit', '--no-fund'], { cwd: ROOT })
    if (code !== 0) return `npm ci ended with ${code}: the lines above say why`
  }
  if (runtimeNode() === undefined) {
    return `Node ${RUNTIME_NODE} was not installed with the package node; is its install script allowed to run?`
  }
  if ((NEEDS_CONSOLE.includes(command) || args.includes('--probe')) && !isConsoleBuilt()) {
    note('building the console')
    const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
    const code = await run(runtimeNode(), [vite, 'build', '--logLevel', 'warn'], { cwd: ROOT })
    if (code !== 0) return `the console's build ended with ${code}: the lines above say why`
  }
  return undefined
}

function isInstalled() {
  const mark = join(ROOT, 'node_modules/.package-lock.json')
  return existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs
}

function isConsoleBuilt() {
  const built = join(ROOT, CONSOLE_BUILT)
  if (!existsSync(join(ROOT, 'src/console'))) return true
  if (!existsSync(built)) return false
  const builtAt = statSync(built).mtimeMs
  return CONSOLE_SOURCES.every(source => newestIn(join(ROOT, source)) <= builtAt)
}

function newestIn(path) {
  if (!existsSync(path)) return 0
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return Math.max(mtimeMs, ...readdirSync(path).map(name => newestIn(join(path, name))))
}

/** The pinned Node; this one where it is of the same version and none was installed beside us. */
function runtimeNode() {
  const pinned = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(pinned)) return pinned
  return Number(process.versions.node.split('.')[0]) >= RUNTIME_NODE ? process.execPath : undefined
}

/** Runs a command to its end; each signal to us reaches it once: the first drains it, the second stops it. */
function run(command, args, options = {}) {
  return new Promise(done => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    const lastAt = new Map()
    const pass = signal => {
      const again = performance.now() - (lastAt.get(signal) ?? -Infinity) < ONE_SIGNAL_MS
      lastAt.set(signal, performance.now())
      // In a terminal Ctrl-C has reached the child already, as one of our group.
      if (again || (signal === 'SIGINT' && process.stdin.isTTY)) return
      child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    const end = code => {
      for (const signal of signals) process.off(signal, pass)
      done(code)
    }
    child.on('error', thrown => {
      process.stderr.write(`callbox: ${command}: ${thrown.message}\n`)
      end(127)
    })
    child.on('exit', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

function tooOld() {
  return `callbox: Node ${OLDEST_NODE} or later is needed to start; this is ${process.versions.node}.
It installs the version it runs on (Node ${RUNTIME_NODE}) by itself. See https://nodejs.org/en/download
`
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}

function say(text) {
  process.stdout.write(text)
  return 0
}

function note(text) {
  process.stderr.write(`callbox: ${text}\n`)
}

function complain(text, code) {
  process.stderr.write(text)
  return code
}
