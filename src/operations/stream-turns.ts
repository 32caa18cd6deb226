import type { Writable } from 'node:stream'

export interface StreamTurns {
  /** What is written from now to the end of this turn of the loop goes in one write. */
  hold(): void
  /** What is held goes now. */
  flush(): void
}

/** What one turn of the loop writes to one peer leaves in one system call, at its end or when it is flushed. */
export function streamTurns(stream: Writable): StreamTurns {
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
