import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 10

/** Waits until `why` has nothing left to say ('' ends it); rejects with its last reason after `deadlineMs`. */
export async function until(why: () => string | Promise<string>, deadlineMs = 15_000): Promise<void> {
  const endsAt = performance.now() + deadlineMs
  for (;;) {
    const reason = await why()
    if (reason === '') return
    if (performance.now() > endsAt) throw new Error(`still waiting after ${deadlineMs} ms: ${reason}`)
    await pause(POLL_MS)
  }
}
