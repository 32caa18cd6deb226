import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { nextTurn } from '../../operations/slices.ts'

/** A line that is longer is no line of any file read here: a damaged file is not taken into memory whole. */
const MAX_LINE = 4_096
/** Read at once; a piece is worked through in a few milliseconds, and then calls come first again. */
const PIECE_BYTES = 16 * 1024

/** The file has a line longer than this reader takes. */
export class LongLine extends Error {}

/**
 * The lines of a text file, unpacked where its name ends in `.gz`, a piece at a time with a turn of the loop between
 * two: a file of a million lines is read beside live calls. Without a byte order mark or line ends. Throws what the
 * file system or the unpacking throws, and LongLine.
 */
export async function* linesOf(path: string, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES, ...(signal === undefined ? {} : { signal }) })
  const unpacked = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: PIECE_BYTES })) : file
  // A pipe does not pass a failure on.
  if (unpacked !== file) file.on('error', thrown => unpacked.destroy(thrown))
  const text = new TextDecoder('utf-8')
  let rest = ''
  try {
    for await (const piece of unpacked) {
      const lines = (rest + text.decode(piece as Buffer, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_LINE) throw new LongLine(`a line of more than ${MAX_LINE} characters`)
      yield lines.map(withoutReturn)
      await nextTurn()
    }
    rest += text.decode()
    if (rest !== '') yield [withoutReturn(rest)]
  } finally {
    file.destroy()
    unpacked.destroy()
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
