import { type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import { type Asking, type GuardLimits, SourceGuard } from './guard.ts'
import type { Lookup, Outcome, SourceName } from './lookup.ts'

/** A source that is left alone is asked about nobody this often. */
const PROBE_EVERY_MS = 1_000

interface Parts {
  /** In the order of the screen, each with what it may have of us. */
  readonly sources: readonly { readonly lookup: Lookup; readonly limits: GuardLimits }[]
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>
  /** Hears the sources that are left alone each time they are others than before. */
  readonly onTroubled?: (troubled: readonly SourceName[]) => void
}

/** How a source stands in this process. */
interface SourceStanding {
  readonly source: SourceName
  /** The forces whose calls it is asked about; absent: all. */
  readonly forces?: readonly string[]
  /** For whose calls it is left alone now, because it fails. */
  readonly leftAloneFor: readonly string[]
}

/** So many guards at most; a config has 60 forces and 30 sources at most, and few have both. */
const MAX_GUARDS = 2_500

/**
 * Every source of this process behind its guard, and which of them are slow or dead. Each force has a guard of its own at
 * each source: what one force asks too much, or its record answers too slowly, neither takes the other's turn nor leaves the
 * source alone for it, and an answer that is kept goes to nobody else.
 */
export class LookupGuards {
  readonly lookups: readonly Lookup[]
  readonly #sources: ReadonlyMap<SourceName, Parts['sources'][number]>
  readonly #clock: Parts['clock']
  readonly #guards = new Map<
    string,
    { readonly name: SourceName; readonly force: string; readonly guard: SourceGuard }
  >()
  readonly #onTroubled: (troubled: readonly SourceName[]) => void
  #troubled: readonly SourceName[] = []

  constructor({ sources, clock, onTroubled = () => {} }: Parts) {
    this.lookups = sources.map(({ lookup }) => lookup)
    this.#onTroubled = onTroubled
    this.#clock = clock
    this.#sources = new Map(
      sources.map(source => [source.lookup.name, { ...source, lookup: probedOnce(source.lookup) }])
    )
  }

  get troubled(): readonly SourceName[] {
    return this.#troubled
  }

  /** Of every source, in the order of the screen. */
  standings(): readonly SourceStanding[] {
    const ill = [...this.#guards.values()].filter(({ guard }) => !guard.isWell)
    return [...this.#sources.values()].map(({ lookup: { name, forces } }) => ({
      source: name,
      ...(forces === undefined ? {} : { forces }),
      leftAloneFor: ill.flatMap(each => (each.name === name ? [each.force] : [])).sort()
    }))
  }

  /** As `SourceGuard.ask`. */
  ask({ name }: Lookup, asking: Asking): Promise<Outcome<unknown>> {
    return this.#of(name, asking.call.force).ask(asking)
  }

  lateAnswerMs({ name }: Lookup): number {
    return this.#source(name).limits.lateAnswerMs
  }

  /**
   * Asks each source that is left alone about nobody, over and over, until it is well: in a quiet night no call would find
   * out for hours. One that is well is left in peace. Until it is stopped, which gives up whatever is under way.
   */
  start(everyMs = PROBE_EVERY_MS): Stop {
    const stop = interval(() => {
      for (const { guard } of this.#guards.values()) if (!guard.isWell) void guard.probe()
    }, everyMs)
    return () => {
      stop()
      for (const { guard } of this.#guards.values()) guard.stop()
    }
  }

  #source(name: SourceName): Parts['sources'][number] {
    const source = this.#sources.get(name)
    if (source === undefined) throw new Error(`${name} is no source of this process`)
    return source
  }

  #of(name: SourceName, force: string): SourceGuard {
    const key = `${name} ${force}`
    const known = this.#guards.get(key)
    if (known !== undefined) return known.guard
    if (this.#guards.size >= MAX_GUARDS) throw new Error(`${MAX_GUARDS} guards are in use`)
    const guard = new SourceGuard({ ...this.#source(name), clock: this.#clock, onChange: () => this.#judge() })
    this.#guards.set(key, { name, force, guard })
    return guard
  }

  #judge(): void {
    const ill = new Set([...this.#guards.values()].flatMap(({ name, guard }) => (guard.isWell ? [] : [name])))
    const troubled = [...this.#sources.keys()].filter(name => ill.has(name))
    if (troubled.join() === this.#troubled.join()) return
    this.#troubled = troubled
    this.#onTroubled(troubled)
  }
}

/**
 * A question about nobody says as much to every force's guard: while one is under way all of them wait for its answer. One
 * that was given up is under way no more, whether or not the source ever says so.
 */
function probedOnce(lookup: Lookup): Lookup {
  const { probe } = lookup
  if (probe === undefined) return lookup
  let underWay: Promise<unknown> | undefined
  const ask = (signal: AbortSignal) => {
    const asked = probe(signal)
    const over = () => {
      if (underWay === asked) underWay = undefined
    }
    signal.addEventListener('abort', over, { once: true })
    asked.then(over, over)
    return asked
  }
  const once = (signal: AbortSignal) => {
    underWay ??= ask(signal)
    return underWay
  }
  return { ...lookup, probe: once }
}
