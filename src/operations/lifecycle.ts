/** Stops its timer when called; calling twice is harmless. */
export type Stop = () => void

/** The only way to a repeating timer here, so that none outlives its part. */
export function interval(run: () => void, everyMs: number): Stop {
  const timer = setInterval(run, everyMs)
  return () => clearInterval(timer)
}

/** A single timer whose stop is always at hand. */
export function after(ms: number, run: () => void): Stop {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

export function pause(ms: number): Promise<void> {
  return new Promise(done => {
    after(ms, done)
  })
}

/** What the work comes to, when it does in time; undefined when it is late, and is then no longer waited for. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let stop: Stop = () => {}
  const late = new Promise<undefined>(done => {
    stop = after(ms, () => done(undefined))
  })
  // A failure that comes too late has nobody left to tell.
  work.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    stop()
  }
}

/** Wall clock in epoch ms, and a clock that never goes back for durations. Handed in, so that tests own time. */
export interface Clock {
  now(): number
  monotonicMs(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonicMs: () => performance.now() }

interface Release {
  readonly name: string
  readonly run: () => void | Promise<void>
}

/**
 * What was acquired is pushed, and released in reverse. A release that fails does not keep the others from running;
 * all faults come back in one AggregateError. `release` is idempotent and shares one promise.
 */
export class ReleaseStack {
  readonly #releases: Release[] = []
  #running: Promise<void> | undefined

  push(name: string, run: () => void | Promise<void>): void {
    this.#releases.push({ name, run })
  }

  release(deadlineMs = 10_000): Promise<void> {
    this.#running ??= this.#run(deadlineMs)
    return this.#running
  }

  async #run(deadlineMs: number): Promise<void> {
    const faults: Error[] = []
    const endsAt = performance.now() + deadlineMs
    for (const { name, run } of this.#releases.splice(0).reverse()) {
      const left = Math.max(50, endsAt - performance.now())
      try {
        await releaseWithin(left, name, run)
      } catch (cause) {
        faults.push(new Error(`stopping ${name} failed`, { cause }))
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, faults.map(fault => fault.message).join('; '))
  }
}

async function releaseWithin(ms: number, name: string, run: () => void | Promise<void>): Promise<void> {
  let stop: Stop = () => {}
  const late = new Promise<never>((_, reject) => {
    stop = after(ms, () => reject(new Error(`${name} did not stop in ${Math.round(ms)} ms`)))
  })
  try {
    await Promise.race([Promise.resolve(run()), late])
  } finally {
    stop()
  }
}
