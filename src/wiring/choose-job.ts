import type { CallId, HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { type ChoiceAct, chooseJob } from '../records/job-choices.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import { ownCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'
import type { Lookups } from './start-lookups.ts'

/** What a handler says a call is; `null`: they say nothing of it any more, and the default holds. */
export interface JobSaid {
  readonly grade: string | null
  readonly type: string | null
}

/** `job.choose`: how urgent the call is, and what it is about; units are recommended by it. */
export interface JobCommand {
  /** `open`: of a call that another gateway has, as the record has it. Rejects as the record does. */
  chooseJob(by: HandlerId, callId: CallId, said: JobSaid, open?: OpenCall): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  /** Ids that a force knows; undefined where it has no units. */
  readonly known: (
    force: string
  ) => { readonly grades: ReadonlySet<string>; readonly types: ReadonlySet<string> } | undefined
  readonly choose: (act: ChoiceAct) => Promise<{ readonly change: number | undefined; readonly isKnown: boolean }>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Pick<Log, 'info'>
  readonly clock: Pick<Clock, 'now'>
}

/** Not done before the record has it; then units are recommended anew, on every screen that has the call. */
export function makeChooseJob({ courier, known, choose, tell, onDoubt, log, clock }: Parts): JobCommand {
  return {
    chooseJob: async (handler, callId, { grade, type }, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return refused('call.unknown', 'This call is no longer open.')
      if (call === 'not-entitled') return refused('call.not-entitled', 'This call is not yours to grade.')
      const words = known(call.force)
      if (words === undefined) return refused('job.no-units', 'The force of this call has no units here.')
      if (grade !== null && !words.grades.has(grade)) return refused('job.unknown', 'The force has no such grade.')
      if (type !== null && !words.types.has(type)) return refused('job.unknown', 'The force has no such type.')
      const act = { ...(grade === null ? {} : { grade }), ...(type === null ? {} : { type }) }
      const { change, isKnown } = await choose({ callId, handler, at: clock.now(), ...act }).catch(
        (thrown: unknown) => {
          onDoubt(callId)
          throw thrown
        }
      )
      if (!isKnown) return refused('call.try-again', 'The record does not have this call yet. Try again.')
      log.info('job.chosen', { callId, handler })
      if (change !== undefined) tell(callId, change)
      else onDoubt(callId)
      return { ok: true }
    }
  }
}

interface Stages {
  readonly delivery: Pick<Delivery, 'courier'>
  readonly fixes: Pick<LateFixBook, 'tell' | 'doubt'>
  readonly lookups: Pick<Lookups, 'units'>
}

export function startChooseJob(
  { config, log, clock, node }: Pick<Base, 'config' | 'log' | 'clock' | 'node'>,
  { pool }: Pick<Stores, 'pool'>,
  { delivery: { courier }, fixes, lookups: { units } }: Stages
): JobCommand {
  const known = new Map(
    config.forces.flatMap(({ id, units: own }) => {
      const settings = units?.settings.get(id)
      if (own === undefined || settings === undefined) return []
      const grades = new Set(settings().grades.map(grade => grade.id))
      return [[id, { grades, types: new Set(own.incidentTypes.map(type => type.id)) }] as const]
    })
  )
  return makeChooseJob({
    ...{ courier, log, clock },
    known: force => known.get(force),
    choose: act => chooseJob(pool, node, act),
    tell: (callId, change) => fixes.tell(callId, change),
    onDoubt: callId => fixes.doubt(callId)
  })
}
