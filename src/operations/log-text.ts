import { reasonOf } from './errors.ts'

/*
 * What others say of their faults, made fit for the log. Their words are free text: a database quotes the value it
 * refused, a source repeats the number it was asked for.
 */

/** SQLSTATE classes whose messages quote data: data exceptions and broken constraints. */
const QUOTES_DATA = /^2[23][0-9A-Z]{3}$/
/** A telephone number as E.164, as people write it, or in one run. */
const NUMBER = /(?:\+\d[\d ()-]{7,18}\d|\b0\d{2,4}[ -]?\d{3,6}(?:[ -]?\d{3,6})?\b)/g
const TEXT_MAX = 256

/** The reason of anything thrown, without what may be a caller's. */
export function loggableReason(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code
  if (typeof code === 'string' && QUOTES_DATA.test(code)) return `PostgreSQL refused the data (SQLSTATE ${code})`
  return withoutNumbers(reasonOf(thrown)).slice(0, TEXT_MAX)
}

/** Where it was thrown: the frames alone, because the first lines of a stack repeat the reason. */
export function loggableStack(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return undefined
  const frames = thrown.stack.split('\n').filter(line => /^\s+at /.test(line))
  return frames.map(frame => frame.trim()).join('\n')
}

export function withoutNumbers(text: string): string {
  return text.replace(NUMBER, number => `…${number.slice(-3)}`)
}
