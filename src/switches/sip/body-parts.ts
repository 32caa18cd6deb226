import { parseParams } from './name-addr.ts'
import type { SipHead } from './sip-head.ts'

export interface BodyPart {
  /** Media type, lower case, without parameters. */
  readonly type: string
  /** Bytes as Latin-1. */
  readonly content: string
}

/** A body of more parts than any switch sends, or with more within each other, is read no further. */
const MAX_PARTS = 10
const MAX_DEPTH = 3

/**
 * The parts of a body: itself, or those of a multipart one and of those within it (RFC 2046 §5.1, RFC 5621 §3). Never
 * throws; no body, no parts.
 */
export function bodyParts(head: Pick<SipHead, 'header' | 'body'>): readonly BodyPart[] {
  const contentType = head.header('content-type')
  if (contentType === undefined || head.body === '') return []
  return partsOf(contentType, head.body, MAX_DEPTH).slice(0, MAX_PARTS)
}

function partsOf(contentType: string, body: string, depth: number): readonly BodyPart[] {
  const type = mediaType(contentType)
  if (!type.startsWith('multipart/')) return [{ type, content: body }]
  const semicolon = contentType.indexOf(';')
  const boundary = semicolon < 0 ? undefined : parseParams(contentType.slice(semicolon))['boundary']
  if (depth === 0 || boundary === undefined || boundary === '' || boundary.length > 70) return []
  return sectionsOf(body, `--${boundary}`).flatMap(section => {
    const blank = /\r?\n\r?\n/.exec(section)
    if (blank === null) return []
    const found = /^content-type[ \t]*:[ \t]*([^\r\n]+)/im.exec(section.slice(0, blank.index))?.[1]
    return partsOf(found ?? 'text/plain', section.slice(blank.index + blank[0].length), depth - 1)
  })
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
