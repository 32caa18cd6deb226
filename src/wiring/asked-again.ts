import { after, type Stop } from '../operations/lifecycle.ts'

const EVERY_MS = 1_000
/** Asked twice: a statement that waits in the record longer than its asker may be done after the first time. */
const AGAIN_MS = 5_000
export const GOOD_ANSWERS = 2

/**
 * What the record is asked because an answer of its was lost: every second until it answers, and once more later.
 * `ask` resolves to the number of good answers that are still wanted, and rejects as the record does.
 */
export function askAgain(ask: () => Promise<number>, onFault: (thrown: unknown) => void): Stop {
  let isStopped = false
  let stop: Stop = () => {}
  const askIn = (ms: number) => {
    if (!isStopped) stop = after(ms, () => void once())
  }
  const once = async () => {
    try {
      if ((await ask()) > 0) askIn(AGAIN_MS)
    } catch (thrown) {
      onFault(thrown)
      askIn(EVERY_MS)
    }
  }
  askIn(EVERY_MS)
  return () => {
    isStopped = true
    stop()
  }
}
