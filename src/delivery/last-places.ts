import type { HandlerId } from '../call/ids.ts'

interface Place {
  readonly epoch: string
  readonly seq: number
}

/** As many handlers as may be signed on. */
const MAX_HANDLERS = 20_000

/**
 * Where each handler's log stood when it last took something of ours. A log that comes back without its end looks like
 * any other to a console that was away meanwhile: only who wrote the end can see that its numbers went back.
 */
export class LastPlaces {
  readonly #places = new Map<HandlerId, Place>()

  /** The log took an entry at this place; true when it had been further on. */
  wentBack(handler: HandlerId, { epoch, seq }: Place): boolean {
    const last = this.#places.get(handler)
    this.#places.delete(handler)
    this.#places.set(handler, { epoch, seq })
    const [oldest] = this.#places.keys()
    if (this.#places.size > MAX_HANDLERS && oldest !== undefined) this.#places.delete(oldest)
    return last !== undefined && last.epoch === epoch && seq <= last.seq
  }
}
