import { join } from 'node:path'
import { parseLoadArgs } from './load-options.ts'
import type { LoadReport } from './report.ts'
import { toJunit } from './report-junit.ts'
import { toText } from './report-text.ts'
import { LoadRoom, type Say } from './run-load.ts'
import { checkFolder, writeWhole } from './write-report.ts'

/** Exit codes of `callbox load`: a run that failed, and one whose figures do not count. */
const EXIT = { passed: 0, failed: 1, void: 3 } as const

export interface RunningLoad {
  /** Resolves with the exit code. */
  readonly done: Promise<number>
  /** Ends it with what there is; `done` then resolves all the same. */
  readonly stop: () => void
}

/** `callbox load`, by what stands behind its name. */
export function startLoadCommand(args: readonly string[], say: Say): RunningLoad {
  const command = parseLoadArgs(args)
  if (command.kind === 'compare') throw new Error('not yet')
  const { options } = command
  const room = new LoadRoom(options, say)
  const run = async () => {
    await checkFolder(options.out)
    try {
      await room.open()
      if (room.isStopped) return EXIT.void
      const { cps, seconds, warmUpSeconds } = options
      say.line(`${cps} calls/s for ${seconds} s, after ${warmUpSeconds} s to warm up …\n`)
      const report = await room.run(cps, options.seed)
      await writeWhole(options.out, toFiles(report))
      say.line(`${toText(report)}\nreport: ${join(options.out, 'load.html')}\n`)
      return EXIT[report.verdict.kind]
    } finally {
      await room.close()
    }
  }
  return { done: run(), stop: () => room.interrupt() }
}

export function toFiles(report: LoadReport): Readonly<Record<string, string>> {
  return {
    'load.json': `${JSON.stringify(report, null, 1)}\n`,
    'load.xml': toJunit(report)
  }
}
