import { toMoments } from './call-moments.ts'
import type { CallRecord } from './call-record.ts'

const COLUMNS = ['at', 'at_ms', 'of', 'kind', 'who', 'words', 'row'] as const

/** A spreadsheet takes a cell that begins so for a formula; behind an apostrophe it is text. */
const FORMULA = /^[=+\-@\t\r]/

/**
 * RFC 4180 with CRLF, UTF-8 with its mark at the front so that spreadsheets read it: first the call itself, then what was said
 * of it, a line each, in the order of its times. `row` is the row of the record, whole, as JSON.
 */
export function toCallCsv(record: CallRecord): string {
  const { head } = record
  const first = [head.offeredAt, 'head', head.state, head.takenBy ?? '', `${head.line}, ${head.force}`, head] as const
  const rest = toMoments(record).map(({ at, of, kind, who, words, row }) => [at, of, kind, who, words, row] as const)
  const lines = [first, ...rest].map(([at, of, kind, who, words, row]) => [
    ...[new Date(at).toISOString(), String(at), of, kind, who, words],
    JSON.stringify(row)
  ])
  return `\uFEFF${[[...COLUMNS], ...lines].map(line => `${line.map(toCell).join(',')}\r\n`).join('')}`
}

function toCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
