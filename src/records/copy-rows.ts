import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { toTextArray } from './import/upsert.ts'

/** What a field may be: written as COPY's text format has it. */
export type Field = string | number | boolean | undefined | readonly string[] | GridField

/** A point, as (easting, northing). */
export interface GridField {
  readonly easting: number
  readonly northing: number
}

/** Lines go out in pieces of about so many characters: memory stays flat, however many rows there are. */
const PIECE = 64 * 1024

/**
 * Rows into a table by COPY, as fast as PostgreSQL takes them and no faster. In the transaction of the client; resolves
 * with how many there were.
 */
export async function copyRows(
  client: pg.ClientBase,
  into: { readonly table: string; readonly columns: readonly string[] },
  rows: Iterable<readonly Field[]>,
  onProgress: (count: number) => void = () => {}
): Promise<number> {
  let count = 0
  const told = (done: number) => {
    count = done
    onProgress(done)
  }
  const copy = client.query(copyFrom(`copy ${into.table} (${into.columns.join(', ')}) from stdin`))
  await pipeline(piecesOf(toLines(rows), told), copy)
  return count
}

function* toLines(rows: Iterable<readonly Field[]>): Generator<string> {
  for (const row of rows) yield row.map(toField).join('\t')
}

/** Lines as a stream of larger pieces; `onPiece` hears how many have gone, and at the end how many there were. */
export function piecesOf(lines: Iterable<string>, onPiece: (count: number) => void = () => {}): Readable {
  function* pieces(): Generator<string> {
    let [text, count] = ['', 0]
    for (const line of lines) {
      text += `${line}\n`
      count += 1
      if (text.length < PIECE) continue
      yield text
      text = ''
      onPiece(count)
    }
    if (text !== '') yield text
    onPiece(count)
  }
  return Readable.from(pieces(), { objectMode: true, highWaterMark: 4 })
}

function toField(value: Field): string {
  if (value === undefined) return '\\N'
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if ('easting' in value) return `(${value.easting},${value.northing})`
  return escaped(toTextArray(value))
}

const SPECIAL = /[\\\t\n\r]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, each => ESCAPES[each] ?? each) : text
}
