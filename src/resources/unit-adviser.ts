import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { GridPoint } from '../grid/national-grid.ts'
import type { Lookup, Outcome } from '../lookups/lookup.ts'
import type { AskWhereabouts, Whereabouts } from '../lookups/whereabouts.ts'
import type { Choice, ChoiceSettings } from './choice-settings.ts'
import type { Job } from './job.ts'
import { type Recommendation, recommend, shortlist } from './recommend.ts'
import type { RoutedMinutes } from './travel-time.ts'
import type { Unit } from './unit.ts'
import type { UnitIndex } from './unit-index.ts'
import { whatChanged } from './what-changed.ts'

type Place = Extract<Whereabouts, { kind: 'at' }>

/** What a card shows of units. */
export interface UnitAdvice {
  readonly job: Job
  readonly recommendation: Recommendation
  /** Since the last advice on this call, in sentences; empty where nothing a dispatcher would act on has changed. */
  readonly changed: readonly string[]
  readonly choice: Choice
  readonly where: Pick<Place, 'radiusMetres' | 'isApproximate'>
  /** Units of the force that are known at all. */
  readonly known: number
}

/** Asks a routing engine; undefined where it did not answer in time. Never rejects. */
export type AskRoutes = (units: readonly Unit[], job: Job, signal: AbortSignal) => Promise<RoutedMinutes | undefined>

/** A force that has units. */
export interface ForceUnits {
  readonly index: UnitIndex
  readonly settings: () => ChoiceSettings
  readonly askRoutes?: AskRoutes
}

interface Parts {
  readonly forces: ReadonlyMap<string, ForceUnits>
  /** What a handler has chosen of this call. Rejects as the record does. */
  readonly readChoice: (callId: CallId, signal: AbortSignal) => Promise<Choice>
  /** Before that nobody can say that there are none. */
  readonly isLoaded: () => boolean
  readonly deadlineMs: number
  readonly now: () => number
}

/** Calls of which the last advice is kept, to say what is new; the oldest goes first. */
const MAX_REMEMBERED = 2_000

interface Asked {
  readonly call: Call
  readonly choice: Choice
  readonly where: Place
}

interface Known extends Asked {
  /** By estimate alone, so that it can be compared without asking a routing engine. */
  readonly estimated: Recommendation
  /** As it was shown. */
  readonly last: Recommendation
}

/** What the units are weighed for. */
interface Weighed extends Pick<Asked, 'choice'> {
  readonly line: string
  readonly where: Pick<Place, 'point' | 'radiusMetres' | 'isApproximate'>
}

type Weighing =
  | {
      readonly kind: 'weighed'
      /** Epoch ms. */
      readonly at: number
      readonly advice: UnitAdvice
      readonly estimated: Recommendation
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly fault: 'lookup.failed' }

/** A job that is known by itself. */
export interface JobAsked {
  readonly force: string
  readonly line: string
  readonly choice: Choice
  readonly place: GridPoint & { readonly radiusMetres: number }
}

/** What must be said again of a call: its units have changed. */
export interface UnitNews {
  readonly call: Call
  readonly advice: UnitAdvice
}

/**
 * Whom to send, as one more source: it needs the place, is asked again when that changes, and waits for no other answer.
 * Calls of a force without units have no panel of it.
 */
export class UnitAdviser {
  readonly #parts: Parts
  readonly #known = new Map<CallId, Known>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get lookup(): Lookup<UnitAdvice> {
    return {
      ...{ name: 'units', source: 'Units of the force', needsPlace: true, placeFirst: true },
      deadlineMs: this.#parts.deadlineMs,
      forces: [...this.#parts.forces.keys()],
      ask: (call, signal, whereabouts) => this.#ask(call, signal, whereabouts)
    }
  }

