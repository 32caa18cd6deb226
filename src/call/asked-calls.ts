import type { CallEvent } from './call-event.ts'

type OfLeg = Pick<CallEvent, 'trunk' | 'switchCallId'>

/**
 * Legs of a switch of which something is being asked, whose call it is say. What else the switch says of such a leg must wait
 * for the answer, or a hang-up would come before its offer and be lost, and the call ring on for ever. Holds as many as are
 * asked about at once, each for as long as whoever asks waits.
 */
export class AskedCalls {
  readonly #asked = new Map<string, Promise<void>>()

  /** Until the answer is there, and whoever awaited it first has gone on, the leg waits. Never rejects. */
  note(leg: OfLeg, answer: Promise<unknown>): void {
    const key = keyOf(leg)
    // Whoever asked has the failure; what waits here goes on all the same.
    const done = answer.then(
      () => {},
      () => {}
    )
    this.#asked.set(key, done)
    void done.then(() => {
      if (this.#asked.get(key) === done) this.#asked.delete(key)
    })
  }

  /** What an event of this leg waits for; undefined: nothing. */
  of(leg: OfLeg): Promise<void> | undefined {
    return this.#asked.get(keyOf(leg))
  }
}

function keyOf({ trunk, switchCallId }: OfLeg): string {
  return `${trunk} ${switchCallId}`
}
