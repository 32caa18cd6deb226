/*
 * Frames of EISEC: STX, four decimal digits of length, a body of printable ASCII, ETX. From a public client; the text of
 * SIN 278 itself was not at hand (docs/connecting-eisec.md).
 */

/** The most one frame may be, with its STX, its length and its ETX. */
export const MAX_FRAME_BYTES = 10_006
const HEAD_BYTES = 5
const MAX_BODY_BYTES = 9_999
const STX = 0x02
const ETX = 0x03
const SPACE = 0x20

/**
 * What was wrong with bytes that are no frame. `garbage`: bytes before an STX. `length`: no four digits. `cut`: a frame
 * that breaks off, and another begins. `end`: no ETX where the length says.
 */
export type FrameFault = 'garbage' | 'length' | 'cut' | 'end'
export type Decoded =
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'bad'; readonly reason: FrameFault }

/** Undefined for a body that is too long or not printable ASCII: it is never sent. */
export function encodeFrame(body: string): Buffer | undefined {
  if (body.length > MAX_BODY_BYTES || !/^[\x20-\x7e]*$/.test(body)) return undefined
  return Buffer.from(`\x02${String(body.length).padStart(4, '0')}${body}\x03`, 'latin1')
}

/** Bytes as they come, cut anywhere, into bodies. Never throws and holds less than one frame. */
export class FrameDecoder {
  #rest: Buffer = Buffer.alloc(0)

  /** Bytes of a frame that has begun. */
  get held(): number {
    return this.#rest.length
  }

  push(chunk: Uint8Array): readonly Decoded[] {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const found: Decoded[] = []
    let at = 0
    while (at < bytes.length) {
      const start = bytes.indexOf(STX, at)
      if (start !== at) found.push({ kind: 'bad', reason: 'garbage' })
      if (start === -1) {
        at = bytes.length
        break
      }
      const read = readFrame(bytes, start)
      if (read === 'more') {
        at = start
        break
      }
      found.push(read.decoded)
      at = read.next
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0)
    return found
  }
}

/** The frame that begins at `start`, where the next may begin; `more` when it is not whole yet. */
function readFrame(bytes: Buffer, start: number): 'more' | { readonly decoded: Decoded; readonly next: number } {
  let length = 0
  for (let at = start + 1; at < start + HEAD_BYTES; at++) {
    const byte = bytes[at]
    if (byte === undefined) return 'more'
    if (byte < 0x30 || byte > 0x39) return bad('length', at)
    length = length * 10 + byte - 0x30
  }
  const end = start + HEAD_BYTES + length
  for (let at = start + HEAD_BYTES; at < end; at++) {
    const byte = bytes[at]
    if (byte === undefined) return 'more'
    // No body has one: what breaks off is not waited for until somebody else's frame has filled it.
    if (byte < SPACE) return bad(byte === STX ? 'cut' : 'end', byte === STX ? at : at + 1)
  }
  const last = bytes[end]
  if (last === undefined) return 'more'
  if (last !== ETX) return bad('end', end)
  const body = bytes.toString('latin1', start + HEAD_BYTES, end)
  return { decoded: { kind: 'body', body }, next: end + 1 }
}

function bad(reason: FrameFault, next: number): { readonly decoded: Decoded; readonly next: number } {
  return { decoded: { kind: 'bad', reason }, next }
}
