import { parseParams } from './name-addr.ts'
import type { SipHead } from './sip-head.ts'

export interface BodyPart {
  /** Media type, lower case, without parameters. */
  readonly type: string
  /** Bytes as Latin-1, whatever the part was packed in on its way. */
  readonly content: string
  /** Content-ID without its angle brackets (RFC 2392), by which a header names the part. */
  readonly id?: string
}

/** A body of more parts than any switch sends, or with more within each other, is read no further. */
const MAX_PARTS = 10
const MAX_DEPTH = 3
/** What stands before a part's content is a few lines. */
const MAX_HEAD = 4_096

/**
 * The parts of a body: itself, or those of a multipart one and of those within it (RFC 2046 §5.1, RFC 5621 §3). Never
 * throws; no body, no parts.
 */
export function bodyParts(head: Pick<SipHead, 'header' | 'body'>): readonly BodyPart[] {
  const contentType = head.header('content-type')
  if (contentType === undefined || head.body === '') return []
  const ofHead = (name: string) => (name === 'content-type' ? contentType : head.header(name))
  return partsOf(ofHead, head.body, MAX_DEPTH).slice(0, MAX_PARTS)
}

type FieldOf = (name: string) => string | undefined

function partsOf(field: FieldOf, body: string, depth: number): readonly BodyPart[] {
  const contentType = field('content-type') ?? 'text/plain'
  const type = mediaType(contentType)
  if (!type.startsWith('multipart/')) return [toPart(field, type, body)]
  const semicolon = contentType.indexOf(';')
  const boundary = semicolon < 0 ? undefined : parseParams(contentType.slice(semicolon))['boundary']
  if (depth === 0 || boundary === undefined || boundary === '' || boundary.length > 70) return []
  return sectionsOf(body, `--${boundary}`).flatMap(section => {
    const blank = /\r?\n\r?\n/.exec(section)
    if (blank === null) return []
    const lines = unfolded(section.slice(0, Math.min(blank.index, MAX_HEAD)))
    return partsOf(name => fieldOf(lines, name), section.slice(blank.index + blank[0].length), depth - 1)
  })
}

function toPart(field: FieldOf, type: string, body: string): BodyPart {
  const id = /<([^<>\s]{1,256})>/.exec(field('content-id') ?? '')?.[1]
  const packed = (field('content-transfer-encoding') ?? '').trim().toLowerCase()
  return { type, content: unpacked(packed, body), ...(id === undefined ? {} : { id }) }
}

/** RFC 2045 §6: SIP needs neither, but what comes from a mail library has them. */
function unpacked(encoding: string, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('latin1')
  if (encoding !== 'quoted-printable') return body
  return body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** A line that begins with a blank goes on with the one before it. */
function unfolded(head: string): readonly string[] {
  const lines: string[] = []
  for (const line of head.split('\n')) {
    const last = lines.length - 1
    if (last >= 0 && (line.startsWith(' ') || line.startsWith('\t'))) lines[last] = `${lines[last]} ${line.trim()}`
    else lines.push(line.trim())
  }
  return lines
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (line.slice(0, Math.max(0, colon)).trim().toLowerCase() === name) return line.slice(colon + 1).trim()
  }
  return undefined
}

/** What stands between the delimiters; a delimiter begins its line, and so does not count inside a part's own text. */
function sectionsOf(body: string, delimiter: string): readonly string[] {
  const sections: string[] = []
  let start = -1
  for (let at = body.indexOf(delimiter); at >= 0 && sections.length < MAX_PARTS; ) {
    const after = at + delimiter.length
    const isDelimiter =
      (at === 0 || body[at - 1] === '\n') && /^(?:--|[ \t]*(?:\r?\n|$))/.test(body.slice(after, after + 80))
    if (isDelimiter) {
      if (start >= 0) sections.push(body.slice(start, at).replace(/\r?\n$/, ''))
      if (body.startsWith('--', after)) return sections
      start = after
    }
    at = body.indexOf(delimiter, after)
  }
  // A body that was cut off before its last delimiter still has its parts.
  if (start >= 0 && sections.length < MAX_PARTS) sections.push(body.slice(start).replace(/\r?\n$/, ''))
  return sections
}

function mediaType(value: string): string {
  return (value.split(';')[0] ?? '').trim().toLowerCase()
}
