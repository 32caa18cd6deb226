import { createHmac, randomBytes } from 'node:crypto'
import { type DestinationStream, pino } from 'pino'
import { FAULTS, Fault, type FaultCode, faultCode } from './errors.ts'
import { loggableReason, loggableStack, withoutNumbers } from './log-text.ts'

/*
 * The log takes an allow-list of fields: what is not named here is not written. Numbers, names, addresses and free
 * text never pass; a number appears only as its last three digits and a keyed hash, so that two lines can be matched.
 */
export interface LogFields {
  readonly callId?: string
  readonly popId?: string
  readonly trunk?: string
  readonly force?: string
  readonly line?: string
  readonly handler?: string
  readonly session?: string
  readonly node?: string
  readonly switch?: string
  readonly state?: string
  readonly rev?: number
  readonly seq?: number
  readonly count?: number
  readonly tookMs?: number
  readonly port?: number
  readonly code?: string
  readonly reason?: string
  readonly source?: string
  readonly path?: string
  readonly version?: string
  readonly job?: string
  readonly method?: string
  readonly status?: number
  readonly peer?: string
  readonly what?: string
  readonly url?: string
  readonly config?: unknown
  /** A calling number; written as last three digits and a hash. */
  readonly number?: string
}

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A fault at its own level; anything else thrown at `error` with its stack. */
  fault(event: string, thrown: unknown, fields?: LogFields): void
}

const NAMES = [
  'callId',
  'popId',
  'trunk',
  'force',
  'line',
  'handler',
  'session',
  'node',
  'switch',
  'state',
  'rev',
  'seq',
  'count',
  'tookMs',
  'port',
  'code',
  'reason',
  'source',
  'path',
  'version',
  'job',
  'method',
  'status',
  'peer',
  'what',
  'url',
  'config'
] as const satisfies readonly (keyof LogFields)[]

/** A log that is written in pieces: `flush` writes what is held, at once. */
export interface WrittenLog extends Log {
  flush(): void
}

const LOG_BUFFER = { minLength: 4096, maxLength: 8 * 1024 * 1024, periodicFlush: 500 } as const

/** To stdout, or to a file that is added to. */
export function openLog(level: string, file?: string): WrittenLog {
  const dest = file === undefined ? {} : { dest: file, append: true, mkdir: true, mode: 0o600 }
  const out = pino.destination({ sync: false, ...LOG_BUFFER, ...dest })
  let isBroken = false
  // A full disk costs log lines, never the gateway.
  out.on('error', thrown => {
    if (!isBroken) process.stderr.write(`callbox: the log cannot be written: ${thrown.message}\n`)
    isBroken = true
  })
  out.on('write', () => {
    isBroken = false
  })
  // What cannot be written would be tried for ever, here and when the process exits.
  const letGo = () => {
    out.flushSync = () => {}
  }
  return { ...makeLog(level, out), flush: () => (isBroken ? letGo() : flushed(out)) }
}

/** A destination that is not open yet, or broken, throws; at the end of a process there is nobody left to tell. */
function flushed(out: { flushSync(): void }): void {
  try {
    out.flushSync()
  } catch {
    process.stderr.write('The last lines of the log could not be written.\n')
  }
}

/** `level` as pino has it. */
export function makeLog(level: string, out: DestinationStream): Log {
  const root = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' }, out)
  const hashKey = randomBytes(32)
  const write = (at: 'debug' | 'info' | 'warn' | 'error', event: string, fields: LogFields, extra = {}) => {
    if (root.isLevelEnabled(at)) root[at]({ ...allowed(fields, hashKey), ...extra }, event)
  }
  return {
    debug: (event, fields = {}) => write('debug', event, fields),
    info: (event, fields = {}) => write('info', event, fields),
    warn: (event, fields = {}) => write('warn', event, fields),
    error: (event, fields = {}) => write('error', event, fields),
    fault: (event, thrown, fields = {}) => {
      const code = faultCode(thrown)
      const level = code === undefined ? 'error' : FAULTS[code as FaultCode].level
      const frames = code === undefined ? loggableStack(thrown) : undefined
      const stack = frames === undefined ? {} : { stack: frames }
      const first = firstCause(thrown)
      const cause = first === thrown ? {} : { cause: loggableReason(first) }
      write(level, event, { ...fields, code: code ?? 'bug', reason: loggableReason(thrown) }, { ...stack, ...cause })
    }
  }
}

/** A log that writes nothing: for tests and for commands whose output is for people. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, fault() {} }

/** Under every fault that was made of another: what was seen first says most. */
function firstCause(thrown: unknown): unknown {
  return thrown instanceof Fault && thrown.cause !== undefined ? firstCause(thrown.cause) : thrown
}

function allowed(fields: LogFields, hashKey: Buffer): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const name of NAMES) {
    const value = fields[name]
    if (value === undefined) continue
    const text = name === 'reason' ? withoutNumbers(String(value)) : value
    out[name] = typeof text === 'string' ? text.slice(0, 256) : text
  }
  if (fields.number !== undefined) {
    const hash = createHmac('sha256', hashKey).update(fields.number).digest('base64url').slice(0, 12)
    out['number'] = `…${fields.number.slice(-3)}#${hash}`
  }
  return out
}
