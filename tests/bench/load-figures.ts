import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type LoadReport, readReport } from '../../src/load/report.ts'
import type { Figures } from './table.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** Passed, failed, void: each has figures. */
const HAS_REPORT = [0, 1, 3]

/** `callbox load` in a process of its own, to its report. */
export async function runCallboxLoad(args: readonly string[], out: string): Promise<LoadReport> {
  const child = spawn(process.execPath, [MAIN, 'load', ...args, '--out', out], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  child.stdout.on('data', chunk => {
    last = (last + chunk).slice(-200)
    process.stderr.write(chunk)
  })
  const code = await new Promise<number>((done, fail) => {
    child.once('error', fail)
    child.once('close', ended => done(ended ?? -1))
  })
  if (!HAS_REPORT.includes(code)) throw new Error(`callbox load ended with ${code}: ${last}`)
  return readReport(`${out}/load.json`)
}

/** One stage of a load as a line. */
export function ofStage(report: LoadReport, stage: string, words: Pick<Figures, 'subject' | 'what'>): Figures {
  const { count = 0, lost = 0, p50, p99 } = report.stages[stage] ?? {}
  const times = { ...(p50 === undefined ? {} : { p50 }), ...(p99 === undefined ? {} : { p99 }) }
  return { ...words, count, lost, ...times, ...ofGateway(report) }
}

function ofGateway({ processes, accounts }: LoadReport): Pick<Figures, 'cpuUs' | 'rssMb'> {
  const gateway = processes.find(({ name }) => name === 'gateway')
  if (gateway === undefined) return {}
  return { cpuUs: (gateway.cpuSeconds * 1e6) / Math.max(1, accounts.offered), rssMb: gateway.memoryMbMost }
}

/** What a reader must know before the times. */
export function noteOf(name: string, { verdict, environment }: LoadReport): string {
  const failed = verdict.checks.filter(({ result }) => result === 'failed').map(({ what, got }) => `${what}: ${got}`)
  const why = [...failed, ...verdict.voids].join('; ')
  return `${name}: ${verdict.kind}${why === '' ? '' : ` (${why})`}; load average before it ${environment.loadAverageBefore}.`
}
