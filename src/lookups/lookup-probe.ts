import { after, interval, type Stop } from '../operations/lifecycle.ts'
import type { Lookup, LookupName } from './lookup.ts'
import type { LookupWatch } from './lookup-watch.ts'

interface Parts {
  readonly lookups: readonly Lookup[]
  readonly watch: Pick<LookupWatch, 'troubled' | 'probed'>
  readonly everyMs?: number
}

const EVERY_MS = 2_000

/**
 * Asks a source that is slow or dead about nobody, over and over, until it answers again: in a quiet night no call
 * would find out for hours. A source that is well is left alone. Runs until it is stopped.
 */
export function startLookupProbe({ lookups, watch, everyMs = EVERY_MS }: Parts): Stop {
  const asking = new Map<LookupName, AbortController>()
  const ask = async ({ name, deadlineMs, probe }: Lookup): Promise<void> => {
    if (probe === undefined || asking.has(name)) return
    const abort = new AbortController()
    asking.set(name, abort)
    const stop = after(deadlineMs, () => abort.abort())
    try {
      await probe(abort.signal)
      watch.probed(name, !abort.signal.aborted)
    } catch {
      // That it is dead is said already; what counts is that it is not well again.
      watch.probed(name, false)
    } finally {
      stop()
      asking.delete(name)
    }
  }
  const stop = interval(() => {
    for (const lookup of lookups) if (watch.troubled.includes(lookup.name)) void ask(lookup)
  }, everyMs)
  return () => {
    stop()
    for (const abort of asking.values()) abort.abort()
  }
}
