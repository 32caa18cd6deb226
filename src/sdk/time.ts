/** Stops its timer when called; calling twice is harmless. */
export type Stop = () => void

/** Clock and timer as one thing, handed in, so that a test owns time. */
export interface Time {
  /** Epoch ms. */
  now(): number
  /** Milliseconds that never go back. */
  monotonicMs(): number
  after(ms: number, run: () => void): Stop
}

export const realTime: Time = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
}
