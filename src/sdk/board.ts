import type { Ev, Snapshot } from '../delivery/protocol.ts'
import type { Board, RevisedAlarm, RevisedEntry } from '../pop/board.ts'

/** A supervisor's alarms and ledger, by their ids; what has ended stays, so that a late repeat cannot bring it back. */
export interface ScreenBoard {
  readonly alarms: ReadonlyMap<string, RevisedAlarm>
  readonly ledger: ReadonlyMap<string, RevisedEntry>
  /** Open ones that the snapshot had no room for. */
  readonly more: number
}

const EMPTY_BOARD: ScreenBoard = { alarms: new Map(), ledger: new Map(), more: 0 }

/** Ended alarms and closed entries that are remembered; open ones are never cut here. */
const MAX_OVER = 500

/** The board of a snapshot; undefined when its reader is no supervisor. */
export function boardOf({ board }: Snapshot): ScreenBoard | undefined {
  if (board === undefined) return undefined
  return {
    alarms: new Map(board.alarms.map(revised => [revised.alarm.alarm, revised])),
    ledger: new Map(board.ledger.map(revised => [revised.entry.entry, revised])),
    more: board.more
  }
}

/** A board that came in parts. */
export function joinBoards(one: Board | undefined, other: Board | undefined): Board | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return { alarms: [...one.alarms, ...other.alarms], ledger: [...one.ledger, ...other.ledger], more: other.more }
}

/** The board after an event: of each alarm and entry the highest revision holds, however often and late it comes. */
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
