import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type CallId, makeCallId, toSipSwitchCallId } from '../call/ids.ts'

export interface SippOptions {
  /** Path of the scenario file. */
  readonly scenario: string
  readonly host: string
  readonly port: number
  /** Calls a second. */
  readonly rate: number
  /** Calls in all. */
  readonly calls: number
  readonly transport?: 'udp' | 'tcp'
  /** Further arguments, such as `-key`. */
  readonly args?: readonly string[]
}

/** One call as SIPp saw it; times in epoch milliseconds with microseconds. */
export interface SippCall {
  readonly sipCallId: string
  readonly inviteAt: number
  /** 100 Trying: from here on the INVITE is not sent again. */
  tryingAt?: number
  /** First provisional answer above 100, if any. */
  ringingAt?: number
  /** The 200 to the INVITE: the moment from which the call is ours. */
  okAt?: number
  /** Status of a final answer above 2xx. */
  refusedWith?: string
  /** The 200 to its BYE. */
  endedAt?: number
}

/**
 * The id that Callbox gives to one of SIPp's calls, by the same rule (docs/decisions/0002): our scenarios make the
 * From-tag of the numbers in SIPp's own Call-ID, `number-pid@address`.
 */
export function toCallId(
  { sipCallId, inviteAt }: SippCall,
  { force, trunk }: { force: string; trunk: string }
): CallId {
  const [, number, pid] = /^(\d+)-(\d+)@/.exec(sipCallId) ?? []
  const switchCallId = toSipSwitchCallId(sipCallId, `${pid}SIPp${number}`)
  return makeCallId({ force, trunk, switchCallId, firstSeenAt: inviteAt, occurrence: 0 })
}

export interface SippReport {
  readonly exitCode: number
  readonly successful: number
  readonly failed: number
  readonly calls: ReadonlyMap<string, SippCall>
  /** SIPp's own last words, for a failure nobody expected. */
  readonly lastWords: string
}

export interface SippRun {
  readonly done: Promise<SippReport>
  /** No new calls; those under way are finished, then `done` resolves. */
  readonly finish: () => void
  /** Ends SIPp before it is through; `done` then reports what there was. */
  readonly stop: () => void
}

/** Debian's SIPp, a SIP client nobody here wrote. Its own message log is what the gateway is judged by. */
export function startSipp(options: SippOptions): SippRun {
  let child: ChildProcess | undefined
  let stopped = false
  const run = async (): Promise<SippReport> => {
    const folder = await mkdtemp(join(tmpdir(), 'callbox-sipp-'))
    try {
      const ended = await new Promise<{ code: number; output: string }>((done, fail) => {
        child = spawn('sipp', toArgs(options), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
        if (stopped) child.kill('SIGTERM')
        let output = ''
        const keep = (chunk: Buffer) => {
          output = (output + chunk.toString('utf8')).slice(-4_000)
        }
        child.stdout?.on('data', keep)
        child.stderr?.on('data', keep)
        child.on('error', thrown =>
          fail(new Error(`SIPp does not start: ${thrown.message}; apt-get install sip-tester`))
        )
        child.on('close', code => done({ code: code ?? -1, output }))
      })
      return await readReport(folder, ended.code, ended.output)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return {
    done: run(),
    // As the key q does where SIPp has a terminal.
    finish: () => void child?.kill('SIGUSR1'),
    stop: () => {
      stopped = true
      child?.kill('SIGTERM')
    }
  }
}

function toArgs({ scenario, host, port, rate, calls, transport = 'udp', args = [] }: SippOptions): string[] {
  const sent = ['-sf', resolve(scenario), `${host}:${port}`, '-i', host, '-t', transport === 'udp' ? 'u1' : 't1']
  const load = ['-r', String(rate), '-m', String(calls), '-l', String(Math.max(1_000, rate * 20))]
  // Socket buffers of SIPp itself: at 500 calls/s its default loses answers on loopback before it reads them.
  const traces = ['-trace_shortmsg', '-trace_stat', '-fd', '1', '-nostdin', '-buff_size', '4194304']
  return [...sent, ...load, ...traces, ...args]
}

async function readReport(folder: string, exitCode: number, output: string): Promise<SippReport> {
  const names = await readdir(folder)
  const text = async (end: string) => {
    const name = names.find(name => name.endsWith(end))
    return name === undefined ? '' : readFile(join(folder, name), 'utf8')
  }
  return {
    exitCode,
    ...toCounts(await text('_.csv')),
    calls: toCalls(await text('_shortmessages.log')),
    lastWords: output.slice(-1_500)
  }
}

/** The last row of SIPp's statistics file, by the names of its first. */
export function toCounts(csv: string): { successful: number; failed: number } {
  const rows = csv.trim().split('\n')
  const names = (rows[0] ?? '').split(';')
  const values = (rows.length > 1 ? (rows.at(-1) ?? '') : '').split(';')
  const of = (name: string) => Number(values[names.indexOf(name)] ?? 0) || 0
  return { successful: of('SuccessfulCall(C)'), failed: of('FailedCall(C)') }
}

/** Short message log, tab-separated: date, time, epoch seconds, S or R, Call-ID, CSeq, first line. */
export function toCalls(log: string): Map<string, SippCall> {
  const calls = new Map<string, SippCall>()
  for (const line of log.split('\n')) {
    const [, , epoch, way, sipCallId, cseq, first] = line.split('\t')
    if (sipCallId === undefined || first === undefined || cseq === undefined) continue
    const at = Number(epoch) * 1_000
    const call = calls.get(sipCallId)
    if (call !== undefined && way === 'R' && cseq.endsWith(' BYE') && first.startsWith('SIP/2.0 200'))
      call.endedAt ??= at
    if (!cseq.endsWith(' INVITE')) continue
    if (way === 'S' && call === undefined) calls.set(sipCallId, { sipCallId, inviteAt: at })
    if (way !== 'R' || call === undefined) continue
    if (first.startsWith('SIP/2.0 200')) call.okAt ??= at
    else if (first.startsWith('SIP/2.0 100')) call.tryingAt ??= at
    else if (/^SIP\/2\.0 1[^0]|^SIP\/2\.0 10[1-9]/.test(first)) call.ringingAt ??= at
    else if (/^SIP\/2\.0 [3-6]/.test(first)) call.refusedWith ??= first.slice(8, 11)
  }
  return calls
}
