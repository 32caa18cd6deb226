/** What is done for thousands holds the loop no longer than this at once; calls come in between. */
const SLICE_MS = 5
/** The clock is looked at once for so many. */
const LOOK_EVERY = 16

/** `run` for each, in turns of the loop; what is added meanwhile to a live iterable is met too. */
export async function inSlices<T>(items: Iterable<T>, run: (item: T) => void): Promise<void> {
  let endsAt = performance.now() + SLICE_MS
  let done = 0
  for (const item of items) {
    run(item)
    done += 1
    if (done % LOOK_EVERY > 0 || performance.now() < endsAt) continue
    await nextTurn()
    endsAt = performance.now() + SLICE_MS
  }
}

/**
 * A long work that asks now and then whether it has held the loop long enough, and rests for a turn where it has.
 * `rest` throws the reason of the signal when that has fired.
 */
export class LongWork {
  readonly #signal: AbortSignal | undefined
  #endsAt = performance.now() + SLICE_MS

  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  get isDue(): boolean {
    return performance.now() >= this.#endsAt
  }

  async rest(): Promise<void> {
    await nextTurn()
    this.#signal?.throwIfAborted()
    this.#endsAt = performance.now() + SLICE_MS
  }
}

export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}
