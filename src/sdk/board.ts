import type { Ev, Snapshot } from '../delivery/protocol.ts'
import type { Board, RevisedAlarm, RevisedEntry } from '../pop/board.ts'
import type { RevisedHandover } from '../pop/handover.ts'

/** Alarms, ledger and hand-overs, by their ids; what has ended stays, so that a late repeat cannot bring it back. */
export interface ScreenBoard {
  readonly alarms: ReadonlyMap<string, RevisedAlarm>
  readonly ledger: ReadonlyMap<string, RevisedEntry>
  readonly handovers: ReadonlyMap<string, RevisedHandover>
  /** Open ones that the snapshot had no room for. */
  readonly more: number
}

const EMPTY_BOARD: ScreenBoard = { alarms: new Map(), ledger: new Map(), handovers: new Map(), more: 0 }

/** Ended alarms, closed entries and hand-overs that are over, as far as they are remembered; open ones are never cut here. */
const MAX_OVER = 500

/** The board of a snapshot; undefined when its reader has nothing on one. */
export function boardOf({ board }: Snapshot): ScreenBoard | undefined {
  if (board === undefined) return undefined
  return {
    alarms: new Map(board.alarms.map(revised => [revised.alarm.alarm, revised])),
    ledger: new Map(board.ledger.map(revised => [revised.entry.entry, revised])),
    handovers: new Map((board.handovers ?? []).map(revised => [revised.handover.handover, revised])),
    more: board.more
  }
}

/** A board that came in parts. */
export function joinBoards(one: Board | undefined, other: Board | undefined): Board | undefined {
  if (one === undefined || other === undefined) return one ?? other
  const handovers = [...(one.handovers ?? []), ...(other.handovers ?? [])]
  return {
    alarms: [...one.alarms, ...other.alarms],
    ledger: [...one.ledger, ...other.ledger],
    ...(handovers.length === 0 ? {} : { handovers }),
    more: other.more
  }
}

/** The board after an event: of each alarm, entry and hand-over the highest revision holds, however often and late it comes. */
export function reduceBoard(board: ScreenBoard = EMPTY_BOARD, ev: Ev['ev']): ScreenBoard {
  switch (ev.type) {
    case 'alarm.raised':
    case 'alarm.ended': {
      const { rev, data: alarm } = ev
      if (isOld(board.alarms.get(alarm.alarm), rev)) return board
      const alarms = new Map(board.alarms).set(alarm.alarm, { rev, alarm })
      return { ...board, alarms: withoutOldestOver(alarms, each => each.alarm.endedAt !== undefined) }
    }
    case 'ledger.entry': {
      const { rev, data: entry } = ev
      if (isOld(board.ledger.get(entry.entry), rev)) return board
      const ledger = new Map(board.ledger).set(entry.entry, { rev, entry })
      return { ...board, ledger: withoutOldestOver(ledger, each => each.entry.closedAt !== undefined) }
    }
    case 'handover.changed': {
      const { rev, data: handover } = ev
      if (isOld(board.handovers.get(handover.handover), rev)) return board
      const handovers = new Map(board.handovers).set(handover.handover, { rev, handover })
      return { ...board, handovers: withoutOldestOver(handovers, each => each.handover.overAt !== undefined) }
    }
    default:
      return board
  }
}

function isOld(known: { readonly rev: number } | undefined, rev: number): boolean {
  return known !== undefined && known.rev >= rev
}

function withoutOldestOver<T>(items: Map<string, T>, isOver: (item: T) => boolean): ReadonlyMap<string, T> {
  if (items.size <= MAX_OVER) return items
  const over = [...items].filter(([, item]) => isOver(item))
  for (const [id] of over.slice(0, Math.max(0, over.length - MAX_OVER))) items.delete(id)
  return items
}
