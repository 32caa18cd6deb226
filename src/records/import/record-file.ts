import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { CsvReader, type CsvRow, MAX_ROW_CHARACTERS } from './csv-reader.ts'

/** Read at once, so that memory is the same for a file of any size. */
const PIECE_BYTES = 128 * 1024
const REPLACEMENT = '\uFFFD'

/** One row of a file: of a CSV its fields, of JSON Lines what stands there, or what is wrong with it. */
export type FileRow = CsvRow | { readonly line: number; readonly record: unknown }

export type FileFormat = 'csv' | 'jsonl'

/** By its name: `.jsonl`, `.ndjson` and `.json` are JSON Lines, all else CSV; either may be packed as `.gz`. */
export function formatOf(path: string): FileFormat {
  return /\.(?:jsonl|ndjson|json)(?:\.gz)?$/i.test(path) ? 'jsonl' : 'csv'
}

/** SHA-256 of a file as it lies there. Rejects with what the file system says. */
export async function checksumOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES * 4, signal }))
    hash.update(piece as Buffer)
  return hash.digest('hex')
}

/**
 * The rows of a file, some at a time, with the bytes of the file read by then. Rejects with what the file system or the
 * unpacking says; a row that is broken is told as a row.
 */
export async function* rowsOf(
  path: string
): AsyncGenerator<{ readonly rows: readonly FileRow[]; readonly bytes: number }> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES })
  const unpacked = path.toLowerCase().endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: PIECE_BYTES })) : file
  // A pipe does not pass a failure on.
  if (unpacked !== file) file.on('error', thrown => unpacked.destroy(thrown))
  const text = new TextDecoder('utf-8')
  const reader = formatOf(path) === 'csv' ? new CsvReader() : new JsonLines()
  // Of the piece before, too: a row may begin there.
  let [wasLost, isLost] = [false, false]
  const read = (piece: string, isEnd: boolean) => {
    ;[wasLost, isLost] = [isLost, piece.includes(REPLACEMENT)]
    const rows = isEnd ? [...reader.push(piece), ...reader.end()] : reader.push(piece)
    return wasLost || isLost ? rows.map(sound) : rows
  }
  try {
    for await (const piece of unpacked) {
      yield { rows: read(text.decode(piece as Buffer, { stream: true }), false), bytes: file.bytesRead }
    }
    yield { rows: read(text.decode(), true), bytes: file.bytesRead }
  } finally {
    file.destroy()
    unpacked.destroy()
  }
}

interface RowReader {
  push(text: string): readonly FileRow[]
  end(): readonly FileRow[]
}

/** A letter that was lost on the way would be written as if it had been said. */
function sound(row: FileRow): FileRow {
  const isLost =
    'fields' in row ? row.fields.some(field => field.includes(REPLACEMENT)) : JSON.stringify(row).includes(REPLACEMENT)
  return isLost ? { line: row.line, fault: 'it is not UTF-8' } : row
}

/** One object a line. Never throws. */
export class JsonLines implements RowReader {
  #pending = ''
  #line = 0
  #isSkipping = false

  push(text: string): readonly FileRow[] {
    const lines = (this.#pending + text).split('\n')
    this.#pending = lines.pop() ?? ''
    const rows = lines.flatMap(line => this.#rowOf(line))
    if (this.#pending.length > MAX_ROW_CHARACTERS) {
      if (!this.#isSkipping)
        rows.push({ line: this.#line + 1, fault: `it is longer than ${MAX_ROW_CHARACTERS} characters` })
      this.#isSkipping = true
      this.#pending = ''
    }
    return rows
  }

  end(): readonly FileRow[] {
    const rest = this.#pending
    this.#pending = ''
    return this.#rowOf(rest)
  }

  #rowOf(text: string): readonly FileRow[] {
    this.#line += 1
    const line = this.#line
    const wasSkipping = this.#isSkipping
    this.#isSkipping = false
    if (wasSkipping || text.trim() === '') return []
    try {
      return [{ line, record: JSON.parse(line === 1 ? text.replace(/^\uFEFF/, '') : text) }]
    } catch {
      return [{ line, fault: 'it is no JSON' }]
    }
  }
}
