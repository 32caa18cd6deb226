import type { Call } from '../call/call.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { LookupGuards } from './guards.ts'
import type { Located } from './location/location-lookup.ts'
import { isAbout, type Lookup, type Outcome } from './lookup.ts'
import { type AskWhereabouts, toWhereabouts } from './whereabouts.ts'

export interface Answer {
  readonly lookup: Lookup
  readonly outcome: Outcome<unknown>
  readonly tookMs: number
  /** The lookup has more to say: an answer of the same run stands above this one. */
  readonly isEarly?: boolean
  /** It goes by the place of the incident, which a handler says is elsewhere than the caller. */
  readonly isOfIncident?: boolean
}

interface Parts {
  /** Those of the guards' that are asked in this run. */
  readonly lookups: readonly Lookup[]
  readonly guards: Pick<LookupGuards, 'ask' | 'lateAnswerMs'>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

type OnAnswer = (answer: Answer) => Promise<void>

/** The location lookup is who knows; it asks nobody. */
const NOWHERE: AskWhereabouts = async () => ({ kind: 'nowhere' })

/**
 * Asks every source at once, each with its own deadline, and hands each answer over as it lands. Resolves when all
 * have been handed over; rejects only when handing over does. A source that was late is handed over as late, and once
 * more when it answers after all: by then this has resolved, and what goes wrong is logged.
 */
export async function runLookups(parts: Parts, call: Call, onAnswer: OnAnswer): Promise<void> {
  const { lookups, guards, log } = parts
  const begin = (lookup: Lookup, whereabouts: AskWhereabouts, early?: (value: unknown) => void) =>
    guards.ask(lookup, {
      ...{ call, whereabouts },
      ...(early === undefined ? {} : { early }),
      onFault: thrown => log.fault('lookup.failed', thrown, { source: lookup.name, callId: call.callId })
    })
  const asked = lookups.filter(lookup => isAbout(lookup, call))
  const location = asked.find(({ name }) => name === 'location')
  const located = location === undefined ? undefined : begin(location, NOWHERE)
  // Also when it comes late: who needs the place is late by its own clock meanwhile.
  const whereabouts: AskWhereabouts = async () =>
    located === undefined ? { kind: 'nowhere' } : toWhereabouts((await located) as Outcome<Located>)
  let isElsewhere = false
  // Before any lookup asks: whoever has waited for the place is answered after this is known.
  void whereabouts().then(at => {
    isElsewhere = at.kind === 'at' && at.isIncident === true
  })
  const marked: OnAnswer = answer => onAnswer(isElsewhere ? { ...answer, isOfIncident: true } : answer)
  const each = (lookup: Lookup) =>
    handOver(parts, { lookup, onAnswer: lookup.needsPlace === true ? marked : onAnswer }, early =>
      located !== undefined && lookup === location ? located : begin(lookup, whereabouts, early)
    )
  const settled = await Promise.allSettled(asked.map(each))
  const broken = settled.find(result => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

interface Question {
  readonly lookup: Lookup
  readonly onAnswer: OnAnswer
}

async function handOver(
  { guards, clock, log, metrics }: Parts,
  { lookup, onAnswer }: Question,
  ask: (early: (value: unknown) => void) => Promise<Outcome<unknown>>
): Promise<void> {
  const startedAt = clock.monotonicMs()
  const sinceMs = () => clock.monotonicMs() - startedAt
  const shown: Promise<void>[] = []
  const answer = ask(value => {
    const outcome = { kind: 'found', value, asOf: clock.now() } as const
    shown.push(onAnswer({ lookup, outcome, tookMs: sinceMs(), isEarly: true }))
  })
  const outcome = (await within(lookup.deadlineMs, answer)) ?? ({ kind: 'late' } as const)
  metrics.lookups.inc({ lookup: lookup.name, outcome: outcome.kind })
  if (outcome.kind === 'late') {
    answer
      .then(async late => {
        const isAnswer = late.kind === 'found' || late.kind === 'none'
        if (!isAnswer || sinceMs() > guards.lateAnswerMs(lookup)) return
        metrics.lateAnswers.inc({ lookup: lookup.name })
        await onAnswer({ lookup, outcome: late, tookMs: sinceMs() })
      })
      .catch(thrown => log.debug('lookup.late-answer', { source: lookup.name, reason: reasonOf(thrown) }))
  }
  await Promise.all([...shown, onAnswer({ lookup, outcome, tookMs: sinceMs() })])
}
