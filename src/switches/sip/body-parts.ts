import { parseParams } from './name-addr.ts'
import type { SipHead } from './sip-head.ts'

export interface BodyPart {
  /** Media type, lower case, without parameters. */
  readonly type: string
  /** Bytes as Latin-1. */
  readonly content: string
}

/** A body of more parts than any switch sends is read no further. */
const MAX_PARTS = 10

/** The parts of a body: itself, or those of a multipart one (RFC 2046 §5.1). Never throws; no body, no parts. */
export function bodyParts(head: Pick<SipHead, 'header' | 'body'>): readonly BodyPart[] {
  const contentType = head.header('content-type')
  if (contentType === undefined || head.body === '') return []
  const type = mediaType(contentType)
  if (!type.startsWith('multipart/')) return [{ type, content: head.body }]
  const semicolon = contentType.indexOf(';')
  const boundary = semicolon < 0 ? undefined : parseParams(contentType.slice(semicolon))['boundary']
  if (boundary === undefined || boundary === '' || boundary.length > 70) return []
  const parts: BodyPart[] = []
  for (const section of head.body.split(`--${boundary}`).slice(1, MAX_PARTS + 1)) {
    if (section.startsWith('--')) break
    const part = toPart(section)
    if (part !== undefined) parts.push(part)
  }
  return parts
}

function toPart(section: string): BodyPart | undefined {
  const blank = /\r?\n\r?\n/.exec(section)
  if (blank === null) return undefined
  const type = /^content-type[ \t]*:[ \t]*([^\r\n]+)/im.exec(section.slice(0, blank.index))?.[1]
  const content = section.slice(blank.index + blank[0].length).replace(/\r?\n$/, '')
  return { type: mediaType(type ?? 'text/plain'), content }
}

function mediaType(value: string): string {
  return (value.split(';')[0] ?? '').trim().toLowerCase()
}
