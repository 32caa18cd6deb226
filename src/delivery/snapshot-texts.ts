import type { Board } from '../pop/board.ts'
import type { PopCard } from '../pop/pop.ts'
import type { LogHead } from '../pop/session-log.ts'
import { SOCKET_LIMITS } from './protocol-limits.ts'

/** Room for the rest of the message beside its cards. */
const FRAME_BYTES = 512

interface SnapshotExtras {
  readonly board?: Board | undefined
  /** What other gateways hold may be missing. */
  readonly isPartial?: boolean
  /** Calls that are not among the cards. */
  readonly left?: number
  readonly maxBytes?: number
}

/**
 * A snapshot as the messages that carry it, none over the size a client takes. A card that does not fit by itself is
 * cut between its panels; no panel is ever larger than a message (pop/panel.ts bounds it). A board goes before the
 * cards, in parts of its own.
 */
export function toSnapshotTexts(
  cards: readonly PopCard[],
  { epoch, seq, eventId }: LogHead,
  { board, isPartial = false, left = 0, maxBytes = SOCKET_LIMITS.toClientMaxBytes }: SnapshotExtras = {}
): readonly string[] {
  const room = maxBytes - FRAME_BYTES
  const head = `{"t":"snapshot","epoch":${JSON.stringify(epoch)},"seq":${seq}`
  const event = eventId === undefined ? '' : `,"eventId":${JSON.stringify(eventId)}`
  const extras = `${isPartial ? ',"partial":true' : ''}${left === 0 ? '' : `,"left":${left}`}`
  const parts = [
    ...boardParts(board, room).map(part => `"cards":[],"board":${part}`),
    ...fill(
      cards.flatMap(card => cut(card, room)),
      room
    ).map(part => `"cards":[${part.join(',')}]`)
  ]
  return parts.map((part, at) => `${head}${event}${extras},${part},"more":${at < parts.length - 1}}`)
}

function boardParts(board: Board | undefined, room: number): string[] {
  if (board === undefined) return []
  const texts = (items: readonly unknown[]) =>
    fill(
      items.map(item => JSON.stringify(item)),
      room
    )
  const none = { alarms: '', ledger: '', handovers: '' }
  const { handovers = [] } = board
  return [
    ...texts(board.alarms).map(part => ({ ...none, alarms: part.join(',') })),
    ...texts(board.ledger).map(part => ({ ...none, ledger: part.join(',') })),
    ...(handovers.length === 0 ? [] : texts(handovers).map(part => ({ ...none, handovers: part.join(',') })))
  ].map(part => {
    const handed = part.handovers === '' ? '' : `"handovers":[${part.handovers}],`
    return `{"alarms":[${part.alarms}],"ledger":[${part.ledger}],${handed}"more":${board.more}}`
  })
}

/** JSON texts of cards, as many to a message as fit; one empty message where there is no card. */
function fill(texts: readonly string[], maxBytes: number): string[][] {
  const parts: string[][] = [[]]
  let bytes = 0
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1
    if (bytes + size > maxBytes && bytes > 0) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(text)
    bytes += size
  }
  return parts
}

function cut(card: PopCard, maxBytes: number): string[] {
  const whole = JSON.stringify(card)
  if (Buffer.byteLength(whole) <= maxBytes || card.panels.length < 2) return [whole]
  return card.panels.map(panel => JSON.stringify({ ...card, panels: [panel] }))
}
