import { resolve } from 'node:path'
import { type CommandOptions, toSay, UsageFault } from './commands.ts'
import { withDatabase } from './gateway.ts'
import { DEMO_CONFIG, loadConfig } from './operations/config.ts'
import { reasonOf } from './operations/errors.ts'
import { keepHeapSmall } from './operations/heap.ts'
import { openLog } from './operations/log.ts'
import { writeDemoData } from './records/demo-rows.ts'
import { grantText, parseGrant } from './records/grant-words.ts'
import { endGrant, giveGrant, listGrants } from './records/grants.ts'
import { parseTime } from './records/import/record-values.ts'
import { writeWorld } from './records/world-rows.ts'
import { makeDemoData } from './simulator/demo-data.ts'
import { makeWorld, WORLD_SIZES, worldTables } from './simulator/demo-world.ts'
import { writeWorldFiles } from './simulator/world-files.ts'

/* Commands about what is known: a made-up world, what the forces let each other see of theirs, imports and retention. */

/** Rows go in by the thousand: of so many of a table one line of progress is written. */
const PROGRESS_ROWS = 50_000

/**
 * `callbox demo-data`: the demo's desks and callers into the database of a config; with `--size` a world of people,
 * crimes, incidents and units around them, or with `--out` that world as files and nothing into a database.
 */
export async function runDemoData(options: CommandOptions): Promise<void> {
  const { config, seed, say, onLog, out } = options
  const now = readNow(options.now)
  const size = options.size === undefined ? undefined : sizeOf(options.size)
  if (out !== undefined) {
    await writeWorldFiles(makeWorld(seed, now, size ?? WORLD_SIZES.small), resolve(out), (path, rows) =>
      say(`${path}  ${rows.toLocaleString('en-GB')} lines\n`)
    )
    return
  }
  const loaded = await loadConfig({ path: config ?? DEMO_CONFIG })
  const log = openLog('silent')
  onLog(log)
  await withDatabase(loaded, log, async pool => {
    const isNew = await writeDemoData(pool, () => makeDemoData(seed, now))
    say(isNew ? 'Demo data written.\n' : 'There are handlers in this database already; none were written.\n')
    if (size === undefined) return
    const began = performance.now()
    const isWritten = await writeWorld(pool, worldTables(seed, now, size), progressIn(say))
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    say(
      isWritten
        ? `\nWorld written in ${seconds} s.\n`
        : 'There are crimes in this database already; no world was written.\n'
    )
  })
}

/** In a terminal one line for each table that is written over; elsewhere a line now and then. */
function progressIn(say: (text: string) => void): (table: string, count: number) => void {
  let last = ''
  let told = 0
  return (table, count) => {
    if (table !== last) {
      say(last === '' ? '' : '\n')
      told = 0
    }
    const text = `${table.padEnd(18)}${count.toLocaleString('en-GB').padStart(12)}`
    if (process.stdout.isTTY) say(`\r\u001b[K${text}`)
    else if (table !== last || count - told >= PROGRESS_ROWS) {
      say(`${text}\n`)
      told = count
    }
    last = table
  }
}

function sizeOf(name: string): (typeof WORLD_SIZES)[keyof typeof WORLD_SIZES] {
  if (name !== 'small' && name !== 'large') throw new UsageFault(`--size is small or large, not ${name}`)
  return WORLD_SIZES[name]
}

/** The whole of a day as it stands where no time is named, so that the same command gives the same bytes. */
function readNow(text: string | undefined): number {
  if (text === undefined) return Date.now()
  const read = parseTime('--now', text)
  if (read.kind === 'bad') throw new UsageFault(read.reason)
  return read.value
}

/** `callbox grants`: what one force lets another see; listed, given under a name, or ended. */
export async function runGrants({ config, args, say, onLog }: CommandOptions): Promise<void> {
  const asked = parseGrant(args, Date.now())
  if (asked.kind === 'help') return say(asked.text)
  if (asked.kind === 'refused') throw new UsageFault(asked.why)
  const path = asked.config ?? config
  const loaded = await loadConfig(path === undefined ? {} : { path })
  const known = loaded.config.forces.map(({ id }) => id)
  const log = openLog('silent')
  onLog(log)
  await withDatabase(loaded, log, async pool => {
    if (asked.kind === 'list') {
      const grants = await listGrants(pool)
      say(grants.length === 0 ? 'Nothing is granted.\n' : grants.map(grant => grantText(grant, Date.now())).join(''))
    } else if (asked.kind === 'end') {
      if (!(await endGrant(pool, asked.name, Date.now()))) throw new UsageFault(`no grant called ${asked.name} holds`)
      say(`${asked.name} has ended.\n`)
    } else {
      const { owner, to, name } = asked.grant
      const strange = [owner, to].find(force => !known.includes(force))
      if (strange !== undefined)
        throw new UsageFault(`${strange} is none of the forces of this config: ${known.join(', ')}`)
      if (!(await giveGrant(pool, asked.grant))) throw new UsageFault(`there is or was a grant called ${name} already`)
      say(grantText(asked.grant, Date.now()))
    }
  })
}

/** `callbox retention show|run|hold|release`: what the record keeps, and for how long. */
export async function runRetentionOf({ args, say, onLog, onRunning }: CommandOptions): Promise<void> {
  const { runRetentionCommand } = await import('./retention/run-command.ts')
  const log = openLog('silent')
  onLog(log)
  let isStopped = false
  onRunning?.({
    log,
    stop: async () => {
      isStopped = true
    }
  })
  await runRetentionCommand({
    ...{ args, say: toSay(say), now: () => Date.now(), isStopped: () => isStopped },
    withRecord: async (path, run) => {
      const loaded = await loadConfig(path === undefined ? {} : { path })
      await withDatabase(loaded, log, pool => run(pool, loaded.config))
    }
  })
}

/**
 * `callbox import KIND FILES`: records of a force from files, into the record of a config. Resolves with an exit code.
 */
export async function runImport({ args, say, onLog, onRunning }: CommandOptions): Promise<number> {
  const { startImportCommand } = await import('./import/run-command.ts')
  const log = openLog('silent')
  onLog(log)
  keepHeapSmall()
  const { done, stop } = startImportCommand(args, {
    say: toSay(say),
    loadConfig: path => loadConfig(path === undefined ? {} : { path }),
    withDatabase: (loaded, run) => withDatabase(loaded, log, run)
  })
  const stopped = async () => {
    stop()
    await done.catch(reasonOf)
  }
  onRunning?.({ log, stop: stopped })
  return done
}
