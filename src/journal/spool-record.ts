import { crc32 } from 'node:zlib'

/*
 * One record of a spool file: length and CRC-32 of the text, both 32 bits big-endian, then the text in UTF-8. A
 * process or a machine that dies while it writes leaves a torn record at the end and nothing worse.
 */

const HEAD_BYTES = 8
/** A larger text than any event makes; a length beyond it is damage. */
export const MAX_RECORD_BYTES = 1024 * 1024

export function toRecord(text: string): Buffer {
  const body = Buffer.from(text, 'utf8')
  const record = Buffer.allocUnsafe(HEAD_BYTES + body.length)
  record.writeUInt32BE(body.length, 0)
  record.writeUInt32BE(crc32(body), 4)
  body.copy(record, HEAD_BYTES)
  return record
}

export interface ReadRecords {
  readonly texts: readonly string[]
  /** Bytes behind the last whole record: a write that never ended. */
  readonly tornBytes: number
  /** Records whose text is not what was written. */
  readonly damaged: number
}

/** All whole records of a file, in order. Damage inside costs its own record; after a wrong length nothing can be found. */
export function readRecords(file: Buffer): ReadRecords {
  const texts: string[] = []
  let damaged = 0
  let at = 0
  while (at + HEAD_BYTES <= file.length) {
    const length = file.readUInt32BE(at)
    const end = at + HEAD_BYTES + length
    if (length === 0 || length > MAX_RECORD_BYTES || end > file.length) break
    const body = file.subarray(at + HEAD_BYTES, end)
    if (crc32(body) === file.readUInt32BE(at + 4)) texts.push(body.toString('utf8'))
    else damaged += 1
    at = end
  }
  return { texts, tornBytes: file.length - at, damaged }
}
