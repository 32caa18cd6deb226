/** Longer is no row of any file read here; a quote that is never closed must not take the rest of the file with it. */
export const MAX_ROW_CHARACTERS = 64 * 1024

/** One row of a file. Lines count from 1, the head's line too. */
export type CsvRow =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly fault: string }

const OPEN = 'a quote is opened and never closed'
const BEHIND = 'there is text behind a closing quote'
const LONG = `it is longer than ${MAX_ROW_CHARACTERS} characters`

/**
 * Reads CSV (RFC 4180) in whatever pieces it comes: quotes may hold commas, line ends and doubled quotes; lines end
 * with LF or CR LF; empty lines are no rows. A row that is broken is told as such, and reading goes on with the line
 * behind the one it began in. Ours and no package: the rows of a month are mostly without any quote, and are cut by the
 * engine's own split (docs/importing.md has the measurement). Never throws.
 */
export class CsvReader {
  #pending = ''
  /** Line on which the pending text begins. */
  #line = 1
  #isFirst = true
  /** The rest of a line that is too long is passed over. */
  #isSkipping = false

  push(text: string): readonly CsvRow[] {
    return this.#take(text, false)
  }

  /** What is left behind the last line end. */
  end(): readonly CsvRow[] {
    return this.#take('', true)
  }

  #take(text: string, isEnd: boolean): readonly CsvRow[] {
    let all = this.#pending + text
    if (this.#isFirst && all !== '') {
      this.#isFirst = false
      if (all.startsWith('\uFEFF')) all = all.slice(1)
    }
    const rows: CsvRow[] = []
    const piece: Piece = { all, isEnd, rows, quote: all.indexOf('"') }
    let at = this.#isSkipping ? this.#skipped(all) : 0
    while (at < all.length) {
      const next = this.#rowAt(piece, at)
      if (next === undefined) break
      at = next
    }
    this.#pending = all.slice(at)
    return rows
  }

  #skipped(all: string): number {
    const newline = all.indexOf('\n')
    if (newline === -1) return all.length
    this.#isSkipping = false
    this.#line += 1
    return newline + 1
  }

  /** Where the next row begins; undefined where this one is not all here yet. */
  #rowAt(piece: Piece, at: number): number | undefined {
    const { all, isEnd, rows } = piece
    const newline = all.indexOf('\n', at)
    const isLong = (newline === -1 ? all.length : newline) - at > MAX_ROW_CHARACTERS
    if (isLong) return this.#broken(LONG, piece, newline)
    if (newline === -1 && !isEnd) return undefined
    const end = newline === -1 ? all.length : newline
    if (piece.quote !== -1 && piece.quote < at) piece.quote = all.indexOf('"', at)
    if (piece.quote === -1 || piece.quote >= end) return this.#plain(piece, at, end)
    const read = quotedRow(all, at, isEnd)
    if (read.kind === 'row') {
      rows.push({ line: this.#line, fields: read.fields })
      this.#line += read.lines
      return read.next
    }
    if (read.kind === 'broken') return this.#broken(read.why, piece, newline)
    return all.length - at <= MAX_ROW_CHARACTERS ? undefined : this.#broken(OPEN, piece, newline)
  }

  #plain({ all, rows }: Piece, at: number, end: number): number {
    const text = all.slice(at, all[end - 1] === '\r' && end > at ? end - 1 : end)
    if (text !== '') rows.push({ line: this.#line, fields: text.split(',') })
    this.#line += 1
    return end + 1
  }

  #broken(fault: string, { all, isEnd, rows }: Piece, newline: number): number {
    rows.push({ line: this.#line, fault })
    if (newline === -1) {
      this.#isSkipping = !isEnd
      return all.length
    }
    this.#line += 1
    return newline + 1
  }
}

interface Piece {
  readonly all: string
  readonly isEnd: boolean
  readonly rows: CsvRow[]
  /** Where the next quote is, looked for once. */
  quote: number
}

type Quoted =
  | { readonly kind: 'row'; readonly fields: readonly string[]; readonly next: number; readonly lines: number }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'more' }

/** A row that has a quote in it somewhere. */
function quotedRow(all: string, from: number, isEnd: boolean): Quoted {
  const fields: string[] = []
  let [at, lines] = [from, 1]
  for (;;) {
    if (all[at] !== '"') {
      const stop = stopOf(all, at)
      if (stop >= all.length && !isEnd) return { kind: 'more' }
      fields.push(withoutReturn(all.slice(at, stop), all[stop] !== ','))
      if (all[stop] !== ',') return { kind: 'row', fields, next: stop + 1, lines }
      at = stop + 1
      continue
    }
    const read = quotedField(all, at + 1)
    if (read === undefined) return isEnd ? { kind: 'broken', why: OPEN } : { kind: 'more' }
    fields.push(read.text)
    lines += read.lines
    at = read.next
    if (all[at] === '\r' && (all[at + 1] === '\n' || (isEnd && at + 1 === all.length))) at += 1
    if (at >= all.length && !isEnd) return { kind: 'more' }
    if (all[at] === '\r' && at + 1 >= all.length && !isEnd) return { kind: 'more' }
    if (at >= all.length || all[at] === '\n') return { kind: 'row', fields, next: at + 1, lines }
    if (all[at] !== ',') return { kind: 'broken', why: BEHIND }
    at += 1
  }
}

/** Where a field without quotes ends: its comma, its line end, or the end of all there is. */
function stopOf(all: string, at: number): number {
  const newline = all.indexOf('\n', at)
  const end = newline === -1 ? all.length : newline
  const comma = all.indexOf(',', at)
  return comma === -1 || comma > end ? end : comma
}

function withoutReturn(text: string, isLast: boolean): string {
  return isLast && text.endsWith('\r') ? text.slice(0, -1) : text
}

function quotedField(
  all: string,
  from: number
): { readonly text: string; readonly next: number; readonly lines: number } | undefined {
  let [text, at, lines] = ['', from, 0]
  for (;;) {
    const quote = all.indexOf('"', at)
    if (quote === -1) return undefined
    const piece = all.slice(at, quote)
    lines += countOf(piece)
    text += piece
    if (all[quote + 1] !== '"') return { text, next: quote + 1, lines }
    text += '"'
    at = quote + 2
  }
}

function countOf(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/** One row as CSV; what needs quotes has them. */
export function toCsv(fields: readonly (string | number)[]): string {
  return `${fields.map(field => csvField(String(field))).join(',')}\r\n`
}

/** One field; quoted only where it must be. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
