import { basename, join } from 'node:path'
import { toComparePage, toCompareText } from './compare.ts'
import { CALLS_PER_HANDLER, type LoadOptions, parseLoadArgs } from './load-options.ts'
import { nextRate, reportOfRamp, toStep } from './ramp.ts'
import { type LoadReport, readReport } from './report.ts'
import { toHtml } from './report-html.ts'
import { toJunit } from './report-junit.ts'
import { toText } from './report-text.ts'
import { LoadRoom, type Say } from './run-load.ts'
import { inMs } from './verdict.ts'
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
  if (command.kind === 'compare') return { done: compare(command.files, command.out, say), stop: () => {} }
  const { options } = command
  const room = new LoadRoom(options, say)
  const run = async () => {
    await checkFolder(options.out)
    try {
      await room.open()
      const report = room.isStopped ? undefined : await (command.kind === 'ramp' ? ramp : once)(room, options, say)
      // Ended by hand before the first call: there is nothing to report.
      if (report === undefined || report.accounts.offered === 0) return EXIT.void
      await writeWhole(options.out, await toFiles(report))
      say.line(`${toText(report)}\nreport: ${join(options.out, 'load.html')}\n`)
      return EXIT[report.verdict.kind]
    } finally {
      await room.close()
    }
  }
  return { done: run(), stop: () => room.interrupt() }
}

function once(room: LoadRoom, { cps, seconds, warmUpSeconds, seed }: LoadOptions, say: Say): Promise<LoadReport> {
  say.line(`${cps} calls/s for ${seconds} s, after ${warmUpSeconds} s to warm up …\n`)
  return room.run(cps, seed)
}

async function ramp(room: LoadRoom, options: LoadOptions, say: Say): Promise<LoadReport | undefined> {
  const rates = { first: options.cps, most: options.handlers * CALLS_PER_HANDLER[options.acks] }
  const reports: LoadReport[] = []
  for (;;) {
    const cps = room.isStopped ? undefined : nextRate(reports.map(toStep), rates)
    if (cps === undefined) return reportOfRamp(reports)
    say.line(`${cps} calls/s for ${options.seconds} s …\n`)
    const report = await room.run(cps, options.seed + reports.length)
    reports.push(report)
    const { lost, p99, why } = toStep(report)
    say.line(
      `${cps} calls/s: ${lost} lost, p99 ${inMs(p99)}: ${why.length === 0 ? 'held' : `not held, ${why.join('; ')}`}\n`
    )
  }
}

async function compare(files: readonly [string, string], out: string, say: Say): Promise<number> {
  const [one, other] = files
  const isSameName = basename(one) === basename(other)
  const named = (path: string, report: LoadReport) => ({ name: isSameName ? path : basename(path), report })
  const pair = [named(one, await readReport(one)), named(other, await readReport(other))] as const
  const text = toCompareText(...pair)
  await writeWhole(out, { 'compare.html': await toComparePage(...pair), 'compare.txt': text })
  say.line(`${text}\nreport: ${join(out, 'compare.html')}\n`)
  return 0
}

async function toFiles(report: LoadReport): Promise<Readonly<Record<string, string>>> {
  return {
    'load.html': await toHtml(report),
    'load.json': `${JSON.stringify(report, null, 1)}\n`,
    'load.txt': toText(report),
    'load.xml': toJunit(report)
  }
}
