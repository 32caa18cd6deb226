import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Fault, reasonOf } from '../operations/errors.ts'
import { after, interval } from '../operations/lifecycle.ts'
import type { Transport } from './load-options.ts'
import { longestCallMs, type PlannedCall } from './plan.ts'
import { toCallFile, toScenario } from './scenario.ts'
import { readSippErrors, readSippLine, readSippStatistics, type SippLine, type SippSecond } from './sipp-log.ts'
import type { Site } from './site.ts'
import { checkRoom, freeBytes } from './write-report.ts'

export interface SippLoadParts {
  readonly plan: readonly PlannedCall[]
  readonly site: Site
  /** `calls` in `periodMs`, so that several senders can share a rate that does not divide. */
  readonly rate: { readonly calls: number; readonly periodMs: number }
  readonly to: { readonly host: string; readonly port: number }
  readonly from: { readonly host: string; readonly port: number | undefined } | undefined
  readonly transport: Transport
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly onLine: (line: SippLine) => void
}

export interface SippEnd {
  readonly exitCode: number
  readonly seconds: readonly SippSecond[]
  /** Calls at once that SIPp was allowed: when it has so many, it stops offering. */
  readonly limit: number
  readonly lastWords: string
  /** What SIPp did not expect, without who or where. */
  readonly errors: readonly string[]
}

const READ_EVERY_MS = 200
/** An INVITE over UDP is given up after 32 s; over TCP SIPp itself would wait for ever. */
const RECV_TIMEOUT_MS = 40_000
const GRACE_MS = 45_000
const MIN_LIMIT = 1_000
const READ_BYTES = 1024 * 1024
/** What SIPp's log of messages takes for each call, those of its log of errors with it. */
const LOG_BYTES_A_CALL = 3_000
/** SIPp says nothing of a log that it could not write: it is stopped while there is still room for a moment more. */
const LEAST_FREE_BYTES = 4 * 1024 * 1024
const LOOK_AT_DISK_MS = 500
const SIPP_TRANSPORT: Readonly<Record<Transport, string>> = { udp: 'u1', tcp: 't1', tls: 'l1' }

/** First line of `sipp -v`, for the report. Rejects with `load.no-sipp`, or with `load.no-tls` when it is wanted. */
export async function findSipp(transport: Transport): Promise<string> {
  const text = await promisify(execFile)('sipp', ['-v']).then(
    ({ stdout }) => stdout,
    (thrown: NodeJS.ErrnoException & { stdout?: string }) => {
      // It says its version and ends with a code of its own.
      if (thrown.code === 'ENOENT') throw new Fault('load.no-sipp', {}, thrown)
      return thrown.stdout ?? ''
    }
  )
  const version = /SIPp v\S+/.exec(text)?.[0].replace(/\.$/, '') ?? 'SIPp'
  if (transport === 'tls' && !/-TLS/.test(version)) throw new Fault('load.no-tls', { version })
  return version
}

/** One SIPp with its plan. It offers by the clock whatever the gateway does, and its log is read while it runs. */
export class SippLoad {
  readonly limit: number
  readonly #parts: SippLoadParts
  #child: ChildProcess | undefined
  #isStopped = false
  #hasFilled = false