  /**
   * Of these calls, what has changed so that it should be said. Units alone are looked at anew; the place and the choice are
   * as they were.
   */
  async news(callIds: Iterable<CallId>): Promise<readonly UnitNews[]> {
    const news: UnitNews[] = []
    for (const callId of callIds) {
      const known = this.#known.get(callId)
      const of = known === undefined ? undefined : this.#parts.forces.get(known.call.force)
      if (known === undefined || of === undefined) continue
      const question = questionOf({ ...known, line: known.call.line }, of, this.#parts.now())
      if (whatChanged(known.estimated, recommend(question), question.job).length === 0) continue
      const outcome = await this.#advise(known, of, new AbortController().signal)
      if (outcome.kind === 'found') news.push({ call: known.call, advice: outcome.value })
    }
    return news
  }

  /** Of a job by itself, whatever has become of its call: nothing of it is remembered. */
  async adviseJob({ force, line, choice, place }: JobAsked, signal: AbortSignal): Promise<Outcome<UnitAdvice>> {
    const of = this.#parts.forces.get(force)
    if (of === undefined) return { kind: 'not-asked', why: 'not-configured' }
    const where = { point: place, radiusMetres: place.radiusMetres, isApproximate: false }
    const weighed = await this.#weigh({ line, choice, where }, of, signal)
    return weighed.kind === 'weighed' ? { kind: 'found', asOf: weighed.at, value: weighed.advice } : weighed
  }

  /** Calls of which something was advised, as they stood then. */
  calls(): readonly Call[] {
    return [...this.#known.values()].map(({ call }) => call)
  }

  /** Its call is over. */
  forget(callId: CallId): void {
    this.#known.delete(callId)
  }

  async #ask(call: Call, signal: AbortSignal, whereabouts?: AskWhereabouts): Promise<Outcome<UnitAdvice>> {
    const where = await whereabouts?.()
    if (where === undefined || where.kind === 'unknown') return { kind: 'not-asked', why: 'place-unknown' }
    if (where.kind === 'nowhere') return { kind: 'not-asked', why: 'no-place' }
    const of = this.#parts.forces.get(call.force)
    if (of === undefined) return { kind: 'not-asked', why: 'not-configured' }
    // Nobody has chosen anything of a call that the record has had no more to say of than its switch.
    const choice = call.lateFixes === undefined ? {} : await this.#parts.readChoice(call.callId, signal)
    return this.#advise({ call, choice, where }, of, signal)
  }

  async #advise({ call, choice, where }: Asked, of: ForceUnits, signal: AbortSignal): Promise<Outcome<UnitAdvice>> {
    const weighed = await this.#weigh({ line: call.line, choice, where }, of, signal)
    if (weighed.kind !== 'weighed') return weighed
    const { at, advice, estimated } = weighed
    const before = this.#known.get(call.callId)?.last
    this.#remember({ call, choice, where, estimated, last: advice.recommendation })
    const changed = before === undefined ? [] : whatChanged(before, advice.recommendation, advice.job)
    return { kind: 'found', asOf: at, value: { ...advice, changed } }
  }

  async #weigh(asked: Weighed, of: ForceUnits, signal: AbortSignal): Promise<Weighing> {
    if (!this.#parts.isLoaded()) return { kind: 'failed', fault: 'lookup.failed' }
    if (of.index.size === 0) return { kind: 'none' }
    const at = this.#parts.now()
    const question = questionOf(asked, of, at)
    const { job } = question
    const units = shortlist(question).eligible.map(({ unit }) => unit)
    const routed = units.length === 0 ? undefined : await of.askRoutes?.(units, job, signal)
    const recommendation = recommend(question, routed)
    const estimated = routed === undefined ? recommendation : recommend(question)
    const { choice, where } = asked
    const { radiusMetres, isApproximate } = where
    const advice = {
      job,
      recommendation,
      choice,
      where: { radiusMetres, isApproximate },
      known: of.index.size,
      changed: []
    }
    return { kind: 'weighed', at, advice, estimated }
  }

  #remember(known: Known): void {
    const { callId } = known.call
    this.#known.delete(callId)
    this.#known.set(callId, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
  }
}

function questionOf({ line, choice, where }: Weighed, { index, settings }: ForceUnits, now: number) {
  const { rules, toJob } = settings()
  return { units: index, job: toJob(choice, { place: where.point, line }), rules, now }
}
