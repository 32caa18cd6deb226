import type { Snapshot } from '../delivery/protocol.ts'
import { joinBoards } from './board.ts'

/** Puts a snapshot together that comes in parts; the gateway bounds their number. */
export class SnapshotParts {
  #parts: Snapshot | undefined

  /** The whole snapshot with its last part; undefined while more is to come. */
  add(part: Snapshot): Snapshot | undefined {
    const cards = [...(this.#parts?.cards ?? []), ...part.cards]
    const board = joinBoards(this.#parts?.board, part.board)
    const joined = { ...part, cards, ...(board === undefined ? {} : { board }) }
    this.#parts = part.more ? joined : undefined
    return part.more ? undefined : joined
  }

  /** Another link: what the last one left half said does not go on. */
  clear(): void {
    this.#parts = undefined
  }
}
