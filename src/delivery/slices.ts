/** What is done for thousands of sockets holds the loop no longer than this at once; calls come in between. */
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

export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}