  constructor(parts: SippLoadParts) {
    this.#parts = parts
    const { plan, rate } = parts
    const perSecond = (rate.calls * 1_000) / rate.periodMs
    // At the least three times what is up at once when all goes well: the limit must never decide the rate.
    this.limit = Math.max(MIN_LIMIT, Math.ceil((3 * perSecond * longestCallMs(plan)) / 1_000))
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when the last call has ended, or SIPp was stopped. Rejects with `load.no-room` when its log is not whole. */
  async run(): Promise<SippEnd> {
    await checkRoom(tmpdir(), this.#parts.plan.length * LOG_BYTES_A_CALL + LEAST_FREE_BYTES)
    const folder = await mkdtemp(join(tmpdir(), 'callbox-sipp-'))
    const log = join(folder, 'messages.log')
    const statistics = join(folder, 'statistics.csv')
    try {
      const { plan, site } = this.#parts
      await writeFile(join(folder, 'load.xml'), toScenario(site))
      await writeFile(join(folder, 'calls.csv'), toCallFile(plan, site))
      await writeFile(log, '')
      const tail = new Tail(log, line => {
        const read = readSippLine(line)
        if (read !== undefined) this.#parts.onLine(read)
      })
      const stopReading = interval(() => void tail.read().catch(reasonOf), READ_EVERY_MS)
      const stopLooking = interval(() => void this.#lookAtDisk(), LOOK_AT_DISK_MS)
      const ended = await this.#runChild(folder, log, statistics).finally(() => {
        stopReading()
        stopLooking()
      })
      await this.#lookAtDisk()
      if (this.#hasFilled) {
        throw new Fault('load.no-room', { path: tmpdir(), reason: 'it filled while calls were placed' })
      }
      await tail.read()
      const seconds = readSippStatistics(await readFile(statistics, 'utf8').catch(() => ''))
      const errors = await readSippErrors(join(folder, 'errors.log'))
      return { ...ended, seconds, limit: this.limit, errors }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** No new calls; those under way are finished. */
  finish(): void {
    this.#child?.kill('SIGUSR1')
  }

  stop(): void {
    this.#isStopped = true
    this.#child?.kill('SIGKILL')
  }

  async #lookAtDisk(): Promise<void> {
    if (this.#hasFilled || (await freeBytes(tmpdir())) >= LEAST_FREE_BYTES) return
    this.#hasFilled = true
    this.#child?.kill('SIGKILL')
  }

  async #runChild(folder: string, log: string, statistics: string): Promise<{ exitCode: number; lastWords: string }> {
    const { plan, rate } = this.#parts
    const child = spawn('sipp', this.#args(folder, log, statistics), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe']
    })
    this.#child = child
    if (this.#isStopped) child.kill('SIGKILL')
    const planMs = (plan.length * rate.periodMs) / rate.calls + longestCallMs(plan)
    const stopWaiting = after(planMs + RECV_TIMEOUT_MS + GRACE_MS, () => child.kill('SIGKILL'))
    let lastWords = ''
    // Its screens go nowhere; what keeps it from its work it says here.
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('latin1')).slice(-1_500)
    })
    return new Promise((done, fail) => {
      child.on('error', thrown => fail(new Fault('load.sipp-failed', { reason: reasonOf(thrown) }, thrown)))
      child.on('close', code => {
        stopWaiting()
        done({ exitCode: code ?? -1, lastWords })
      })
    })
  }

  #args(folder: string, log: string, statistics: string): string[] {
    const { plan, rate, to, from, transport, tls } = this.#parts
    const local = from?.host ?? (to.host === '127.0.0.1' || to.host === 'localhost' ? '127.0.0.1' : undefined)
    return [
      ...['-sf', join(folder, 'load.xml'), '-inf', join(folder, 'calls.csv'), `${to.host}:${to.port}`],
      ...(local === undefined ? [] : ['-i', local]),
      ...(from?.port === undefined ? [] : ['-p', String(from.port)]),
      ...['-t', SIPP_TRANSPORT[transport]],
      ...(tls === undefined || transport !== 'tls' ? [] : ['-tls_cert', tls.cert, '-tls_key', tls.key]),
      ...['-r', String(rate.calls), '-rp', String(rate.periodMs), '-m', String(plan.length), '-l', String(this.limit)],
      ...['-timer_resol', '1', '-recv_timeout', String(RECV_TIMEOUT_MS), '-nostdin'],
      // A gateway that was late answers twice what was asked twice: no switch would break off a call for that.
      ...['-default_behaviors', 'all,-abortunexp'],
      // SIPp's own socket buffers: at 500 calls/s its default loses answers on loopback before it reads them.
      ...['-buff_size', '4194304', '-trace_shortmsg', '-shortmessage_file', log],
      ...['-trace_stat', '-fd', '1', '-stf', statistics],
      ...['-trace_err', '-error_file', join(folder, 'errors.log')]
    ]
  }
}

/** Reads what was added to a file since the last time, line by line. */
class Tail {
  readonly #path: string
  readonly #onLine: (line: string) => void
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES)
  #at = 0
  #rest = ''
  #reading: Promise<void> | undefined

  constructor(path: string, onLine: (line: string) => void) {
    this.#path = path
    this.#onLine = onLine
  }

  /** Reads to the end; whoever asks meanwhile has the reading after this one. */
  read(): Promise<void> {
    const next = (this.#reading ?? Promise.resolve()).then(() => this.#readOn())
    this.#reading = next
    return next
  }

  async #readOn(): Promise<void> {
    const file = await open(this.#path, 'r')
    const buffer = this.#buffer
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, READ_BYTES, this.#at)
        if (bytesRead === 0) return
        this.#at += bytesRead
        const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
        this.#rest = lines.pop() ?? ''
        for (const line of lines) this.#onLine(line)
      }
    } finally {
      await file.close()
    }
  }
}
