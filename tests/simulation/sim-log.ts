import { Fault, faultCode } from '../../src/operations/errors.ts'
import type { Log, LogFields } from '../../src/operations/log.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Errors that no fault of the outside world makes: the code itself is wrong. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError]

/** A gateway's log into the trace; a bug that was caught and logged is told to `onBug`, and is a failure all the same. */
export function makeSimLog(time: VirtualTime, name: () => string, onBug: (text: string) => void): Log {
  const write = (level: string, event: string, fields: LogFields = {}) =>
    time.trace(`log ${name()} ${level} ${event} ${JSON.stringify(fields)}`)
  return {
    debug: () => {},
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    fault: (event, thrown, fields) => {
      write('fault', event, { ...fields, code: faultCode(thrown) ?? 'none', reason: String(thrown) })
      const root = thrown instanceof Fault && thrown.cause !== undefined ? thrown.cause : thrown
      if (BUGS.some(kind => root instanceof kind)) onBug(`${event}: ${(root as Error).stack ?? String(root)}`)
    }
  }
}
