import type { Duplex } from 'node:stream'

export interface StreamTurns {
  /** What is written from now to the end of this turn of the loop goes in one write. */
  hold(): void
  /** What is held goes now. */
  flush(): void
}

/**
 * Several messages for one screen in one turn of the loop (the panels of a call, a state and what follows from it) cost
 * one system call. A write of its own for each was a tenth of the gateway's work.
 */
export function inTurns(stream: Duplex): StreamTurns {
  let isHeld = false
  const flush = () => {
    if (!isHeld) return
    isHeld = false
    stream.uncork()
  }
  return {
    hold: () => {
      if (isHeld) return
      isHeld = true
      stream.cork()
      setImmediate(flush)
    },
    flush
  }
}
