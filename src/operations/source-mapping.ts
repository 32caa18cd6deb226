import jsonata from 'jsonata'
import { Fault } from './errors.ts'

/**
 * An expression that takes longer holds up every call of this process: it fails, and after some of that its source is left
 * alone. A hundred times what one takes (docs/sources.md).
 */
const MAPPING_MS = 100
const MAX_STACK = 200
/** Items of any list that it makes on its way. */
const MAX_SEQUENCE = 10_000

/**
 * What an answer becomes. `body`: its JSON, undefined where it has none. Rejects with `source.bad-mapping`, whose reason is
 * a code of JSONata and nothing of the answer.
 */
export type Mapping = (body: unknown, status: number) => Promise<unknown>

/** Compiles the lines of a JSONata expression; a text says what is wrong with them. */
export function compileMapping(lines: readonly string[]): Mapping | string {
  let expression: jsonata.Expression
  try {
    expression = jsonata(lines.join('\n'), { timeout: MAPPING_MS, stack: MAX_STACK, sequence: MAX_SEQUENCE })
  } catch (thrown) {
    const { code, position, message } = thrown as Partial<jsonata.JsonataError>
    return `${message ?? 'it cannot be read'} (${code ?? 'no code'}${position === undefined ? '' : `, at ${position}`})`
  }
  return async (body, status) => {
    const before = process.cpuUsage()
    try {
      return await expression.evaluate(body, { status })
    } catch (thrown) {
      // Its time goes by the clock: on a machine that stood still meanwhile it has hardly begun.
      if (codeOf(thrown) !== TIMED_OUT || spentMs(before) > MAPPING_MS / 2) throw toFault(thrown)
    }
    return expression.evaluate(body, { status }).catch((thrown: unknown) => {
      throw toFault(thrown)
    })
  }
}

/** JSONata’s own code of an evaluation that took too long. */
const TIMED_OUT = 'D1012'

function spentMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000
}

function codeOf(thrown: unknown): string {
  const { code } = thrown as { code?: unknown }
  return typeof code === 'string' ? code : 'it broke off'
}

function toFault(thrown: unknown): Fault {
  return new Fault('source.bad-mapping', { reason: codeOf(thrown) })
}
