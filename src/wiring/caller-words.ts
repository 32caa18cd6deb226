import { toNumber } from '../call/cli.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { CallerWords } from '../lookups/caller-words.ts'
import { numbersAsked } from '../lookups/numbers-asked.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { type CallerAct, type CallerSaid, putCallerWord, readCallerWords } from '../records/caller-words.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import { ownCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'

/** What a screen says of the caller; `number` as it was typed. */
export type CallerCommand =
  | { readonly act: 'number'; readonly number: string }
  | { readonly act: 'number-back' | 'none' | 'none-back' }

/**
 * `caller.number`, `caller.number-back`: the caller gives another number. `caller.none`, `caller.none-back`: they are none
 * of the people held. `open`: of a call that another gateway has, as the record has it. Rejects as the record does.
 */
export interface CallerCommands {
  sayOfCaller(by: HandlerId, callId: CallId, said: CallerCommand, open?: OpenCall): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly read: (callId: CallId) => Promise<CallerWords>
  readonly put: (act: CallerAct) => Promise<CallerSaid>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Pick<Log, 'info'>
  readonly clock: Pick<Clock, 'now'>
}

/**
 * Not done before the record has it; then whoever has the call looks again by what was said. The number is in the record
 * and on the screens of the call, and nowhere else: no notice, job or log has it.
 */
export function makeCallerCommands(parts: Parts): CallerCommands {
  const { courier, read, clock } = parts
  return {
    sayOfCaller: async (handler, callId, said, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return refused('call.unknown', 'This call is no longer open.')
      if (call === 'not-entitled') return refused('call.not-entitled', 'This call is not yours to speak of.')
      const act = { callId, handler, at: clock.now() }
      if (said.act === 'number') {
        const number = toNumber(said.number)
        if (number.e164 === undefined) return refused('caller.no-number', 'This reads as no telephone number.')
        return put(parts, { ...act, act: 'number', number })
      }
      if (said.act !== 'none') return put(parts, { ...act, act: said.act })
      const e164s = numbersAsked({ ...call, words: await read(callId) })
      if (e164s.length === 0) return refused('caller.nobody', 'Nobody was looked for by a number of this call.')
      return put(parts, { ...act, act: 'none', e164s })
    }
  }
}

async function put({ put: record, tell, onDoubt, log }: Parts, act: CallerAct): Promise<Done> {
  const { callId, handler } = act
  const { result, change } = await record(act).catch((thrown: unknown) => {
    onDoubt(callId)
    throw thrown
  })
  if (result === 'too-many') return refused('caller.too-many', 'As much has been said of this caller as can be.')
  if (result === 'as-it-was') {
    // Asked again: the screens may not have heard of it.
    onDoubt(callId)
    return { ok: true }
  }
  log.info('caller.said', { callId, handler, what: act.act })
  if (change !== undefined) tell(callId, change)
  return { ok: true }
}

interface Stages {
  readonly delivery: Pick<Delivery, 'courier'>
  readonly fixes: Pick<LateFixBook, 'tell' | 'doubt'>
}

export function startCallerCommands(
  { log, clock, node }: Pick<Base, 'log' | 'clock' | 'node'>,
  { pool }: Pick<Stores, 'pool'>,
  { delivery: { courier }, fixes }: Stages
): CallerCommands {
  return makeCallerCommands({
    ...{ courier, log, clock },
    read: callId => readCallerWords(pool, callId),
    put: act => putCallerWord(pool, node, act),
    tell: (callId, change) => fixes.tell(callId, change, { isCaller: true }),
    onDoubt: callId => fixes.doubt(callId)
  })
}
